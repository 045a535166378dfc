/* SPDX-License-Identifier: Apache-2.0 */
/* Is a file a text?  Guessed by the files before it whose names end alike, so
 * that of a text all is asked of the disk at once, and of another file no more
 * than its first block.  A wrong guess costs time only. */
#ifndef CW_AGENT_WALK_GUESS_H
#define CW_AGENT_WALK_GUESS_H

#include <stdbool.h>
#include <stdint.h>

#define GUESS_ENDINGS 256

/* Zeroed: nothing is known. */
struct guess {
	int8_t texts[GUESS_ENDINGS];	/* less than 0: others */
};

enum guess_kind { GUESS_OPEN, GUESS_TEXT, GUESS_OTHER };

/* By ${name}, the last component of a path. */
enum guess_kind guess_kind(const struct guess *g, const char *name);
/* It was found out. */
void guess_learn(struct guess *g, const char *name, bool text);

#endif
