/* SPDX-License-Identifier: Apache-2.0 */
/* A finding of the parser and the place that the walk knows make a location;
 * so do a finding in a token and the token. */
#ifndef CW_AGENT_INVENTORY_LOCATION_H
#define CW_AGENT_INVENTORY_LOCATION_H

#include <stdbool.h>

#include "agent/inventory/owner.h"
#include "agent/proc/ipc.pb-c.h"
#include "proto/certwalk.pb-c.h"

#define LOCATION_FLAGS 64	/* a format gives at most 42 */

/* ${place} and what it points to outlive the location, as ${f} does.
 *
 * Of a private key, and of a keystore that holds such or may, whose file others
 * than its owner may read, the flags are group-readable, world-readable,
 * whether or not it is encrypted. */
struct location {
	Cw__Location message;
	Cw__FilePlace file;
	char owner[24];
	char group[24];
	char *flags[LOCATION_FLAGS];
};

void location_compose(struct location *l, const Ipc__Candidate *place,
		      const Ipc__Finding *f, const struct owners *owners);

/* Is it a private key?  SSH keys are of one kind, whichever half they are. */
bool location_is_private_key(const Ipc__Finding *f);

/* A path as the scan knows it, without what tells a view's from the host's. */
ProtobufCBinaryData location_path(const ProtobufCBinaryData *path);

/* Adds a flag, borrowed; what is above LOCATION_FLAGS is left out. */
void location_flag(struct location *l, const char *flag);

#endif
