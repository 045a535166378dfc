/* SPDX-License-Identifier: Apache-2.0 */
/* For people: what there is, what expires soonest, what could not be seen. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/output/endpoint_rows.h"
#include "agent/output/output.h"
#include "lib/clock.h"
#include "lib/endpoint_text.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"
#include "lib/pkcs11_uri.h"
#include "lib/text.h"

#define ROWS_MAX 20	/* certificates shown */
#define SUBJECT_COLUMNS 40
#define GAPS_MAX 10	/* gaps shown */
#define LONG_AGO (90 * 86400)	/* what expired before is only counted */
#define KINDS 16

struct row {
	int64_t not_after;
	char *subject;
	char *path;
};

struct table {
	FILE *out;
	bool color;
	uint64_t kinds[KINDS];
	uint64_t open_keys;	/* private keys that others may read */
	uint64_t lone_keys;	/* private keys without a certificate */
	uint64_t weak_keys;	/* places of keys that can be broken */
	uint64_t open_stores;	/* keystores with no or a known password */
	uint64_t opened_stores;	/* by a password of a configuration */
	uint64_t unserved;	/* places of certificates */
	struct endpoint_rows endpoints;
	uint64_t expired;
	uint64_t soon;		/* within 30 days */
	struct row rows[ROWS_MAX];	/* soonest first */
	size_t n_rows;
	int64_t now;
};

static int table_begin(FILE *out, void **ret_state)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->out = out;
	t->color = isatty(fileno(out)) && !getenv("NO_COLOR");
	t->now = clock_now();
	*ret_state = t;
	return 0;
}

static void row_free(struct row *r)
{
	free(r->subject);
	free(r->path);
}

/* Where it is, printable and malloc'd; NULL without memory. */
static char *place_text(const Cw__Location *l)
{
	struct buf b;
	char *text = NULL;

	buf_init(&b, LIMIT_PATH + 1);
	if (l->place_case == CW__LOCATION__PLACE_FILE)
		buf_add(&b, l->file->path.data, l->file->path.len);
	else if (l->place_case == CW__LOCATION__PLACE_TOKEN)
		pkcs11_uri(&b, l->token);
	else if (l->place_case == CW__LOCATION__PLACE_ENDPOINT)
		endpoint_text(&b, l->endpoint);
	if (!b.failed)
		text = text_printable(b.data, b.len);
	buf_free(&b);
	return text;
}

/* CA certificates of trust stores expire by the hundred and hurt nobody, so the
 * rows show the others. */
static int add_row(struct table *t, const Cw__Location *l, const Cw__Facts *f)
{
	const char *subject = *f->subject ? f->subject : "(no subject)";
	size_t at = t->n_rows;
	struct row r = {.not_after = f->not_after};

	while (at > 0 && t->rows[at - 1].not_after > f->not_after)
		at--;
	if (at == ROWS_MAX)
		return 0;
	r.subject = text_column(subject, strlen(subject), SUBJECT_COLUMNS,
				true);
	r.path = place_text(l);
	if (!r.subject || !r.path) {
		row_free(&r);
		return -ENOMEM;
	}
	if (t->n_rows == ROWS_MAX)
		row_free(&t->rows[--t->n_rows]);
	memmove(&t->rows[at + 1], &t->rows[at],
		(t->n_rows - at) * sizeof(t->rows[0]));
	t->rows[at] = r;
	t->n_rows++;
	return 0;
}

static bool has_weak_flag(char *const *flags, size_t n)
{
	static const char *const weak[] = {
		"weak-rsa-bits", "weak-dsa-bits", "weak-exponent", "weak-curve",
		"altered-curve", "roca", "close-primes", "debian-weak-key",
	};

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sizeof(weak) / sizeof(weak[0]); k++) {
			if (strcmp(flags[i], weak[k]) == 0)
				return true;
		}
	}
	return false;
}

static bool has_flag(const Cw__Location *l, const char *flag)
{
	for (size_t i = 0; i < l->n_flags; i++) {
		if (strcmp(l->flags[i], flag) == 0)
			return true;
	}
	return false;
}

static void count_keystore(struct table *t, const Cw__Protection *p)
{
	t->open_stores += p->well_known_password;
	t->opened_stores += *p->opened_by && !p->well_known_password;
}

static void count(struct table *t, const Cw__Location *l, const Cw__Facts *f)
{
	if (l->kind == CW__KIND__KIND_KEYSTORE && l->protection)
		count_keystore(t, l->protection);
	if ((unsigned int)l->kind < KINDS)
		t->kinds[l->kind]++;
	t->weak_keys += has_weak_flag(l->flags, l->n_flags) ||
			(f && has_weak_flag(f->flags, f->n_flags));
	t->unserved += has_flag(l, "unserved");
	/* a login needs no certificate; keys in a keystore stand beside it */
	t->lone_keys += l->kind == CW__KIND__KIND_PRIVATE_KEY &&
			strcmp(l->matches, "none") == 0;
	t->open_keys += l->kind != CW__KIND__KIND_KEYSTORE &&
			(has_flag(l, "group-readable") ||
			 has_flag(l, "world-readable")) &&
			!(l->protection && l->protection->encrypted);
}

static int table_location(void *state, const Cw__Location *l,
			  const Ipc__Finding *f)
{
	struct table *t = state;

	count(t, l, f->facts);
	if (l->kind == CW__KIND__KIND_ENDPOINT && l->endpoint)
		return endpoint_rows_add(&t->endpoints, l->endpoint);
	if (l->kind != CW__KIND__KIND_CERTIFICATE || !f->facts)
		return 0;
	if (f->facts->is_ca)
		return 0;
	t->expired += f->facts->not_after < t->now;
	t->soon += f->facts->not_after >= t->now &&
		   f->facts->not_after < t->now + 30 * 86400;
	if (f->facts->not_after < t->now - LONG_AGO)
		return 0;
	return add_row(t, l, f->facts);
}

static void print_rows(const struct table *t)
{
	if (t->n_rows == 0)
		return;
	fprintf(t->out, "\nExpired lately, or soonest to expire "
			"(without CA certificates)\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct row *r = &t->rows[i];
		int64_t days = (r->not_after - t->now) / 86400;
		const char *on = "", *off = "";
		char when[CLOCK_TEXT];

		if (t->color && r->not_after < t->now + 30 * 86400) {
			on = r->not_after < t->now ? "\033[31m" : "\033[33m";
			off = "\033[0m";
		}
		clock_rfc3339(r->not_after, when);
		fprintf(t->out, "  %s%.10s %7lldd%s  %s  %s\n", on, when,
			(long long)days, off, r->subject, r->path);
	}
}

static void print_gaps(const struct table *t, const Cw__Coverage *c)
{
	size_t shown = 0;

	if (c->n_counts == 0)
		return;
	fprintf(t->out, "\nNot looked at, or only in part\n");
	for (size_t i = 0; i < c->n_counts; i++)
		fprintf(t->out, "  %8llu %s\n",
			(unsigned long long)c->counts[i]->count,
			output_gap(c->counts[i]->kind));
	for (size_t i = 0; i < c->n_gaps && shown < GAPS_MAX; i++) {
		const Cw__Gap *g = c->gaps[i];
		char *path = NULL;

		/* pseudo file systems are on every host: only counted */
		if (g->kind == CW__GAP_KIND__GAP_SKIPPED)
			continue;
		path = text_printable(g->path.data, g->path.len);
		fprintf(t->out, "    %s: %s: %s\n", output_gap(g->kind),
			path ? path : "?", g->reason);
		free(path);
		shown++;
	}
	fprintf(t->out,
		"  All of them: certwalk scan --format jsonl | tail -1\n");
}

static void print_count(const struct table *t, uint64_t n, const char *what)
{
	if (n > 0)
		fprintf(t->out, "  %8llu %s\n", (unsigned long long)n, what);
}

static int table_end(void *state, const Cw__Coverage *c)
{
	struct table *t = state;
	int r = 0;

	fprintf(t->out, "Found in %llu files of %llu directories, %llds\n",
		(unsigned long long)c->files,
		(unsigned long long)c->directories,
		(long long)(c->finished - c->started));
	for (size_t i = 0; i < KINDS; i++)
		print_count(t, t->kinds[i], inventory_kind((Cw__Kind)i));
	print_count(t, t->expired, "expired, without CA certificates");
	print_count(t, t->soon, "expire within 30 days");
	print_count(t, t->weak_keys, "with a weak key");
	print_count(t, t->open_keys,
		    "private keys that others may read, not encrypted");
	print_count(t, t->lone_keys,
		    "private keys that belong to no certificate found here");
	print_count(t, t->open_stores,
		    "keystores without a password, or with a well-known one");
	print_count(t, t->opened_stores,
		    "keystores opened by a password of a configuration");
	print_count(t, t->unserved,
		    "certificates that a service is configured with, and "
		    "nothing serves");
	endpoint_rows_print(&t->endpoints, t->out, t->color);
	print_rows(t);
	print_gaps(t, c);
	for (size_t i = 0; i < c->n_notes; i++)
		fprintf(t->out, "  note: %s\n", c->notes[i]);
	if (!c->complete)
		fprintf(t->out, "\nThe scan did not come to its end.\n");
	if (fflush(t->out) != 0)
		r = -errno;
	for (size_t i = 0; i < t->n_rows; i++)
		row_free(&t->rows[i]);
	endpoint_rows_free(&t->endpoints);
	free(t);
	return r;
}

const struct output output_table_format = {
	.name = "table",
	.description = "for people: counts, soonest expiries, what was missed",
	.begin = table_begin,
	.location = table_location,
	.end = table_end,
};
