/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/inode_set.h"

#include <stdlib.h>
#include <sys/sysmacros.h>

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

static uint32_t fold(uint64_t device)
{
	return major(device) << 20 | (minor(device) & 0xfffff);
}

static struct inode_slot *slot(const struct inode_set *s, uint64_t inode,
			       uint32_t device)
{
	uint64_t h = (inode ^ device * 0x9e3779b97f4a7c15u) *
		     0xbf58476d1ce4e5b9u;
	size_t i = (size_t)(h >> 20) & (s->size - 1);

	while (s->slots[i].inode && (s->slots[i].inode != inode ||
				     s->slots[i].device != device))
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
		const struct inode_slot *it = &s->slots[i];

		if (it->inode)
			*slot(&bigger, it->inode, it->device) = *it;
	}
	free(s->slots);
	s->slots = bigger.slots;
	s->size = bigger.size;
	return true;
}

bool inode_set_add(struct inode_set *s, const struct inode_key *k)
{
	uint32_t device = fold(k->device);
	bool fresh = true;

	pthread_mutex_lock(&s->lock);
	if (k->inode != 0 && (2 * s->count < s->size || grow(s))) {
		struct inode_slot *at = slot(s, k->inode, device);

		fresh = at->inode == 0;
		if (fresh) {
			*at = (struct inode_slot){k->inode, device, 0};
			s->count++;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}

/* With the lock held: the member, or NULL. */
static struct inode_slot *member(struct inode_set *s,
				 const struct inode_key *k)
{
	struct inode_slot *at = NULL;

	if (s->size > 0)
		at = slot(s, k->inode, fold(k->device));
	return at && at->inode ? at : NULL;
}

unsigned int inode_set_mark(struct inode_set *s, const struct inode_key *k)
{
	const struct inode_slot *at;
	unsigned int mark;

	pthread_mutex_lock(&s->lock);
	at = member(s, k);
	mark = at ? at->mark : 0;
	pthread_mutex_unlock(&s->lock);
	return mark;
}

void inode_set_set_mark(struct inode_set *s, const struct inode_key *k,
			unsigned int mark)
{
	struct inode_slot *at;

	pthread_mutex_lock(&s->lock);
	at = member(s, k);
	if (at)
		at->mark = mark;
	pthread_mutex_unlock(&s->lock);
}
