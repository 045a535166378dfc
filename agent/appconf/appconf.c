/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/appconf/appconf.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include <openssl/crypto.h>

#include "lib/limits.h"

#define ENDING 3		/* letters in which a pattern of names ends */
#define NAME_MAX_LEN 256	/* longer names are not looked at */

static bool is_one_of(const char *name, const char *const *patterns)
{
	for (size_t i = 0; patterns[i]; i++) {
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	}
	return false;
}

/* Whole folders are asked for, and each pattern ends in plain letters. */
static bool ends_alike(const char *name, size_t len, const char *pattern)
{
	size_t n = strlen(pattern);

	return len >= ENDING && memcmp(name + len - ENDING,
				       pattern + n - ENDING, ENDING) == 0;
}

int appconf_find(const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; appconf_table[i].application; i++) {
		const char *const *files = appconf_table[i].files;

		for (size_t k = 0; files[k]; k++) {
			if (ends_alike(name, len, files[k]) &&
			    fnmatch(files[k], name, 0) == 0)
				return i;
		}
	}
	return -1;
}

bool appconf_is_key(const struct appconf *c, const char *name, size_t len)
{
	char plain[NAME_MAX_LEN + 1] = "";
	size_t n = 0;

	if (len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			plain[n++] = (char)(name[i] - 'A' + 'a');
		else if (name[i] != '-' && name[i] != '_')
			plain[n++] = name[i];
	}
	plain[n] = '\0';
	return is_one_of(plain, c->keys);
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

/* Four digits of base 36, as Integer.parseInt() has them: -1 where they are
 * none. */
static int base36(const char *text)
{
	int n = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			n = n * 36 + (c - '0');
		else if (c >= 'a' && c <= 'z')
			n = n * 36 + (c - 'a') + 10;
		else
			return -1;
	}
	return n;
}

int appconf_deobfuscate(const char *text, size_t len, char *clear)
{
	size_t i = 0;
	int n = 0;

	while (i < len) {
		bool wide = text[i] == 'U';
		int pair = 0;

		i += wide;
		if (len - i < 4)
			return -EBADMSG;
		pair = base36(text + i);
		if (pair < 0 || (wide && pair > 0xffff))
			return -EBADMSG;
		clear[n++] = (char)(wide ? pair >> 8 :
				    (pair / 256 + pair % 256 - 254) / 2);
		i += 4;
	}
	return n;
}

static void hand_on(const struct appconf_sink *sink, const char *text,
		    size_t len, enum appconf_rank rank)
{
	if (len > 0 && len <= LIMIT_PASSWORD)
		sink->password(sink->arg, text, len, rank);
}

static void hand_on_obfuscated(const struct appconf_sink *sink,
			       const char *text, size_t len,
			       enum appconf_rank rank)
{
	char clear[2 * LIMIT_PASSWORD];
	int n = -1;

	if (len <= 4 * sizeof(clear))
		n = appconf_deobfuscate(text, len, clear);
	if (n > 0)
		hand_on(sink, clear, (size_t)n, rank);
	OPENSSL_cleanse(clear, sizeof(clear));
}

void appconf_value(const struct appconf_sink *sink, const char *text,
		   size_t len, enum appconf_rank rank)
{
	/* hashes, and what other keys or stores are needed for */
	static const char *const opaque[] = { "CRYPT:", "MD5:", "ENC(", "MASK-",
					      "{cipher}", "VAULT::" };
	const char *colon = NULL;

	if (begins(text, len, "${") && text[len - 1] == '}') {
		colon = memchr(text, ':', len);
		if (!colon || begins(text + 2, len - 2, "VAULT::"))
			return;
		len = (size_t)(text + len - 1 - (colon + 1));
		text = colon + 1;
		/* Tomcat writes ${name:-default} */
		if (len > 0 && *text == '-') {
			text++;
			len--;
		}
	}
	for (size_t i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++) {
		if (begins(text, len, opaque[i]))
			return;
	}
	if (begins(text, len, "OBF:"))
		hand_on_obfuscated(sink, text + 4, len - 4, rank);
	else
		hand_on(sink, text, len, rank);
}

bool appconf_names_store(const struct appconf_sink *sink, const char *text,
			 size_t len)
{
	size_t n = sink->store ? strlen(sink->store) : 0;

	if (n == 0 || len < n || memcmp(text + len - n, sink->store, n) != 0)
		return false;
	/* "conf/a.p12", "classpath:a.p12", "${dir}a.p12" */
	return len == n || strchr("/\\:}", text[len - n - 1]);
}
