/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that have left a listening socket, but not yet the connections that
 * they took from it: what servers keep for a while when they read their
 * configuration again. */
#ifndef CW_AGENT_LISTEN_RETIRED_H
#define CW_AGENT_LISTEN_RETIRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process with the program and the parent of one of ${holders}, which is none
 * of them, listens on no such port, and has connections on it; 0 where there is
 * none. */
pid_t retired_find(const pid_t *holders, size_t n, uint16_t port);

/* What a line of /proc/net/tcp or tcp6 says: the local port, the state (1:
 * established, 10: listens), and the socket's inode.  False for another
 * line. */
bool retired_line(const char *line, uint16_t *ret_port, unsigned int *ret_state,
		  uint64_t *ret_inode);

#endif
