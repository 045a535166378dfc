/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets. */
#ifndef CW_COLLECTOR_LISTENER_H
#define CW_COLLECTOR_LISTENER_H

#include <stdint.h>

/* Opens one on ${address}, "HOST:PORT", "[IPv6]:PORT" or "*:PORT" (all
 * addresses of both families); port 0 takes a free one.  Writes the socket and
 * its port.  0; -EINVAL for a bad address or a name that is unknown; -errno. */
int listener_open(const char *address, int *ret_fd, uint16_t *ret_port);

/* The one that systemd has opened under ${name}, as activation_socket(): 0, or
 * also -ENOTSOCK where it is no listening socket of TCP. */
int listener_inherit(const char *name, int *ret_fd, uint16_t *ret_port);

#endif
