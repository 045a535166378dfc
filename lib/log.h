/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for people, on standard error: one line each, control characters
 * escaped, prefixed with the program (and role).  Under systemd (JOURNAL_STREAM
 * is set) each line starts with its priority, "<4>" and so on.
 * Library functions do not log: they return an error and the caller, who knows
 * what it means, logs once. */
#ifndef CW_LIB_LOG_H
#define CW_LIB_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG };

/* ${name} is kept, not copied; it is shown before each message. */
void log_name(const char *name);
void log_level(enum log_level most);
/* How messages look: "text", or "json": a line is an object with time (RFC
 * 3339), level, program and message.  0, or -EINVAL. */
int log_format(const char *word);
/* "error", "warn", "info", "debug" to a level: 0, or -EINVAL. */
int log_level_parse(const char *word, enum log_level *ret);

void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
