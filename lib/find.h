/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a short text in a long one, faster than memmem(): memchr runs at
 * the speed of memory, so it looks for the byte that is rarest in
 * configuration, logs and programs. */
#ifndef CW_LIB_FIND_H
#define CW_LIB_FIND_H

#include <stddef.h>
#include <stdint.h>

/* Smaller is rarer, roughly. */
int find_frequency(uint8_t c);
/* Where in ${what} its rarest byte is; the text is not empty. */
size_t find_anchor(const char *what, size_t n);

/* The first place of ${what} in ${text}, or NULL; ${anchor} is its
 * find_anchor(). */
const uint8_t *find_by(const uint8_t *text, size_t len, const char *what,
		       size_t n, size_t anchor);
/* The same. */
const uint8_t *find_text(const uint8_t *text, size_t len, const char *what,
			 size_t n);

#endif
