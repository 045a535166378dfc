/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/location.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/listen/view.h"

static char *name_or_number(const char *name, unsigned int id, char *text,
			    size_t cap)
{
	if (name)
		return (char *)(uintptr_t)name;
	snprintf(text, cap, "%u", id);
	return text;
}

bool location_is_private_key(const Ipc__Finding *f)
{
	if (f->kind == CW__KIND__KIND_PRIVATE_KEY)
		return true;
	for (size_t i = 0; f->kind == CW__KIND__KIND_SSH_KEY &&
	     i < f->n_flags; i++) {
		if (strcmp(f->flags[i], "private") == 0)
			return true;
	}
	return false;
}

static void add_flag(Cw__Location *m, const char *flag)
{
	if (m->n_flags < LOCATION_FLAGS)
		m->flags[m->n_flags++] = (char *)(uintptr_t)flag;
}

static void add_flags(struct location *l, const Ipc__Finding *f)
{
	Cw__Location *m = &l->message;

	m->flags = l->flags;
	for (size_t i = 0; i < f->n_flags; i++)
		add_flag(m, f->flags[i]);
	if (!location_is_private_key(f) && !f->holds_keys)
		return;
	if (l->file.mode & 040)
		add_flag(m, "group-readable");
	if (l->file.mode & 004)
		add_flag(m, "world-readable");
}

ProtobufCBinaryData location_path(const ProtobufCBinaryData *path)
{
	size_t skip = view_prefix(path->data, path->len);

	return (ProtobufCBinaryData){path->len - skip, path->data + skip};
}

void location_flag(struct location *l, const char *flag)
{
	add_flag(&l->message, flag);
}

void location_compose(struct location *l, const Ipc__Candidate *place,
		      const Ipc__Finding *f, const struct owners *owners)
{
	Cw__FilePlace *file = &l->file;
	Cw__Location *m = &l->message;

	cw__location__init(m);
	m->kind = f->kind;
	m->object = f->sha256;
	m->format = f->format;
	m->entry = f->entry;
	m->chain_position = f->chain_position;
	m->trust_store = f->trust_store;
	m->protection = f->protection;
	m->role = f->role;
	/* facts travel only where the collector cannot derive them */
	if (f->der.len == 0 && !f->der_known)
		m->facts = f->facts;
	cw__file_place__init(file);
	if (place->token) {
		m->place_case = CW__LOCATION__PLACE_TOKEN;
		m->token = place->token;
		add_flags(l, f);
		return;
	}
	if (place->endpoint) {
		m->place_case = CW__LOCATION__PLACE_ENDPOINT;
		m->endpoint = place->endpoint;
		add_flags(l, f);
		return;
	}
	m->place_case = CW__LOCATION__PLACE_FILE;
	m->file = file;
	file->path = location_path(&place->path);
	file->mode = place->mode;
	file->uid = place->uid;
	file->gid = place->gid;
	file->mtime = place->mtime;
	file->container = place->container;
	file->owner = name_or_number(owners_user(owners, place->uid),
				     place->uid, l->owner, sizeof(l->owner));
	file->group = name_or_number(owners_group(owners, place->gid),
				     place->gid, l->group, sizeof(l->group));
	add_flags(l, f);
}
