/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificate belongs to a private key: by the SHA-256 of their
 * SubjectPublicKeyInfo, over one scan.  Keys wait here until all certificates
 * are known. */
#ifndef CW_AGENT_INVENTORY_MATCH_H
#define CW_AGENT_INVENTORY_MATCH_H

#include "agent/inventory/waiting.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"
#include "lib/hash.h"

struct match_known;

struct match {
	struct match_known *known;	/* public keys of certificates */
	struct waiting keys;
	struct arena arena;		/* of all of it */
	bool full;	/* some had no room: what matches is not known */
};

void match_init(struct match *m);
void match_free(struct match *m);

/* Remembers where a certificate, X.509 or SSH, with its public key lies; above
 * LIMIT_MATCH_BYTES it is forgotten, and ${full} tells so.  One whose public
 * key is not known is passed over. */
void match_certificate(struct match *m, const Ipc__Finding *f,
		       const ProtobufCBinaryData *path);

/* Keeps a private key, also one of SSH, until match_keys(): true; false where
 * there is no room or its public key is not known, and the caller passes it on
 * unmatched. */
bool match_defer(struct match *m, const Ipc__Candidate *place,
		 const Ipc__Finding *f);

typedef int match_take(void *arg, const Ipc__Candidate *place,
		       const Ipc__Finding *f, const char *matches,
		       const ProtobufCBinaryData *path);

/* Hands out each key with what it belongs to: "same-file" (or the same token),
 * "neighbour" (in the same folder), "elsewhere", both with the certificate's
 * path, or "none", which is "unknown" where ${full}.  The messages are
 * borrowed.  0, or what ${take} returned below 0. */
int match_keys(struct match *m, match_take *take, void *arg);

#endif
