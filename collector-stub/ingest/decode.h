/* SPDX-License-Identifier: Apache-2.0 */
/* From a request's body to what apply_sync() takes: unpacked, checked, hashed;
 * all that needs no database, so that it runs beside the writer. */
#ifndef CW_COLLECTOR_DECODE_H
#define CW_COLLECTOR_DECODE_H

#include "collector-stub/store/store.h"
#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* bytes of memory that one decoded request may take; protobuf-c needs up to
 * some 30 bytes for one byte of hostile input */
#define DECODE_MEMORY MIB(192)

/* bytes of a command's id, an agent's host name, another text about a host */
#define DECODE_TEXT_MAX 256
/* capabilities of a host */
#define DECODE_CAPABILITIES 64

struct sync {
	const char *agent_id;
	bool existing_pki;	/* its row is made when it is first seen */
	int64_t now;

	Cw__SyncRequest *request;	/* in the arena */
	struct set_digest digest;
	struct store_location *added;	/* n_added of them */
	size_t n_cut;			/* that bound.h made smaller */
	struct store_object *objects;
	size_t n_objects;
	/* objects that are not what they say: ignored, asked for again */
	size_t n_mismatched;
	const char *hostname;		/* "" where there is no host */
};

/* An allocator for protobuf-c over an arena. */
ProtobufCAllocator decode_allocator(struct arena *a);

/* Cuts what is longer than the above.  NULL is allowed. */
void decode_host(Cw__HostFacts *h);

/* Everything is in ${a} or points into ${body}.  0; -EBADMSG, and *ret_why is
 * a static text; -ENOBUFS where ${a} is too small for it. */
int decode_sync(const uint8_t *body, size_t len, struct arena *a,
		struct sync *ret, const char **ret_why);

#endif
