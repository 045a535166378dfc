/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/waiting.h"

#include <errno.h>

struct waiting_item {
	struct waiting_item *next;
	ProtobufCBinaryData place;	/* packed Ipc__Candidate */
	ProtobufCBinaryData finding;	/* packed Ipc__Finding */
};

static bool keep(struct arena *arena, const ProtobufCMessage *message,
		 ProtobufCBinaryData *ret)
{
	ret->len = protobuf_c_message_get_packed_size(message);
	ret->data = arena_alloc(arena, ret->len);
	if (ret->data)
		protobuf_c_message_pack(message, ret->data);
	return ret->data != NULL;
}

bool waiting_add(struct waiting *w, struct arena *arena,
		 const Ipc__Candidate *place, const Ipc__Finding *f)
{
	struct waiting_item *k = arena_alloc(arena, sizeof(*k));

	if (!k || !keep(arena, &place->base, &k->place) ||
	    !keep(arena, &f->base, &k->finding))
		return false;
	if (w->last)
		*w->last = k;
	else
		w->first = k;
	w->last = &k->next;
	return true;
}

static int hand_out(const struct waiting_item *k, waiting_take *take,
		    void *arg)
{
	Ipc__Candidate *place =
		ipc__candidate__unpack(NULL, k->place.len, k->place.data);
	Ipc__Finding *f =
		ipc__finding__unpack(NULL, k->finding.len, k->finding.data);
	int r = place && f ? take(arg, place, f) : -ENOMEM;

	ipc__candidate__free_unpacked(place, NULL);
	ipc__finding__free_unpacked(f, NULL);
	return r;
}

int waiting_each(const struct waiting *w, waiting_take *take, void *arg)
{
	int r = 0;

	for (const struct waiting_item *k = w->first; k && r >= 0; k = k->next)
		r = hand_out(k, take, arg);
	return r < 0 ? r : 0;
}
