/* SPDX-License-Identifier: Apache-2.0 */
/* What a control group says of its process. */
#ifndef CW_AGENT_LISTEN_CGROUP_H
#define CW_AGENT_LISTEN_CGROUP_H

#include <stddef.h>

#define CGROUP_NAME 256

/* The text of /proc/PID/cgroup: the systemd unit, and the id of a container of
 * Docker, Podman, containerd, CRI-O, LXC or systemd-nspawn; "" where there is
 * none. */
void cgroup_parse(const char *text, size_t len, char unit[static CGROUP_NAME],
		  char container[static CGROUP_NAME]);

#endif
