/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/finder/finder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

#define LIMIT_STARTED KIB(256)	/* bytes of the start files' names */

const char *finder_role_name(enum finder_role role)
{
	static const char *const words[FINDER_ROLES] = {
		[FINDER_CERTIFICATE] = "certificate",
		[FINDER_KEY] = "key",
		[FINDER_CHAIN] = "chain",
		[FINDER_CA] = "ca",
		[FINDER_CLIENT_CA] = "client-ca",
		[FINDER_KEYSTORE] = "keystore",
		[FINDER_TRUSTSTORE] = "truststore",
		[FINDER_CRL] = "crl",
		[FINDER_CLIENT] = "client-certificate",
	};

	return role < FINDER_ROLES ? words[role] : "other";
}

const struct finder *finder_find(const char *name)
{
	const char *end = strstr(name, " (");
	size_t len = end ? (size_t)(end - name) : strlen(name);

	for (size_t i = 0; finder_table[i]; i++) {
		if (strlen(finder_table[i]->name) == len &&
		    memcmp(finder_table[i]->name, name, len) == 0)
			return finder_table[i];
	}
	return NULL;
}

void opener_free(struct finder_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	free(f->names);
	*f = (struct finder_file){.fd = -1};
}

static void fail(struct finder_run *r, int error)
{
	if (r->failed == 0)
		r->failed = error;
}

static void tell(struct finder_run *r, int kind, const char *path,
		 const char *reason)
{
	int e = r->failed < 0 ? 0 : r->sink->gap(r->sink->arg, kind, path,
						 reason);

	if (e < 0)
		fail(r, e);
}

void finder_gap(struct finder_run *r, int kind, const struct syntax_node *line,
		const char *fmt, ...)
{
	char text[512], reason[640], where[24] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line->line > 0)
		snprintf(where, sizeof(where), "line %u: ", line->line);
	snprintf(reason, sizeof(reason), "%s: %s%s", r->finder->name, where,
		 text);
	tell(r, kind, line->file, reason);
}

const char *finder_text(struct finder_run *r, const char *fmt, ...)
{
	va_list ap, again;
	char *text = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		text = arena_alloc(&r->tree.arena, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	else
		fail(r, -ENOBUFS);
	va_end(again);
	return text ? text : "";
}

const char *finder_path(struct finder_run *r, const char *base,
			const char *value)
{
	if (*value == '/')
		return value;
	while (strncmp(value, "./", 2) == 0)
		value += 2;
	return finder_text(r, "%s%s%s", base, strcmp(base, "/") ? "/" : "",
			   value);
}

const char *finder_folder(struct finder_run *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return "/";
	return finder_text(r, "%.*s", (int)(slash - path), path);
}

static void append(struct finder_run *r, struct arena *a,
		   struct finder_list *list, const char *text)
{
	size_t have = list->count, size = sizeof(*list->items);
	const char *copy = arena_str(a, text, strlen(text));

	if (copy && (have & (have - 1)) == 0) {
		const char **more = arena_alloc(a, (have ? 2 * have : 1) *
							   size);

		if (more && have > 0)
			memcpy(more, list->items, have * size);
		if (!more)
			copy = NULL;
		else
			list->items = more;
	}
	if (copy)
		list->items[list->count++] = copy;
	else
		fail(r, -ENOBUFS);
}

static bool is_in(const struct finder_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

void finder_append(struct finder_run *r, struct finder_list *list,
		   const char *text)
{
	append(r, &r->tree.arena, list, text);
}

void finder_add(struct finder_run *r, struct finder_list *list,
		const char *text)
{
	if (is_in(list, text))
		return;
	if (list->count < LIMIT_BINDING_NAMES) {
		append(r, &r->tree.arena, list, text);
	} else if (r->names_left_out++ == 0) {
		tell(r, CW__GAP_KIND__GAP_TOO_LARGE, r->started.count > 0
		     ? r->started.items[r->started.count - 1] : "/",
		     "more names or addresses than one binding lists");
	}
}

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* "a:1", "1.2.3.4:1", "[::1]:1"; "::1" has none */
static bool has_port(const char *s)
{
	const char *last = strrchr(s, ':'), *bracket = strrchr(s, ']');

	return last && (bracket ? last > bracket : strchr(s, ':') == last);
}

void finder_listen(struct finder_run *r, struct finder_scope *scope,
		   const char *text, const char *port)
{
	bool bare6 = !strchr(text, '[') && strchr(text, ':') &&
		     !has_port(text);
	bool socket = *text == '/' || strncmp(text, "unix:", 5) == 0;

	if (*text == '\0')
		return;
	if (is_number(text))
		text = finder_text(r, "*:%s", text);
	else if (*text == ':' && is_number(text + 1))
		text = finder_text(r, "*%s", text);
	else if (port && !socket && !has_port(text))
		text = finder_text(r, bare6 ? "[%s]:%s" : "%s:%s", text, port);
	finder_add(r, &scope->listen, text);
}

static struct finder_binding *known(struct finder_run *r,
				    const struct syntax_node *line,
				    enum finder_role role, const char *path)
{
	for (struct finder_binding *b = r->first; b; b = b->next) {
		if (b->line == line->line && b->role == role &&
		    strcmp(b->path, path) == 0 &&
		    strcmp(b->config, line->file) == 0)
			return b;
	}
	return NULL;
}

static void add_scope(struct finder_run *r, struct finder_binding *b,
		      const struct finder_scope *scope)
{
	for (size_t i = 0; i < scope->names.count; i++)
		finder_add(r, &b->scope.names, scope->names.items[i]);
	for (size_t i = 0; i < scope->listen.count; i++)
		finder_add(r, &b->scope.listen, scope->listen.items[i]);
}

void finder_bind(struct finder_run *r, const struct syntax_node *line,
		 enum finder_role role, const char *path,
		 const struct finder_scope *scope)
{
	struct finder_binding *b = NULL;

	if (*path == '\0' || r->failed < 0)
		return;
	if (*path != '/') {
		finder_gap(r, CW__GAP_KIND__GAP_UNSUPPORTED, line,
			   "%s file: its path is not understood",
			   finder_role_name(role));
		return;
	}
	b = known(r, line, role, path);
	if (!b) {
		if (r->bindings == LIMIT_BINDINGS_PER_FILE) {
			fail(r, -ENOBUFS);
			return;
		}
		b = arena_alloc(&r->tree.arena, sizeof(*b));
		if (!b) {
			fail(r, -ENOBUFS);
			return;
		}
		*b = (struct finder_binding){
			.role = role, .path = finder_text(r, "%s", path),
			.config = line->file, .line = line->line};
		if (r->last)
			r->last->next = b;
		else
			r->first = b;
		r->last = b;
		r->bindings++;
	}
	if (scope)
		add_scope(r, b, scope);
}

/* ------------------------------------------------------------------- run */

static void flush(struct finder_run *r)
{
	for (struct finder_binding *b = r->first; b && r->failed == 0;
	     b = b->next) {
		int e = 0;

		b->start = r->start;
		b->process = r->process;
		e = r->sink->binding(r->sink->arg, r->finder->name, b);

		if (e < 0)
			fail(r, e);
	}
	r->first = r->last = NULL;
	r->bindings = 0;
	syntax_reset(&r->tree);
}

/* Each start file once, however it was found. */
static void start(struct finder_run *r, const char *path)
{
	int e = 0;

	if (r->failed < 0 || is_in(&r->started, path))
		return;
	append(r, &r->arena, &r->started, path);
	if (r->failed < 0)
		return;
	path = r->started.items[r->started.count - 1];
	r->start = path;
	r->names_left_out = 0;
	e = r->finder->read(r, path);
	if (e < 0)
		fail(r, e);
	if (r->failed == -ENOBUFS) {
		r->failed = 0;
		tell(r, CW__GAP_KIND__GAP_TOO_LARGE, path,
		     "more than is read of one configuration");
	}
	flush(r);
	r->start = NULL;
}

static void usual_places(struct finder_run *r)
{
	for (const char *const *f = r->finder->files; f && *f; f++) {
		struct finder_list found = finder_glob(r, *f);
		struct finder_list kept = {NULL, 0};

		/* the tree, in which the list is, goes with the first */
		for (size_t i = 0; i < found.count; i++)
			append(r, &r->arena, &kept, found.items[i]);
		for (size_t i = 0; i < kept.count; i++)
			start(r, kept.items[i]);
	}
}

/* finder_arguments.c */
void finder_arguments(struct finder_run *r, const struct finder_process *p,
		      struct arena *keep, struct finder_list *ret);

static bool is_of(const struct finder *f, const struct finder_process *p)
{
	const char *base = strrchr(p->exe, '/');

	base = base ? base + 1 : p->exe;
	for (const char *const *name = f->programs; name && *name; name++) {
		if (strcmp(*name, base) == 0)
			return true;
	}
	return false;
}

bool finder_runs(const struct finder *f,
		 const struct finder_process *processes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_of(f, &processes[i]))
			return true;
	}
	return false;
}

int finder_service(const struct finder *f, const struct finder_opener *opener,
		   const struct finder_sink *sink,
		   const struct finder_process *processes, size_t n_processes,
		   const char *const *more)
{
	struct finder_run r = {.finder = f, .opener = opener, .sink = sink};

	syntax_init(&r.tree);
	arena_init(&r.arena, LIMIT_STARTED);
	for (; more && *more; more++)
		start(&r, *more);
	for (size_t i = 0; i < n_processes; i++) {
		struct finder_list files = {NULL, 0};

		if (!is_of(f, &processes[i]))
			continue;
		r.process = &processes[i];
		finder_arguments(&r, &processes[i], &r.arena, &files);
		flush(&r);
		for (size_t k = 0; k < files.count; k++)
			start(&r, files.items[k]);
		r.process = NULL;
	}
	if (n_processes == 0 || processes[0].user == 0)
		usual_places(&r);
	syntax_free(&r.tree);
	arena_free(&r.arena);
	return r.failed;
}
