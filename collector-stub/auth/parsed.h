/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside (RFC 8259): the body of a request, what an identity
 * provider sends.  Read by jansson, strictly: one object and nothing behind
 * it, no member twice, UTF-8, no NUL in a string, LIMIT_JSON_DEPTH levels,
 * LIMIT_JSON_VALUES values; integers that do not fit into 64 bits are refused.
 * What jansson had in memory is wiped when it is freed: it may be a password.
 * From any thread. */
#ifndef CW_COLLECTOR_PARSED_H
#define CW_COLLECTOR_PARSED_H

#include <jansson.h>

#define PARSED_WORD 24		/* bytes of an integer's digits and a NUL */

/* 0, and json_decref() is the caller's; -EEXIST where a member stands twice in
 * an object; -EBADMSG; -ENOMEM. */
int parsed_object(const void *text, size_t len, json_t **ret);

/* The value as text: a string (borrowed of it), the digits of an integer,
 * "true" or "false" (in ${word}); NULL for all else, and for NULL. */
const char *parsed_text(const json_t *value, char word[static PARSED_WORD]);

/* Seconds since 1970, also with a fraction, which is left out (NumericDate, RFC
 * 7519 section 2): 0; -EBADMSG for what is no number, before 1970 or beyond
 * 10^15. */
int parsed_time(const json_t *value, int64_t *ret);

#endif
