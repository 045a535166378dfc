/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/inode_set.h"

#include <stdlib.h>

#define FIRST_SIZE 1024

void inode_set_init(struct inode_set *s)
{
	*s = (struct inode_set){.size = 0};
	pthread_mutex_init(&s->lock, NULL);
}

void inode_set_free(struct inode_set *s)
{
	free(s->slots);
	s->slots = NULL;
}

static struct inode_key *slot(const struct inode_set *s,
			      const struct inode_key *k)
{
	uint64_t h = (k->inode ^ k->device * 0x9e3779b97f4a7c15u) *
		     0xbf58476d1ce4e5b9u;
	size_t i = (size_t)(h >> 20) & (s->size - 1);

	while (s->slots[i].inode && (s->slots[i].inode != k->inode ||
				     s->slots[i].device != k->device))
		i = (i + 1) & (s->size - 1);
	return &s->slots[i];
}

static bool grow(struct inode_set *s)
{
	struct inode_set bigger = *s;

	bigger.size = s->size ? 2 * s->size : FIRST_SIZE;
	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < s->size; i++) {
		if (s->slots[i].inode)
			*slot(&bigger, &s->slots[i]) = s->slots[i];
	}
	free(s->slots);
	s->slots = bigger.slots;
	s->size = bigger.size;
	return true;
}

bool inode_set_add(struct inode_set *s, uint64_t device, uint64_t inode)
{
	struct inode_key k = {device, inode};
	bool fresh = true;

	pthread_mutex_lock(&s->lock);
	if (inode != 0 && (2 * s->count < s->size || grow(s))) {
		struct inode_key *at = slot(s, &k);

		fresh = at->inode == 0;
		if (fresh) {
			*at = k;
			s->count++;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}
