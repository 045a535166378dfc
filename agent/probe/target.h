/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be probed, as it is written on a command line:
 *
 *	HOST:PORTS	a name, all its addresses; or an IPv4 address
 *	[ADDRESS]:PORTS	an IPv6 address, also with a zone: fe80::1%eth0
 *	NET/BITS:PORTS	[NET/BITS]:PORTS	every address of a network
 *
 * PORTS is a list of ports and ranges: 443,8443,9000-9010; left out: 443. */
#ifndef CW_AGENT_PROBE_TARGET_H
#define CW_AGENT_PROBE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target_range;

struct target_list {
	struct target_range *first, **tail;
	uint64_t count;		/* in all, LIMIT_PROBE_TARGETS at most */
	/* where target_next() stands */
	struct target_range *at;
	uint64_t address, port;
};

/* One address and port; ${host} is borrowed from the list, NULL: none. */
struct target_one {
	const char *host;
	uint8_t address[16];
	size_t address_len;	/* 4 or 16 */
	uint32_t scope;
	uint16_t port;
};

void target_init(struct target_list *l);
void target_free(struct target_list *l);

/* Adds what ${text} means; names are looked up, which may take its time.  0;
 * -EINVAL: cannot be read; -E2BIG: more than LIMIT_PROBE_TARGETS; -ENOENT: the
 * name has no address; -ENOMEM.  *ret_why is a static text. */
int target_add(struct target_list *l, const char *text, const char **ret_why);

/* May it be asked for as a name (RFC 6066 section 3)? */
bool target_is_name(const char *text);

/* The next one, false at the end. */
bool target_next(struct target_list *l, struct target_one *ret);

#endif
