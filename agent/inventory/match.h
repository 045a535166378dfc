/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate belongs to a private key: by the SHA-256 of their
 * SubjectPublicKeyInfo, over one scan.  Keys wait here until all certificates
 * are known. */
#ifndef CW_AGENT_INVENTORY_MATCH_H
#define CW_AGENT_INVENTORY_MATCH_H

#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"
#include "lib/hash.h"

struct match_key;
struct match_known;

struct match {
	struct match_known *known;	/* public keys of certificates */
	struct match_key *keys;		/* that wait, oldest first */
	struct match_key **last;
	struct arena arena;		/* of all of it */
};

void match_init(struct match *m);
void match_free(struct match *m);

/* Remembers where a certificate with this public key lies; above
 * LIMIT_MATCH_BYTES it is forgotten, and keys may then match nothing. */
void match_certificate(struct match *m, const uint8_t spki[static HASH_SIZE],
		       const ProtobufCBinaryData *path);

/* Keeps a private key until match_keys(): true; false where there is no room,
 * and the caller passes it on unmatched. */
bool match_defer(struct match *m, const Ipc__Candidate *place,
		 const Ipc__Finding *f);

/* Hands out each key with what it belongs to: "same-file" (or the same token),
 * "neighbour" (in the same folder), "elsewhere", both with the certificate's
 * path, or "none".  The messages are borrowed.  0, or what ${take} returned
 * below 0. */
int match_keys(struct match *m,
	       int (*take)(void *arg, const Ipc__Candidate *place,
			   const Ipc__Finding *f, const char *matches,
			   const ProtobufCBinaryData *path),
	       void *arg);

#endif
