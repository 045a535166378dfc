/* SPDX-License-Identifier: Apache-2.0 */
/* How a finder reads files: one, or all of a pattern. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/finder/finder.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

static int ask(struct finder_run *r, const char *path, struct finder_file *ret)
{
	int e = -ENAMETOOLONG;

	*ret = (struct finder_file){.fd = -1};
	if (r->failed < 0)
		return r->failed;
	if (strlen(path) < LIMIT_PATH)
		e = r->opener->open(r->opener->arg, path, ret);
	if (e == -ECANCELED || e == -EPIPE || e == -ENOMEM || e == -EPROTO)
		r->failed = e;
	return e;
}

static void unreadable(struct finder_run *r, const char *path, int error)
{
	const char *why = strerror(-error);
	Cw__GapKind kind = CW__GAP_KIND__GAP_UNREADABLE;
	struct syntax_node n = {.file = path};

	if (r->failed < 0)
		return;
	if (error == -EFBIG)
		kind = CW__GAP_KIND__GAP_TOO_LARGE;
	else if (error == -EINVAL || error == -EISDIR || error == -EREMOTE ||
		 error == -ENOENT)
		kind = CW__GAP_KIND__GAP_SKIPPED;
	if (error == -EREMOTE)
		why = "lies on a file system that is not entered";
	if (error == -EINVAL)
		why = "is not a regular file";
	finder_gap(r, kind, &n, "the configuration was not read: %s", why);
}

/* The whole file, in the arena of the tree. */
static char *slurp(struct finder_run *r, const struct finder_file *f,
		   size_t *ret_len)
{
	char *text = arena_alloc(&r->tree.arena, f->size + 1);
	size_t len = 0;

	while (text && len < f->size) {
		ssize_t n = read(f->fd, text + len, f->size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	if (!text)
		r->failed = -ENOBUFS;
	return text;
}

/* Is the file open already, so that it includes itself? */
static bool is_cycle(const struct syntax_node *at, const char *path)
{
	for (; at; at = at->from ? at->from : at->parent) {
		if (strcmp(at->file, path) == 0)
			return true;
	}
	return false;
}

static size_t depth(const struct syntax_node *at)
{
	size_t n = 0;

	while (at) {
		const struct syntax_node *up = at->from ? at->from : at->parent;

		n += up && strcmp(up->file, at->file) != 0;
		at = up;
	}
	return n;
}

static bool parse(struct finder_run *r, struct syntax_node *at,
		  const char *path, const char *text, size_t len,
		  syntax_reader *reader, const void *options)
{
	struct syntax_fault fault = {0, ""};
	const char *before = at->file;
	struct syntax_node n = {.file = finder_text(r, "%s", path)};
	int e;

	at->file = n.file;
	/* a mark of the order of bytes is no text */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	e = reader(&r->tree, at, text, len, options, &fault);
	if (at->parent)
		at->file = before;
	if (e == 0)
		return true;
	n.line = fault.line;
	finder_gap(r, e == -EBADMSG ? CW__GAP_KIND__GAP_MALFORMED
				    : e == -ENOTSUP
				    ? CW__GAP_KIND__GAP_UNSUPPORTED
				    : CW__GAP_KIND__GAP_TOO_LARGE,
		   &n, "%s", fault.why);
	return at->child != NULL;
}

/* Reads what was opened; closes it. */
static bool take(struct finder_run *r, struct syntax_node *at,
		 const char *path, struct finder_file *f,
		 syntax_reader *reader, const void *options)
{
	char *text = NULL;
	size_t len = 0;
	bool done = false;

	if (f->is_folder) {
		unreadable(r, path, -EISDIR);
	} else {
		text = slurp(r, f, &len);
		done = text && parse(r, at, path, text, len, reader, options);
	}
	opener_free(f);
	return done;
}

bool finder_load(struct finder_run *r, struct syntax_node *at,
		 const char *path, syntax_reader *reader, const void *options)
{
	struct finder_file f;
	int e = ask(r, path, &f);

	if (e < 0) {
		unreadable(r, path, e);
		return false;
	}
	return take(r, at, path, &f, reader, options);
}

static bool is_pattern(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct glob {
	struct finder_run *r;
	struct finder_list *found;
	size_t folders;		/* still to be looked into */
};

static void expand(struct glob *g, const char *base, const char *rest);

/* One component of a pattern: the names of ${base} that match it. */
static void expand_names(struct glob *g, const char *base, const char *rest,
			 size_t len)
{
	const char *what = finder_text(g->r, "%.*s", (int)len, rest);
	const char *after = rest + len + strspn(rest + len, "/");
	struct finder_file f;

	if (g->folders == 0 || ask(g->r, *base ? base : "/", &f) < 0)
		return;
	g->folders--;
	if (f.n_names > 0)
		qsort(f.names, f.n_names, sizeof(*f.names), by_name);
	for (size_t i = 0; i < f.n_names && g->r->failed == 0; i++) {
		if (fnmatch(what, f.names[i], FNM_PERIOD) != 0)
			continue;
		expand(g, finder_text(g->r, "%s/%s", base, f.names[i]), after);
	}
	opener_free(&f);
}

static void expand(struct glob *g, const char *base, const char *rest)
{
	size_t len = strcspn(rest, "/");
	const char *next = NULL;

	if (g->r->failed < 0)
		return;
	if (*rest == '\0') {
		finder_append(g->r, g->found, base);
		return;
	}
	if (!is_pattern(rest)) {
		next = finder_text(g->r, "%s/%s", base, rest);
		if (finder_is_there(g->r, next))
			finder_append(g->r, g->found, next);
		return;
	}
	next = finder_text(g->r, "%.*s", (int)len, rest);
	if (is_pattern(next))
		expand_names(g, base, rest, len);
	else
		expand(g, finder_text(g->r, "%s/%s", base, next),
		       rest + len + strspn(rest + len, "/"));
}

struct finder_list finder_glob(struct finder_run *r, const char *pattern)
{
	struct finder_list found = {NULL, 0};
	struct glob g = {.r = r, .found = &found, .folders = 1000};

	if (*pattern == '/')
		expand(&g, "", pattern + strspn(pattern, "/"));
	return found;
}

bool finder_is_folder(struct finder_run *r, const char *path)
{
	struct finder_file f;
	bool is = ask(r, path, &f) == 0 && f.is_folder;

	opener_free(&f);
	return is;
}

bool finder_is_there(struct finder_run *r, const char *path)
{
	struct finder_file f;
	/* what is there but may not be opened is told when it is read */
	int e = ask(r, path, &f);

	opener_free(&f);
	return e != -ENOENT && e != -ENOTDIR && r->failed == 0;
}

static void take_as(struct finder_run *r, struct syntax_node *at,
		    const char *path, struct finder_file *f,
		    const struct finder_how *how)
{
	const void *options = how->options;
	syntax_reader *reader = how->reader;

	if (how->reader_of)
		how->reader_of(path, &reader, &options);
	take(r, at, path, f, reader, options);
}

static void include_one(struct finder_run *r, struct syntax_node *at,
			const char *path, const struct finder_how *how)
{
	struct finder_file f;
	int e;

	if (is_cycle(at, path) || depth(at) >= LIMIT_FINDER_DEPTH) {
		finder_gap(r, CW__GAP_KIND__GAP_MALFORMED, at,
			   "includes go round in a circle, or too deep");
		return;
	}
	e = ask(r, path, &f);
	if (e == -ENOENT && how->optional)
		return;
	if (e < 0) {
		unreadable(r, path, e);
		return;
	}
	if (!f.is_folder || !how->folders) {
		take_as(r, at, path, &f, how);
		return;
	}
	if (f.n_names > 0)
		qsort(f.names, f.n_names, sizeof(*f.names), by_name);
	for (size_t i = 0; i < f.n_names; i++) {
		struct finder_how file = *how;

		file.folders = false;
		file.optional = true;
		if (f.names[i][0] == '.' ||
		    (how->only && fnmatch(how->only, f.names[i], 0) != 0))
			continue;
		include_one(r, at, finder_path(r, path, f.names[i]), &file);
	}
	opener_free(&f);
}

void finder_include(struct finder_run *r, struct syntax_node *at,
		    const char *pattern, const struct finder_how *how)
{
	struct finder_list found = {NULL, 0};

	if (!is_pattern(pattern)) {
		include_one(r, at, pattern, how);
		return;
	}
	found = finder_glob(r, pattern);
	for (size_t i = 0; i < found.count && r->failed == 0; i++)
		include_one(r, at, found.items[i], how);
}
