/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/json.h"

#define LINE_MAX_BYTES 2048

static const struct {
	const char *word;
	int syslog;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", 3},
	[LOG_LEVEL_WARN] = {"warn", 4},
	[LOG_LEVEL_INFO] = {"info", 6},
	[LOG_LEVEL_DEBUG] = {"debug", 7},
};

static const char *prefix = "certwalk";
static bool json;
static enum log_level threshold = LOG_LEVEL_INFO;

void log_name(const char *name)
{
	prefix = name;
}

void log_level(enum log_level most)
{
	threshold = most;
}

int log_format(const char *word)
{
	if (strcmp(word, "json") != 0 && strcmp(word, "text") != 0)
		return -EINVAL;
	json = strcmp(word, "json") == 0;
	return 0;
}

int log_level_parse(const char *word, enum log_level *ret)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].word, word) == 0) {
			*ret = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A name from a hostile file must not write to the terminal. */
static size_t escape(const char *in, char *out, size_t cap)
{
	size_t n = 0;

	for (; *in && n + 5 < cap; in++) {
		unsigned char c = (unsigned char)*in;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, cap - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	return n;
}

/* False where there is no memory: then it is said as text. */
static bool write_json(enum log_level level, const char *text)
{
	struct buf b;
	struct json j;
	bool good = false;

	buf_init(&b, 8 * LINE_MAX_BYTES);
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_time(&j, "time", clock_now());
	json_quoted(&j, "level", levels[level].word);
	json_quoted(&j, "program", prefix);
	json_quoted(&j, "message", text);
	json_end_object(&j);
	buf_addch(&b, '\n');
	if (!b.failed)
		good = write(STDERR_FILENO, b.data, b.len) >= 0;
	buf_free(&b);
	return good;
}

static void write_text(enum log_level level, const char *text)
{
	char line[2 * LINE_MAX_BYTES];
	size_t n = 0;

	if (getenv("JOURNAL_STREAM"))
		n = (size_t)snprintf(line, sizeof(line), "<%d>",
				     levels[level].syslog);
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: %s%s", prefix,
			      level <= LOG_LEVEL_WARN ? levels[level].word : "",
			      level <= LOG_LEVEL_WARN ? ": " : "");
	n += escape(text, line + n, sizeof(line) - n);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return;	/* there is nowhere else to say it */
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!json || !write_json(level, text))
		write_text(level, text);
}
