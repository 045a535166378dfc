/* SPDX-License-Identifier: Apache-2.0 */
/* The listening sockets of a network namespace: sock_diag(7). */
#ifndef CW_AGENT_LISTEN_DIAG_H
#define CW_AGENT_LISTEN_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A socket that listens (TCP), or is bound and not connected (UDP). */
struct diag_socket {
	uint8_t address[16];
	size_t address_len;	/* 4 or 16 */
	uint32_t scope;		/* interface it is bound to, or 0 */
	uint16_t port;
	bool udp;
	bool v6_only;		/* else :: takes IPv4 too */
	uint64_t inode;		/* as in /proc/PID/fd: socket:[INODE] */
};

typedef int diag_take(void *arg, const struct diag_socket *s);

/* Reads one datagram of an answer: 1 at the end of the answer; 0 where more
 * datagrams follow; -EPROTO; what the kernel refused with, as -errno; what
 * ${take} returned below 0. */
int diag_parse(const uint8_t *data, size_t len, bool udp, diag_take *take,
	       void *arg);

/* Asks the network namespace of this thread, for TCP and UDP, IPv4 and IPv6:
 * 0 or -errno. */
int diag_sockets(diag_take *take, void *arg);

#endif
