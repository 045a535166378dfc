/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a process was started with, by its command line. */
#include "agent/finder/finder.h"

#include <fnmatch.h>
#include <string.h>

#include "lib/limits.h"

void finder_arguments(struct finder_run *r, const struct finder_process *p,
		      struct arena *keep, struct finder_list *ret);

struct arguments {
	struct finder_run *r;
	const struct finder_process *p;
	struct arena *keep;
	struct finder_list *files;
	const char *base;	/* of relative names */
};

static const char *cwd_of(const struct finder_process *p)
{
	return *p->cwd ? p->cwd : "/";
}

static void add_file(struct arguments *a, const char *path)
{
	struct finder_list *l = a->files;
	const char **more = NULL;

	path = finder_path(a->r, a->base, path);
	path = arena_str(a->keep, path, strlen(path));
	more = arena_alloc(a->keep, (l->count + 1) * sizeof(*more));
	if (!path || !more || l->count == 64)
		return;
	if (l->count > 0)
		memcpy(more, l->items, l->count * sizeof(*more));
	more[l->count] = path;
	*l = (struct finder_list){more, l->count + 1};
}

static void use(struct arguments *a, const struct finder_option *o,
		const char *value)
{
	struct syntax_node line = {.file = a->p->exe};

	if (*value == '\0')
		return;
	switch (o->kind) {
	case FINDER_ARG_FILE:
	case FINDER_ARG_PLAIN:
		add_file(a, value);
		return;
	case FINDER_ARG_FOLDER:
	case FINDER_ARG_BASE:
		value = finder_path(a->r, cwd_of(a->p),
				    finder_text(a->r, "%s/%s", value,
						o->below));
		if (finder_is_there(a->r, value))
			add_file(a, value);
		return;
	case FINDER_ARG_ROLE:
		finder_bind(a->r, &line, o->role,
			    finder_path(a->r, a->base, value), NULL);
		return;
	}
}

/* Does the argument hold this option?  "--name=value", "-nVALUE" set ${ret}, a
 * value that is the next argument leaves it NULL. */
static bool holds(const struct finder_option *o, const char *arg,
		  const char **ret)
{
	size_t n = strlen(o->name);

	*ret = NULL;
	if (!arg)
		return false;
	if (o->kind == FINDER_ARG_PLAIN) {
		*ret = arg;
		return arg[0] != '-' && fnmatch(o->name, arg, 0) == 0;
	}
	if (strncmp(arg, o->name, n) != 0)
		return false;
	if (arg[n] == '=') {
		*ret = arg + n + 1;
		return true;
	}
	if (arg[n] == '\0')
		return true;
	/* -cFILE, but not -config for -c */
	if (n == 2 && arg[0] == '-' && arg[1] != '-' &&
	    (arg[n] == '/' || arg[n] == '.'))
		*ret = arg + n;
	return *ret != NULL;
}

/* The folder that relative names begin in, if an option tells it. */
static void find_base(struct arguments *a, const char *const *argv,
		      size_t argc)
{
	const struct finder_option *o = a->r->finder->options;

	a->base = cwd_of(a->p);
	while (o && o->name && o->kind != FINDER_ARG_BASE)
		o++;
	for (size_t i = 1; o && o->name && i < argc; i++) {
		const char *value = NULL;

		if (!holds(o, argv[i], &value))
			continue;
		if (!value && i + 1 < argc)
			value = argv[i + 1];
		if (value)
			a->base = finder_path(a->r, cwd_of(a->p), value);
	}
}

static void look(struct arguments *a, const char *const *argv, size_t argc)
{
	find_base(a, argv, argc);
	for (size_t i = 1; i < argc; i++) {
		const struct finder_option *o = a->r->finder->options;

		for (; o && o->name; o++) {
			const char *value = NULL;

			if (!holds(o, argv[i], &value))
				continue;
			if (!value && i + 1 < argc)
				value = argv[i + 1];
			use(a, o, value ? value : "");
			break;
		}
	}
}

/* A title such as "nginx: master process /usr/sbin/nginx -c FILE" is one
 * argument that the program wrote itself. */
static size_t split_title(struct finder_run *r, const char *title,
			  const char **argv, size_t max)
{
	const char *p = strstr(title, "process ");
	size_t n = 0;

	for (p = p ? p + 8 : title; *p && n < max;) {
		size_t len = strcspn(p, " ");

		if (len > 0)
			argv[n++] = finder_text(r, "%.*s", (int)len, p);
		p += len + strspn(p + len, " ");
	}
	return n;
}

void finder_arguments(struct finder_run *r, const struct finder_process *p,
		      struct arena *keep, struct finder_list *ret)
{
	struct arguments a = {r, p, keep, ret, "/"};
	const char *split[64];

	if (p->argc == 1 && strchr(p->argv[0], ' '))
		look(&a, split, split_title(r, p->argv[0], split, 64));
	else
		look(&a, p->argv,
		     p->argc < LIMIT_ARGUMENTS ? p->argc : LIMIT_ARGUMENTS);
}
