/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t answers_key(const struct remember *m, struct join *j,
		     const Ipc__Listener *l, char *const *names, size_t n)
{
	size_t len = ipc__listener__get_packed_size(l);
	uint8_t *packed = malloc(len + 1);
	uint64_t key = m->next.seed;

	if (!packed)
		return 0;
	key = past_hash(key, packed, ipc__listener__pack(l, packed));
	free(packed);
	for (size_t i = 0; i < n; i++)
		key = past_hash(key, names[i], strlen(names[i]));
	serving_find(&j->serving, l);
	for (size_t i = 0; i < j->serving.n_fit; i++) {
		const char *path = j->serving.fit[i]->file->path;

		key = past_hash(key, path, strlen(path));
	}
	return key;
}

static bool has_changed(const struct path_list *changed, const char *path,
			size_t len)
{
	return len > 0 && (path_list_covers(changed, path, len) ||
			   path_list_first(changed, path, len) <
				   changed->count);
}

static bool is_touched(const struct path_list *changed,
		       const struct serving_line *l)
{
	const Cw__Binding *b = l->binding;

	return has_changed(changed, l->file->path, strlen(l->file->path)) ||
	       has_changed(changed, (char *)b->config.data, b->config.len) ||
	       has_changed(changed, (char *)b->main.data, b->main.len);
}

static int take(void *arg, enum record_kind kind, const uint8_t *data,
		size_t len)
{
	Ipc__ProbeResult **ret = arg;

	if (kind == RECORD_ANSWER && !*ret)
		*ret = ipc__probe_result__unpack(NULL, len, data);
	return *ret ? 0 : -EBADMSG;
}

Ipc__ProbeResult *answers_last(const struct remember *m, struct join *j,
			       const Ipc__Listener *l, uint64_t key)
{
	const struct inode_key of = {key, REMEMBER_ANSWERS};
	const struct inode_record *r = NULL;
	Ipc__ProbeResult *answer = NULL;
	size_t at = 0;

	if (!m->update || key == 0)
		return NULL;
	serving_find(&j->serving, l);
	for (size_t i = 0; i < j->serving.n_fit; i++) {
		if (is_touched(&m->changed, j->serving.fit[i]))
			return NULL;
	}
	r = inode_map_next(&m->records, &of, &at);
	if (r)
		record_replay(m->index->files.log, r->value[RECORD_OFFSET],
			      take, &answer);
	return answer;
}

/* Copies, which borrow all but the list. */
static Ipc__Finding *without_der(const Ipc__ProbeResult *answer,
				 Ipc__Finding ***ret_list)
{
	size_t n = answer->n_certificates;
	Ipc__Finding *copies = calloc(n + 1, sizeof(*copies));
	Ipc__Finding **list = calloc(n + 1, sizeof(Ipc__Finding *));

	if (!copies || !list) {
		free(copies);
		free(list);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		copies[i] = *answer->certificates[i];
		copies[i].der_known |= copies[i].der.len > 0;
		copies[i].der = (ProtobufCBinaryData){0, NULL};
		list[i] = &copies[i];
	}
	*ret_list = list;
	return copies;
}

void answers_keep(struct remember *m, uint64_t key,
		  const Ipc__ProbeResult *answer)
{
	static const ProtobufCBinaryData nowhere;
	const struct inode_key of = {key, REMEMBER_ANSWERS};
	Ipc__ProbeResult mine = *answer;
	struct record r = {.first = 0};
	Ipc__Finding *copies = NULL;

	if (!m->index || key == 0)
		return;
	copies = without_der(answer, &mine.certificates);
	if (!copies)
		return;
	record_add(&m->log, &r, RECORD_ANSWER, &mine.base);
	record_end(&m->log, &r, &of, &nowhere, 0);
	free(mine.certificates);
	free(copies);
}
