/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users and groups, from /etc/passwd and /etc/group alone: a name
 * service might ask the network for each file. */
#ifndef CW_AGENT_INVENTORY_OWNER_H
#define CW_AGENT_INVENTORY_OWNER_H

#include <stddef.h>
#include <sys/types.h>

struct owner_name {
	unsigned int id;
	char *name;
};

struct owners {
	struct owner_name *users;
	size_t n_users;
	struct owner_name *groups;
	size_t n_groups;
};

/* Reads both files; what cannot be read has no names. */
void owners_read(struct owners *o);
void owners_free(struct owners *o);

/* The name, or NULL. */
const char *owners_user(const struct owners *o, unsigned int uid);
const char *owners_group(const struct owners *o, unsigned int gid);

#endif
