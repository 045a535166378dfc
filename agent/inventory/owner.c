/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 65536

static void add(struct owner_name **list, size_t *n, unsigned int id,
		const char *name)
{
	struct owner_name *more;

	if (*n == NAMES_MAX)
		return;
	more = realloc(*list, (*n + 1) * sizeof(*more));
	if (!more)
		return;
	*list = more;
	more[*n] = (struct owner_name){id, strdup(name)};
	*n += more[*n].name != NULL;
}

void owners_read(struct owners *o)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p;
	struct group *g;

	*o = (struct owners){0};
	while (f && (p = fgetpwent(f)))
		add(&o->users, &o->n_users, p->pw_uid, p->pw_name);
	if (f)
		fclose(f);
	f = fopen("/etc/group", "re");
	while (f && (g = fgetgrent(f)))
		add(&o->groups, &o->n_groups, g->gr_gid, g->gr_name);
	if (f)
		fclose(f);
}

static void free_names(struct owner_name *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

void owners_free(struct owners *o)
{
	free_names(o->users, o->n_users);
	free_names(o->groups, o->n_groups);
	*o = (struct owners){0};
}

static const char *find(const struct owner_name *list, size_t n,
			unsigned int id)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].id == id)
			return list[i].name;
	}
	return NULL;
}

const char *owners_user(const struct owners *o, unsigned int uid)
{
	return find(o->users, o->n_users, uid);
}

const char *owners_group(const struct owners *o, unsigned int gid)
{
	return find(o->groups, o->n_groups, gid);
}
