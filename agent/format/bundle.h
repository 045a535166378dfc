/* SPDX-License-Identifier: Apache-2.0 */
/* Tells trust anchors: what a certificate is by its place, not by itself.
 *
 * A bundle is a file, or a part of one that has a name of its own (a member of
 * an archive, a value in a Secret), with at least two different self-signed CA
 * certificates before any private key and any certificate of no CA that is not
 * self-signed.  Its self-signed CA certificates are trust anchors and count as
 * a trust store's; so is a CA certificate that a keystore holds as trusted.
 * A chain, which has one root, is no bundle. */
#ifndef CW_AGENT_FORMAT_BUNDLE_H
#define CW_AGENT_FORMAT_BUNDLE_H

#include "agent/format/emit.h"
#include "lib/hash.h"

#define BUNDLE_ROLE "trust-anchor"

enum bundle_state { BUNDLE_OPEN, BUNDLE_IS, BUNDLE_IS_NOT };

struct bundle {
	struct emit_sink sink;		/* for whom emits */
	const struct emit_sink *next;	/* borrowed */
	enum bundle_state state;
	bool has_root;
	uint8_t root[HASH_SIZE];	/* the first */
	struct buf held;	/* findings until it is decided, packed */
	struct buf part;	/* format and entry of the part under work */
};

/* Findings that go to ${b}->sink go on to ${next}, in their order but for those
 * that are no certificates, the certificates with their role. */
void bundle_init(struct bundle *b, const struct emit_sink *next);
/* At the file's end: passes on what was held.  0, or what ${next} returned
 * below 0. */
int bundle_end(struct bundle *b);
void bundle_free(struct bundle *b);

#endif
