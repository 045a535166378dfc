/* SPDX-License-Identifier: Apache-2.0 */
/* The identity in use, and its successor until that has proven itself.
 *
 *	identity.pem only		used
 *	identity.next.pem as well	tried first; the collector takes it:
 *					renamed over identity.pem; it does not:
 *					removed, identity.pem goes on
 *
 * So the agent has, at any time and after any crash, a credential that has
 * worked.  Says on standard error what is wrong with the files. */
#ifndef CW_AGENT_SYNC_KEYRING_H
#define CW_AGENT_SYNC_KEYRING_H

#include "agent/sync/identity.h"

struct keyring_stamp {
	ino_t inode;
	struct timespec ctime;
	off_t size;
};

struct keyring {
	const struct agent_config *config;	/* borrowed */
	struct identity own, next;
	bool has_own, has_next;
	struct keyring_stamp stamps[3];
	bool looked;
};

void keyring_init(struct keyring *k, const struct agent_config *config);
void keyring_free(struct keyring *k);

/* Reads the files again where they have changed; *ret_changed tells, and
 * identities handed out before are then gone.  0, -ENOENT where this host is
 * not enrolled, or -errno where what is there cannot be used. */
int keyring_refresh(struct keyring *k, bool *ret_changed);

/* The one to use now: the successor if there is one.  NULL for none. */
const struct identity *keyring_identity(const struct keyring *k);

/* Steals ${next} as the successor once it is on disk: 0 or -errno, and then
 * ${next} is still the caller's. */
int keyring_add_next(struct keyring *k, struct identity *next);
/* The successor has worked: it is the identity now.  0, or -errno: it is still
 * the successor. */
int keyring_promote(struct keyring *k);
/* The successor was turned down. */
void keyring_drop_next(struct keyring *k);

#endif
