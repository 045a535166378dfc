/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/embedded_name.h"

#include <string.h>

#include "agent/format/base64_run.h"

#define REACH 512	/* bytes before a value that are looked at */
#define LABEL_MAX 64
#define SHORTEST_BODY 16	/* base64 that is no word, on the BEGIN line */

static bool is_one_of(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool is_space(uint8_t c)
{
	return is_one_of(c, " \t\r\n");
}

static bool is_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || is_one_of(c, "_.-/");
}

/* Length of an escaped "\n", "\r" or "\t" that ends at ${at}, or 0. */
static size_t escape_before(const uint8_t *text, size_t at)
{
	size_t n = 1;

	if (at < 2 || !is_one_of(text[at - 1], "nrt"))
		return 0;
	while (n < at && n < 5 && text[at - 1 - n] == '\\')
		n++;
	return n > 1 ? n : 0;
}

/* Steps back over white space, escaped or not, and what is in ${set}. */
static size_t skip_back(const uint8_t *text, size_t at, size_t floor,
			const char *set)
{
	while (at > floor) {
		size_t n = escape_before(text, at);

		if (n > 0 && at - floor >= n)
			at -= n;
		else if (is_space(text[at - 1]) || is_one_of(text[at - 1], set))
			at--;
		else
			break;
	}
	return at;
}

/* The name of the tag whose '>' is at ${at} - 1, without its name space. */
static bool tag_before(const uint8_t *text, size_t at, size_t floor,
		       struct embedded_name *ret)
{
	size_t open = at - 1, n = 0;

	while (open > floor && !is_one_of(text[open], "<\n"))
		open--;
	if (text[open] != '<')
		return false;
	for (size_t i = open + 1; i + 1 < at && n < EMBEDDED_NAME_MAX; i++) {
		if (text[i] == ':')
			n = 0;
		else if (is_name(text[i]))
			ret->text[n++] = (char)text[i];
		else
			break;
	}
	ret->text[n] = '\0';
	return n > 0;
}

static void word_before(const uint8_t *text, size_t at, size_t floor,
			struct embedded_name *ret)
{
	size_t from = at, n;

	while (from > floor && is_name(text[from - 1]))
		from--;
	n = at - from;
	if (n > EMBEDDED_NAME_MAX)
		n = 0;
	memcpy(ret->text, text + from, n);
	ret->text[n] = '\0';
}

void embedded_name_before(const uint8_t *text, size_t len,
			  struct embedded_name *ret)
{
	size_t floor = len > REACH ? len - REACH : 0;
	size_t at = len, past;

	*ret = (struct embedded_name){.array = false};
	past = skip_back(text, at, floor, "\"'`\\[|+-");
	for (size_t i = past; i < at; i++) {
		/* YAML's "|-" and "|+" are no list */
		ret->array |= text[i] == '[' ||
			      (text[i] == '-' && i + 1 < at &&
			       text[i + 1] == ' ');
	}
	at = past;
	if (at > floor && text[at - 1] == '>') {
		if (tag_before(text, at, floor, ret))
			return;
		at = skip_back(text, at - 1, floor, "");
	}
	if (at <= floor || !is_one_of(text[at - 1], ":="))
		return;
	at = skip_back(text, at - 1, floor, "\"'`\\:");
	word_before(text, at, floor, ret);
}

bool embedded_begins_pem(const uint8_t *text, size_t len)
{
	size_t n = 0, body;

	while (n < len && n < LABEL_MAX &&
	       (is_name(text[n]) || is_one_of(text[n], " #")) &&
	       text[n] != '-')
		n++;
	if (n == 0 || len - n < 5 || memcmp(text + n, "-----", 5) != 0)
		return false;
	n += 5;
	/* "a" + "b", "a" . "b", a list */
	while (n < len && is_one_of(text[n], " \t\"'`+.,"))
		n++;
	if (n == len || is_one_of(text[n], "\r\n\\&"))
		return true;
	body = n;
	while (n < len && is_base64(text[n]))
		n++;
	return n - body >= SHORTEST_BODY;
}

bool embedded_ends_pem(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_one_of(text[i], "<>{}[]|"))
			return true;
	}
	return false;
}

bool embedded_is_in_pem(const uint8_t *text, size_t len)
{
	size_t at = len;

	while (at > 0 && len - at < REACH &&
	       is_one_of(text[at - 1], " \t\"'`\\"))
		at--;
	return at == 0 || !is_one_of(text[at - 1], ":=>[,");
}

bool embedded_is_after_dashes(const uint8_t *text, size_t len)
{
	size_t floor = len > REACH ? len - REACH : 0;
	size_t at = skip_back(text, len, floor, "\"'`\\");

	return at >= 2 && text[at - 1] == '-' && text[at - 2] == '-';
}

bool embedded_is_separator(const uint8_t *text, size_t len)
{
	return len <= REACH &&
	       skip_back(text, len, 0, "\"'`\\,=-") == 0;
}
