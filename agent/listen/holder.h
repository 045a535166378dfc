/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that hold sockets, from /proc. */
#ifndef CW_AGENT_LISTEN_HOLDER_H
#define CW_AGENT_LISTEN_HOLDER_H

#include <stdint.h>
#include <sys/types.h>

#include "agent/listen/cgroup.h"
#include "agent/proc/ipc.pb-c.h"

/* Called for each socket that a process holds, by the inode; a process's
 * sockets come one after the other. */
typedef void holder_take(void *arg, pid_t pid, uint64_t inode);

/* Looks at all processes: how many may not be looked at, or -errno. */
int holders_find(holder_take *take, void *arg);

#define HOLDER_DELETED 8	/* files that are told of one process */

/* Who a process is. */
struct holder {
	Ipc__ListenerProcess message;	/* points into the rest */
	char exe[4096];
	char name[256];
	char unit[CGROUP_NAME];
	char container[CGROUP_NAME];
	ProtobufCBinaryData deleted[HOLDER_DELETED];
	char deleted_text[4096];
	size_t deleted_len;
};

/* What cannot be told is left empty. */
void holder_describe(pid_t pid, struct holder *ret);

/* The beginning of a file of the process, NUL-terminated: its length. */
size_t holder_read(pid_t pid, const char *name, char *to, size_t cap);

/* Its parent, or 0. */
pid_t holder_parent(pid_t pid);

/* Field 22 of the text of /proc/PID/stat, in clock ticks since the start of the
 * machine; 0 where it is not told.  The program's name, field 2, may hold any
 * byte. */
uint64_t holder_start_ticks(const char *stat, size_t len);

#endif
