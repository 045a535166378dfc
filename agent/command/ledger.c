/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/limits.h"
#include "lib/message.h"

#define SEQUENCE_FILE "sequence"

static int read_sequence(const char *dir, const char *name, uint64_t *ret)
{
	char path[4096], *end = NULL;
	unsigned long long n;
	struct buf b;
	int r = file_path(path, sizeof(path), dir, name);

	buf_init(&b, 64);
	if (r == 0)
		r = file_read(path, &b);
	if (r == 0) {
		const char *text = buf_str(&b);

		errno = 0;
		n = strtoull(text, &end, 10);
		if (end == text || errno || (*end && *end != '\n'))
			r = -EBADMSG;
		else if (n > *ret)
			*ret = n;
	}
	buf_free(&b);
	return r == -ENOENT ? 0 : r;
}

static int write_sequence(const char *dir, const char *name, uint64_t n)
{
	char path[4096], text[32];
	int len = snprintf(text, sizeof(text), "%llu\n",
			   (unsigned long long)n);
	int r = file_path(path, sizeof(path), dir, name);

	return r < 0 ? r : file_replace(path, 0600, text, (size_t)len);
}

/* Each commands_dir has a second place of its own. */
static void second_name(const struct ledger *l, char *ret, size_t cap)
{
	size_t n = (size_t)snprintf(ret, cap, "sequence%s", l->dir);

	for (size_t i = 0; i < n && i < cap; i++) {
		if (ret[i] == '/')
			ret[i] = '-';
	}
}

/* Where the second place cannot be written, the first one alone holds. */
static void write_second(const struct ledger *l)
{
	char name[256];

	second_name(l, name, sizeof(name));
	if (file_make_directories(LEDGER_RUN_DIR, 0755) == 0)
		write_sequence(LEDGER_RUN_DIR, name, l->sequence);
}

static int result_path(const struct ledger *l, uint64_t sequence, char *ret,
		       size_t cap)
{
	int n = snprintf(ret, cap, "%s/" LEDGER_RESULTS "/%020llu", l->dir,
			 (unsigned long long)sequence);

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

static int is_number(const struct dirent *e)
{
	return strlen(e->d_name) == 20 &&
	       strspn(e->d_name, "0123456789") == 20;
}

/* The numbers of the results that are kept, oldest first. */
static int list(const struct ledger *l, struct dirent ***ret)
{
	char path[4096];
	int r = file_path(path, sizeof(path), l->dir, LEDGER_RESULTS);
	int n;

	if (r < 0)
		return r;
	n = scandir(path, ret, is_number, alphasort);
	return n < 0 ? -errno : n;
}

static void free_list(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static uint64_t number(const struct dirent *e)
{
	return strtoull(e->d_name, NULL, 10);
}

static int find_sequence(struct ledger *l)
{
	struct dirent **names = NULL;
	char second[256];
	int r = read_sequence(l->dir, SEQUENCE_FILE, &l->sequence), n;

	second_name(l, second, sizeof(second));
	if (r == 0)
		r = read_sequence(LEDGER_RUN_DIR, second, &l->sequence);
	if (r < 0)
		return r;
	n = list(l, &names);
	if (n > 0 && number(names[n - 1]) > l->sequence)
		l->sequence = number(names[n - 1]);
	free_list(names, n);
	return n < 0 ? n : 0;
}

int ledger_open(const struct agent_config *config, struct ledger *ret,
		uint64_t *ret_line)
{
	struct ledger l = {.journal = {.fd = -1}};
	char path[4096];
	int r = 0;

	if ((size_t)snprintf(l.dir, sizeof(l.dir), "%s",
			     config->commands_dir) >= sizeof(l.dir))
		return -ENAMETOOLONG;
	r = file_path(path, sizeof(path), l.dir, LEDGER_RESULTS);
	if (r == 0)
		r = file_make_directories(path, 0700);
	if (r == 0)
		r = file_path(path, sizeof(path), l.dir, JOURNAL_FILE);
	if (r == 0)
		r = find_sequence(&l);
	if (r == 0)
		r = journal_open(path, &l.journal, ret_line);
	if (r == 0)
		*ret = l;
	return r;
}

void ledger_close(struct ledger *l)
{
	journal_close(&l->journal);
}

int ledger_finish(struct ledger *l, uint64_t sequence,
		  const Cw__CommandResult *result)
{
	char path[4096];
	struct buf b;
	int r = result_path(l, sequence, path, sizeof(path));

	buf_init(&b, LIMIT_FRAME);
	if (r == 0)
		r = message_pack(&b, &result->base);
	if (r == 0)
		r = file_replace(path, 0600, b.data, b.len);
	buf_free(&b);
	return r;
}

/* Drops the oldest where there are too many. */
static void bound(struct ledger *l)
{
	struct dirent **names = NULL;
	int n = list(l, &names);
	char path[4096];

	for (int i = 0; i < n - LEDGER_RESULTS_MAX; i++) {
		if (result_path(l, number(names[i]), path, sizeof(path)) == 0)
			unlink(path);
	}
	free_list(names, n);
}

int ledger_take(struct ledger *l, uint64_t sequence, const char *id)
{
	Cw__CommandResult unknown = CW__COMMAND_RESULT__INIT;
	int r;

	if (sequence <= l->sequence)
		return -EALREADY;
	bound(l);
	unknown.id = (char *)(uintptr_t)id;
	unknown.outcome = CW__COMMAND_RESULT__OUTCOME__UNKNOWN;
	unknown.detail = (char *)(uintptr_t)"started, and its end was not seen";
	r = ledger_finish(l, sequence, &unknown);
	if (r == 0)
		r = write_sequence(l->dir, SEQUENCE_FILE, sequence);
	if (r == 0) {
		l->sequence = sequence;
		write_second(l);
	}
	return r;
}

static Cw__CommandResult *read_result(const struct ledger *l, uint64_t sequence)
{
	Cw__CommandResult *m = NULL;
	char path[4096];
	struct buf b;

	buf_init(&b, LIMIT_FRAME);
	if (result_path(l, sequence, path, sizeof(path)) == 0 &&
	    file_read(path, &b) == 0)
		m = cw__command_result__unpack(NULL, b.len, b.data);
	buf_free(&b);
	return m;
}

int ledger_results(struct ledger *l, const char *id,
		   int (*fn)(void *arg, uint64_t sequence,
			     const Cw__CommandResult *result), void *arg)
{
	struct dirent **names = NULL;
	int n = list(l, &names), r = n < 0 ? n : 0;

	for (int i = 0; i < n && r == 0; i++) {
		Cw__CommandResult *m = read_result(l, number(names[i]));

		if (m && (!id || strcmp(m->id, id) == 0))
			r = fn(arg, number(names[i]), m);
		if (m)
			cw__command_result__free_unpacked(m, NULL);
	}
	free_list(names, n);
	return r;
}

static int forget(void *arg, uint64_t sequence, const Cw__CommandResult *m)
{
	struct ledger *l = arg;
	char path[4096];
	int r = result_path(l, sequence, path, sizeof(path));

	(void)m;
	if (r == 0 && unlink(path) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

int ledger_kept(struct ledger *l, const char *id)
{
	return ledger_results(l, id, forget, l);
}
