/* SPDX-License-Identifier: Apache-2.0 */
/* Does a text hold any of the formats' needles? */
#ifndef CW_AGENT_WALK_SEARCH_H
#define CW_AGENT_WALK_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Collects the needles of all formats; once, before any search. */
void search_prepare(void);

/* Longest needle, less one: what two blocks of one text have to overlap by. */
size_t search_overlap(void);

/* True where any needle begins in ${text}; also one in UTF-16, where the text
 * has NULs. */
bool search_hit(const uint8_t *text, size_t len);

#endif
