/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/own_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/file.h"
#include "lib/ini_dir.h"

#define FILE_MAX (OWN_RULES * RULE_NAME)

static size_t find(const struct own_rules *o, const char *name)
{
	size_t i = 0;

	while (i < o->n && strcmp(o->names[i], name) != 0)
		i++;
	return i;
}

int own_rules_load(struct own_rules *o, const char *state_dir)
{
	char *line = NULL, *rest = NULL;
	struct buf b;
	int r = 0;

	o->n = 0;
	o->changed = false;
	r = file_path(o->path, sizeof(o->path), state_dir, "alert-rules");
	buf_init(&b, FILE_MAX);
	if (r == 0)
		r = file_read(o->path, &b);
	if (r == 0 && b.len > 0) {
		buf_str(&b);
		r = b.failed ? -ENOMEM : 0;
		line = (char *)b.data;
	}
	for (line = r == 0 && line ? strtok_r(line, "\n", &rest) : NULL;
	     r == 0 && line; line = strtok_r(NULL, "\n", &rest))
		r = ini_dir_is_name(line) ? own_rules_add(o, line) : -EINVAL;
	buf_free(&b);
	/* what is not as it should be is written anew */
	o->changed = r == -EINVAL;
	return r == -ENOENT ? 0 : r;
}

bool own_rules_have(const struct own_rules *o, const char *name)
{
	return find(o, name) < o->n;
}

int own_rules_add(struct own_rules *o, const char *name)
{
	if (own_rules_have(o, name))
		return 0;
	if (o->n == OWN_RULES)
		return -ENOBUFS;
	snprintf(o->names[o->n++], RULE_NAME, "%s", name);
	o->changed = true;
	return 0;
}

void own_rules_remove(struct own_rules *o, const char *name)
{
	size_t i = find(o, name);

	if (i == o->n)
		return;
	o->n--;
	if (i < o->n)
		memcpy(o->names[i], o->names[o->n], RULE_NAME);
	o->changed = true;
}

int own_rules_keep(struct own_rules *o)
{
	struct buf b;
	int r = 0;

	if (!o->changed)
		return 0;
	buf_init(&b, FILE_MAX);
	for (size_t i = 0; i < o->n; i++)
		buf_addf(&b, "%s\n", o->names[i]);
	r = b.failed ? -ENOMEM :
		file_replace(o->path, 0644, b.data, b.len);
	if (r == 0)
		o->changed = false;
	buf_free(&b);
	return r;
}
