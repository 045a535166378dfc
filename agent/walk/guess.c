/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/guess.h"

#include <string.h>

#define SURE 2	/* more of the one than of the other, of late */
#define MOST 8

/* Its ending's place in the table; endings that share one disturb nothing but
 * the guess. */
static uint8_t place(const char *name)
{
	const char *dot = strrchr(name, '.');
	uint32_t h = 2166136261u;	/* FNV-1a */

	for (const char *p = dot && dot != name ? dot : ""; *p; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	return (uint8_t)(h ^ h >> 8 ^ h >> 16 ^ h >> 24);
}

enum guess_kind guess_kind(const struct guess *g, const char *name)
{
	int texts = g->texts[place(name)];

	return texts >= SURE ? GUESS_TEXT : texts <= -SURE ? GUESS_OTHER :
		GUESS_OPEN;
}

void guess_learn(struct guess *g, const char *name, bool text)
{
	int8_t *texts = &g->texts[place(name)];

	if (text && *texts < MOST)
		++*texts;
	else if (!text && *texts > -MOST)
		--*texts;
}
