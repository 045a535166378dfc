/* SPDX-License-Identifier: Apache-2.0 */
/* The files that servers in containers, in mount namespaces of their own or
 * below chroot(2) see: opened through /proc/PID/root, and told from the host's
 * by name. */
#ifndef CW_AGENT_PROC_VIEWS_H
#define CW_AGENT_PROC_VIEWS_H

#include "agent/listen/view.h"
#include "agent/proc/config_open.h"

struct view_place;

struct views {
	struct config_opener host;
	struct view_place *list[LIMIT_VIEWS];
	size_t n;
};

void views_init(struct views *v);
void views_free(struct views *v);

/* The number of a process's view, which is kept open; 0 for the host's.  Or
 * -errno; -ENOBUFS above LIMIT_VIEWS. */
int views_number(struct views *v, pid_t pid, const struct view *view);

/* Of a number that views_number() gave, or 0; else NULL. */
const struct config_opener *views_opener(const struct views *v,
					 uint32_t number);
/* NULL for the host's. */
const struct view *views_view(const struct views *v, uint32_t number);
/* "container 0123456789ab", "mounts of nginx.service", ""; lives as ${v}. */
const char *views_where(const struct views *v, uint32_t number);

/* The path by which the scan knows what a view has at ${real}, a resolved path:
 * the host's where it is the same file there, else one that view_prefix()
 * knows.  0; -ENAMETOOLONG; -EINVAL where the host's is one of that kind. */
int views_key(const struct views *v, uint32_t number, const char *real,
	      char ret[static 4096]);
/* The number for a path of that kind; 0 for one of the host's. */
uint32_t views_of_key(const struct views *v, const char *key);

#endif
