/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/verdict.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/inventory/fit.h"
#include "agent/listen/view.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/text.h"

const Ipc__Finding *verdict_leaf(const struct verdict *v)
{
	return v->result->certificates[v->served->chain[0]];
}

/* ------------------------------------------------------------------ words */

__attribute__((format(printf, 2, 3)))
static char *say(struct verdict *v, const char *fmt, ...)
{
	struct buf b;
	char *text = NULL;
	va_list ap;

	buf_init(&b, KIB(16));
	va_start(ap, fmt);
	buf_addv(&b, fmt, ap);
	va_end(ap);
	text = arena_str(&v->join->text, b.data, b.failed ? 0 : b.len);
	buf_free(&b);
	return text ? text : (char *)(uintptr_t)"";
}

/* Bytes of a path as text. */
static const char *name(struct verdict *v, const void *path, size_t len)
{
	size_t skip = view_prefix(path, len);
	char *text = text_printable((const char *)path + skip, len - skip);
	const char *kept = say(v, "%s", text ? text : "?");

	free(text);
	return kept;
}

/* "/etc/ssl/a.pem (/etc/nginx/nginx.conf:12)" */
static const char *named(struct verdict *v, const struct serving_line *l,
			 const struct serving_certificate *c)
{
	const Cw__Binding *b = l->binding;
	const char *config = name(v, b->config.data, b->config.len);
	const char *file = c ? name(v, c->path.data, c->path.len)
			     : name(v, l->file->path, strlen(l->file->path));

	if (b->line == 0)
		return say(v, "%s (command line of %s)", file, config);
	return say(v, "%s (%s:%u)", file, config, b->line);
}

/* What the processes' age has to do with a file that changed at ${changed}. */
static const char *age(struct verdict *v, int64_t changed)
{
	const Ipc__Listener *l = v->listener;
	int64_t oldest = INT64_MAX, newest = 0;
	char began[CLOCK_TEXT], then[CLOCK_TEXT];

	for (size_t i = 0; i < l->n_processes; i++) {
		int64_t t = l->processes[i]->started;

		oldest = t < oldest ? t : oldest;
		newest = t > newest ? t : newest;
	}
	if (l->n_processes == 0 || oldest <= 0)
		return "";
	clock_rfc3339(oldest, began);
	clock_rfc3339(changed, then);
	if (newest <= changed)
		return say(v, ": the process is older (%s) than the file "
			   "(%s), which it has not read again", began, then);
	if (oldest <= changed)
		return say(v, ": the oldest process (%s) is older than the "
			   "file (%s), and what it had read is still served",
			   began, then);
	return say(v, ": the process (%s) is newer than the file (%s)", began,
		   then);
}

/* The process that still has the file open, or mapped, that was at a path
 * before; 0. */
static uint32_t keeper_of(const struct verdict *v, const void *path, size_t len)
{
	const Ipc__Listener *l = v->listener;
	size_t skip = view_prefix(path, len);

	for (size_t i = 0; i < l->n_processes; i++) {
		const Ipc__ListenerProcess *p = l->processes[i];

		for (size_t k = 0; k < p->n_deleted; k++) {
			if (p->deleted[k].len == len - skip &&
			    memcmp(p->deleted[k].data,
				   (const char *)path + skip, len - skip) == 0)
				return p->pid;
		}
	}
	return 0;
}

/* What keeps what was at a path from being replaced by what is there now, of
 * which the file changed at ${changed}: better than any age is that the process
 * is seen to hold it. */
static const char *why_old(struct verdict *v, const ProtobufCBinaryData *path,
			   int64_t changed)
{
	uint32_t pid = keeper_of(v, path->data, path->len);
	char then[CLOCK_TEXT];

	if (pid == 0)
		return age(v, changed);
	clock_rfc3339(changed, then);
	return say(v, ": process %u still has the file open that was replaced "
		   "(%s)", pid, then);
}

/* The same where nothing is at the path now. */
static const char *held(struct verdict *v, const char *path)
{
	uint32_t pid = keeper_of(v, path, strlen(path));

	return pid > 0 ? say(v, ": process %u still has it open", pid) : "";
}

/* Did a process begin before the file was changed? */
static bool is_older(const struct verdict *v, int64_t changed)
{
	const Ipc__Listener *l = v->listener;

	for (size_t i = 0; i < l->n_processes; i++) {
		if (l->processes[i]->started > 0 &&
		    l->processes[i]->started <= changed)
			return true;
	}
	return false;
}

static void set(struct verdict *v, const char *state, char *cause)
{
	v->endpoint->state = (char *)(uintptr_t)state;
	v->endpoint->cause = cause;
}

static void set_file(struct verdict *v, const void *path, size_t len)
{
	size_t skip = view_prefix(path, len);

	v->endpoint->file.data = arena_dup(&v->join->text,
					   (const char *)path + skip,
					   len - skip);
	v->endpoint->file.len = v->endpoint->file.data ? len - skip : 0;
}

static void set_line(struct verdict *v, const struct serving_line *l,
		     const struct serving_certificate *c)
{
	const Cw__Binding *b = l->binding;

	if (c)
		set_file(v, c->path.data, c->path.len);
	else
		set_file(v, l->file->path, strlen(l->file->path));
	v->endpoint->service = b->service;
	v->endpoint->config = b->config;
	v->endpoint->line = b->line;
}

/* ------------------------------------------------------------------ lines */

/* How well a line fits the name that was asked for: without a name all do. */
static int level_of(const struct verdict *v, const struct serving_line *l)
{
	const Cw__Binding *b = l->binding;
	int best = FIT_NOT;

	if (!*v->endpoint->sni)
		return FIT_EXACT;
	for (size_t i = 0; i < b->n_names; i++) {
		int fit = (int)fit_name(b->names[i], v->endpoint->sni);

		best = fit > best ? fit : best;
	}
	return best;
}

/* The line and certificate of what is served, among the lines of at least a
 * level; NULL. */
static const struct serving_line *
find_served(const struct verdict *v, int level,
	    const struct serving_certificate **ret)
{
	const struct serving *s = &v->join->serving;

	for (size_t i = 0; i < s->n_fit; i++) {
		struct serving_certificate *c = NULL;

		if (level_of(v, s->fit[i]) < level)
			continue;
		c = serving_own(s->fit[i]->file, &verdict_leaf(v)->sha256);
		if (c) {
			*ret = c;
			return s->fit[i];
		}
	}
	return NULL;
}

/* What should be served instead: a certificate for the same names before any
 * other, a file that was not looked at before one that is gone. */
struct expected {
	const struct serving_line *line;	/* NULL: no line fits */
	const struct serving_certificate *certificate;
	bool same_names;
	int rank;
};

static void expect(struct expected *x, const struct serving_line *l,
		   const struct serving_certificate *c, bool same)
{
	int rank = same ? 4 : c ? 3 : l->file->kind == BOUND_GONE ? 1 : 2;

	if (x->line && x->rank >= rank)
		return;
	*x = (struct expected){l, c, same, rank};
}

static struct expected find_expected(const struct verdict *v)
{
	const struct serving *s = &v->join->serving;
	const Cw__Facts *facts = verdict_leaf(v)->facts;
	uint64_t names = facts ? disk_names(facts) : 0;
	struct expected x = {.line = NULL};

	for (size_t i = 0; i < s->n_fit; i++) {
		const struct serving_line *l = s->fit[i];

		if (level_of(v, l) < v->level)
			continue;
		if (!l->file->first)
			expect(&x, l, NULL, false);
		for (const struct serving_certificate *c = l->file->first; c;
		     c = c->next) {
			if (c->leaf)
				expect(&x, l, c, names && c->names == names);
		}
	}
	return x;
}

/* ------------------------------------------------------------------ chain */

/* Of the chain in the file, the part behind the leaf that is served as it
 * is; *ret_all counts what the file has, without a root at its end. */
static size_t same_chain(const struct verdict *v,
			 const struct serving_certificate *leaf,
			 size_t *ret_all)
{
	const struct serving_certificate *c = leaf->next;
	size_t n = 1, same = 0;

	*ret_all = 0;
	for (; c && !c->leaf; c = c->next) {
		const Ipc__Finding *f = NULL;

		if (c->self_signed)
			break;
		(*ret_all)++;
		if (n >= v->served->n_chain)
			continue;
		f = v->result->certificates[v->served->chain[n]];
		if (memcmp(f->sha256.data, c->sha256, HASH_SIZE) == 0 &&
		    same + 1 == *ret_all)
			same++;
		n++;
	}
	return same;
}

/* The last one that is sent needs an issuer, which is none that clients
 * have. */
static const char *why_open(struct verdict *v)
{
	size_t last = v->served->chain[v->served->n_chain - 1];
	const Cw__Facts *f = v->result->certificates[last]->facts;
	enum disk_issuer issuer = DISK_UNKNOWN;

	if (strcmp(v->endpoint->chain, "open") != 0 || !f)
		return NULL;
	issuer = disk_issuer(&v->join->disk, &f->issuer_der_sha256);
	if (issuer == DISK_INTERMEDIATE ||
	    (issuer == DISK_UNKNOWN && f->n_ca_issuers > 0))
		return say(v, "the certificate of its issuer is not sent: %s",
			   f->issuer);
	return NULL;
}

/* An older worker keeps its connections with what it had read. */
static bool is_kept_on(struct verdict *v, const struct serving_line *l,
		       const struct serving_certificate *c)
{
	const Ipc__ListenerProcess *p = v->listener->retired;
	char began[CLOCK_TEXT], then[CLOCK_TEXT];

	if (!p || !l || p->started <= 0 || p->started > c->changed)
		return false;
	clock_rfc3339(p->started, began);
	clock_rfc3339(c->changed, then);
	set(v, "mixed", say(v, "process %u is older (%s) than %s (%s): it no "
			    "longer listens, but keeps connections with what "
			    "it had read", p->pid, began, named(v, l, c),
			    then));
	return true;
}

static void judge_chain(struct verdict *v, const struct serving_line *l,
			const struct serving_certificate *c)
{
	const char *why = why_open(v), *file = "";
	size_t all = 0, same = 0;

	if (l && c->pem) {
		same = same_chain(v, c, &all);
		file = named(v, l, c);
	}
	if (all > same && v->served->n_chain - 1 > same)
		set(v, "chain", say(v, "another intermediate certificate is "
				    "sent than the one in %s%s", file,
				    why_old(v, &c->path, c->changed)));
	else if (all > same)
		set(v, "chain", say(v, "%zu of %zu intermediate certificates "
				    "in %s are sent%s", same, all, file,
				    why_old(v, &c->path, c->changed)));
	else if (strcmp(v->endpoint->chain, "disordered") == 0)
		set(v, "chain", say(v, "the certificates that are sent do not "
				    "follow one on the other"));
	else if (why)
		set(v, "chain", say(v, "%s", why));
	else if (!is_kept_on(v, l, c))
		set(v, "live", say(v, "%s", ""));
}

/* ------------------------------------------------------------ what it means */

/* It is in the file of a line that fits, but of another name than that. */
static void judge_other(struct verdict *v, const struct serving_line *other,
			const struct serving_certificate *c)
{
	struct expected x = find_expected(v);

	set_line(v, x.line, x.certificate);
	/* what was not looked at may be the same certificate */
	set(v, x.rank == 2 ? "" : "stale",
	    say(v, "for %s the configuration names %s, but the certificate of "
		"%s is served", v->endpoint->sni,
		named(v, x.line, x.certificate), named(v, other, c)));
}

/* The newest on disk for the names of what is served; NULL: none is newer. */
static const struct disk_certificate *find_newer(const struct verdict *v)
{
	const Cw__Facts *f = verdict_leaf(v)->facts;
	uint64_t names = f ? disk_names(f) : 0;
	const struct disk_certificate *n =
		names ? disk_newest(&v->join->disk, names) : NULL;

	return n && n->not_before > f->not_before ? n : NULL;
}

static void set_newer(struct verdict *v, const struct disk_certificate *n)
{
	set_file(v, n->path.data, n->path.len);
	set(v, "stale", say(v, "%s has a newer certificate for the same "
			    "names%s", name(v, n->path.data, n->path.len),
			    why_old(v, &n->path, n->changed)));
}

/* On disk, but in no file that a line which fits names. */
static void judge_known(struct verdict *v, const struct disk_certificate *d)
{
	struct expected x = find_expected(v);

	if (!x.line) {
		const struct disk_certificate *n = find_newer(v);

		/* a younger process may have been told to read the old one */
		if (n && is_older(v, n->changed)) {
			set_newer(v, n);
			return;
		}
		set_file(v, d->path.data, d->path.len);
		judge_chain(v, NULL, NULL);
		return;
	}
	set_line(v, x.line, x.certificate);
	if (x.rank == 1)
		set(v, "stale", say(v, "%s is gone; what is served is in %s",
				    named(v, x.line, NULL),
				    name(v, d->path.data, d->path.len)));
	else if (x.rank == 2)
		set(v, "", say(v, "%s was not looked at; what is served is in "
			       "%s", named(v, x.line, NULL),
			       name(v, d->path.data, d->path.len)));
	else
		set(v, "stale", say(v, "the configuration names %s, but what "
				    "is in %s is served%s",
				    named(v, x.line, x.certificate),
				    name(v, d->path.data, d->path.len),
				    why_old(v, &x.certificate->path,
					    x.certificate->changed)));
}

/* Nowhere on disk, and no line is known: another file may tell. */
static void judge_unknown(struct verdict *v)
{
	const struct disk_certificate *n = find_newer(v);

	if (n)
		set_newer(v, n);
	else
		set(v, "elsewhere", say(v, "in no file that was looked at; no "
					"configuration line is known"));
}

/* Nowhere on disk. */
static void judge_missing(struct verdict *v)
{
	struct expected x = find_expected(v);
	const struct serving_certificate *c = x.certificate;

	if (!x.line) {
		judge_unknown(v);
		return;
	}
	set_line(v, x.line, c);
	if (x.rank == 1)
		set(v, "elsewhere", say(v, "%s is gone, and what was in it is "
					"still served%s",
					named(v, x.line, NULL),
					held(v, x.line->file->path)));
	else if (x.rank == 2)
		set(v, "", say(v, "%s was not looked at",
			       named(v, x.line, NULL)));
	else if (x.same_names || is_older(v, c->changed))
		set(v, "stale", say(v, "%s has another certificate than is "
				    "served%s", named(v, x.line, c),
				    why_old(v, &c->path, c->changed)));
	else
		set(v, "elsewhere", say(v, "the configuration names %s, but "
					"what is served is in no file that was "
					"looked at%s", named(v, x.line, c),
					age(v, c->changed)));
}

/* The best level of any line: those of a lesser one are for other names. */
static int best_level(const struct verdict *v)
{
	const struct serving *s = &v->join->serving;
	int best = FIT_NOT;

	for (size_t i = 0; i < s->n_fit; i++) {
		int level = level_of(v, s->fit[i]);

		best = level > best ? level : best;
	}
	return best;
}

/* A server in a container, say, whose configuration is not known: what lies on
 * the host says nothing of it. */
static bool is_hidden(struct verdict *v)
{
	const char *container = v->endpoint->container;

	if (!v->join->read || v->join->serving.n_fit > 0 ||
	    !fit_is_hidden(v->listener, &v->join->serving.owners))
		return false;
	set(v, "", say(v, "its process has files of its own%s%s, and no line "
		       "that names a certificate was found in them",
		       *container ? ", in container " : "", container));
	return true;
}

static void judge(struct verdict *v)
{
	const struct serving_certificate *c = NULL;
	const struct serving_line *l = NULL;
	const struct disk_certificate *d = NULL;

	v->level = best_level(v);
	if (is_hidden(v))
		return;
	l = find_served(v, v->level, &c);
	if (l) {
		set_line(v, l, c);
		judge_chain(v, l, c);
		return;
	}
	l = find_served(v, FIT_NOT, &c);
	d = disk_find(&v->join->disk, verdict_leaf(v)->sha256.data);
	if (l)
		judge_other(v, l, c);
	else if (d)
		judge_known(v, d);
	else
		judge_missing(v);
}

/* What is not remembered cannot be told from what is not there. */
static void doubt(struct verdict *v)
{
	const char *state = v->endpoint->state;

	if (strcmp(state, "stale") == 0 || strcmp(state, "elsewhere") == 0)
		set(v, "", say(v, "more certificates than can be compared"));
}

void verdict_find(struct verdict *v)
{
	bool mixed = strcmp(v->endpoint->state, "mixed") == 0;
	const char *state, *cause;

	judge(v);
	if (join_is_full(v->join))
		doubt(v);
	if (!mixed)
		return;
	state = v->endpoint->state;
	cause = v->endpoint->cause;
	set(v, "mixed", say(v, "workers show different certificates; this one "
			    "is %s%s%s", *state ? state : "unknown",
			    *cause ? ": " : "", cause));
}
