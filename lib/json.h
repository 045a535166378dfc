/* SPDX-License-Identifier: Apache-2.0 */
/* Writes JSON (RFC 8259) into a buffer, one value after the other; commas are
 * put where they belong.  Errors show in the buffer's ${failed}. */
#ifndef CW_LIB_JSON_H
#define CW_LIB_JSON_H

#include "lib/buf.h"

struct json {
	struct buf *out;	/* borrowed */
	bool comma;		/* the next member or element needs one */
};

void json_init(struct json *j, struct buf *out);

/* ${name} is NULL inside an array and at the top. */
void json_begin_object(struct json *j, const char *name);
void json_end_object(struct json *j);
void json_begin_array(struct json *j, const char *name);
void json_end_array(struct json *j);

/* Bytes that are not UTF-8 become U+FFFD. */
void json_quoted(struct json *j, const char *name, const char *value);
void json_bytes(struct json *j, const char *name, const void *value,
		size_t len);
void json_base64(struct json *j, const char *name, const void *value,
		 size_t len);
void json_hex(struct json *j, const char *name, const void *value, size_t len);
void json_number(struct json *j, const char *name, int64_t value);
void json_bool(struct json *j, const char *name, bool value);
/* RFC 3339 from seconds since 1970. */
void json_time(struct json *j, const char *name, int64_t value);

/* What is JSON already. */
void json_raw(struct json *j, const char *name, const void *json, size_t len);

/* A string, an array of strings: nothing where there is none. */
void json_text(struct json *j, const char *name, const char *value);
void json_list(struct json *j, const char *name, char *const *list, size_t n);
/* A path; what is not UTF-8 is NAME_bytes, in base64, too. */
void json_path(struct json *j, const char *name, const void *path, size_t len);

#endif
