/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON (RFC 8259) value by value, in bounded memory: for the agent, which
 * links no more libraries than it must.  The collector has jansson
 * (collector-stub/auth/parsed.h). */
#ifndef CW_LIB_JSON_READ_H
#define CW_LIB_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH 16	/* levels; deeper is refused */

/* Where a value stands: keys[0] is the outermost.  In an array a key is NULL
 * and index[] counts its elements from 0. */
struct json_place {
	size_t depth;
	const char *keys[JSON_DEPTH];
	size_t index[JSON_DEPTH];
	bool is_string;
};

/* Calls ${take} for each string, number, true, false and null; a string comes
 * decoded, all others as they are written.  Borrowed.  Whatever ${take} returns
 * other than 0 ends it and is returned.  0; -EBADMSG for what is not one JSON
 * value, deeper than JSON_DEPTH, or has a NUL in a string; -ENOMEM. */
int json_read(const char *text, size_t len,
	      int (*take)(void *arg, const struct json_place *p,
			  const char *value),
	      void *arg);

#endif
