/* SPDX-License-Identifier: Apache-2.0 */
/* What a value in YAML, JSON, XML, .env or properties is called. */
#ifndef CW_AGENT_FORMAT_EMBEDDED_NAME_H
#define CW_AGENT_FORMAT_EMBEDDED_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EMBEDDED_NAME_MAX 64	/* longer names are not names */

struct embedded_name {
	char text[EMBEDDED_NAME_MAX + 1];	/* "" where there is none */
	bool array;	/* it names a list, of which the value is a member */
};

/* The name before a value that begins at ${text} + ${len}. */
void embedded_name_before(const uint8_t *text, size_t len,
			  struct embedded_name *ret);

/* Behind "-----BEGIN ": is it a line of PEM, also in a program's strings, and
 * not prose that quotes its beginning?  160 bytes tell. */
bool embedded_begins_pem(const uint8_t *text, size_t len);

/* After a BEGIN line: does anything stand there that no block holds? */
bool embedded_ends_pem(const uint8_t *text, size_t len);

/* After a BEGIN line: is what begins there a part of its block, and not the
 * value of a name? */
bool embedded_is_in_pem(const uint8_t *text, size_t len);

/* Is it behind dashes, as those of a BEGIN line? */
bool embedded_is_after_dashes(const uint8_t *text, size_t len);

/* Is there nothing but the commas, quotes and dashes that part two members of
 * a list? */
bool embedded_is_separator(const uint8_t *text, size_t len);

#endif
