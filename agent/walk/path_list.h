/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in order, to tell what is one of them, beneath one, or on the way to
 * one. */
#ifndef CW_AGENT_WALK_PATH_LIST_H
#define CW_AGENT_WALK_PATH_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct path_list {
	char *text;		/* of all of them */
	const char **list;	/* in the order of their bytes; none that lies
				 * in another */
	size_t count;
};

/* Copies absolute paths, each of which ends with NUL and comes after ${skip}
 * bytes of something else.  0; -EPROTO for what is not that; -ENOMEM. */
int path_list_copy(struct path_list *l, const void *paths, size_t len,
		   size_t skip);
/* No-op on a zeroed one. */
void path_list_free(struct path_list *l);

/* Is it one of them, or beneath one? */
bool path_list_covers(const struct path_list *l, const char *path, size_t len);

/* Those beneath a directory: the first (count: none), to go on from while
 * path_list_is_beneath(). */
size_t path_list_first(const struct path_list *l, const char *dir, size_t len);
bool path_list_is_beneath(const struct path_list *l, size_t i, const char *dir,
			  size_t len);
/* Where in it the name in that directory begins. */
const char *path_list_rest(const struct path_list *l, size_t i,
			   size_t dir_len);

#endif
