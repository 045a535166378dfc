/* SPDX-License-Identifier: Apache-2.0 */
/* STATE/ports: where a running collector listens, two lines,
 * "agents=HOST:PORT" and "enroll=HOST:PORT".  Port 0 in the configuration takes
 * any free one; this file tells which. */
#ifndef CW_COLLECTOR_PORTS_H
#define CW_COLLECTOR_PORTS_H

#include "collector-stub/http/server.h"

/* ${name} stands for the host where all addresses are listened on.  0 or
 * -errno. */
int ports_write(const struct server *srv, const char *name);
/* After the end: the file goes. */
void ports_remove(const struct collector_config *c);

/* A port of the file, by ${key}, "agents=" or "enroll=": 0, or -ENOENT. */
int ports_read(const struct collector_config *c, const char *key,
	       uint16_t *ret);

/* The port of the enrolment listener: as the configuration or, where that
 * leaves it open, the file says.  0, or -ENOENT. */
int ports_enroll(const struct collector_config *c, uint16_t *ret);

#endif
