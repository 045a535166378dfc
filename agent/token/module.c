/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token/module.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"

#define SUFFIX ".module"

enum { LIBRARY = 1, REMOTE = 2, TRUST = 4, ENABLE = 8, DISABLE = 16 };

static const struct {
	const char *name;
	unsigned int option;
} options[] = {
	{"module", LIBRARY},   {"remote", REMOTE},	{"trust-policy", TRUST},
	{"enable-in", ENABLE}, {"disable-in", DISABLE},
};

struct text {
	const char *at;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct text trim(struct text t)
{
	while (t.len > 0 && is_blank(t.at[0])) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.at, word, t.len) == 0;
}

/* Program names, separated by white space or commas. */
static bool names_us(struct text list)
{
	for (size_t i = 0, from = 0; i <= list.len; i++) {
		struct text word = {list.at + from, i - from};

		if (i < list.len && !is_blank(list.at[i]) && list.at[i] != ',')
			continue;
		if (is(word, "certwalk"))
			return true;
		from = i + 1;
	}
	return false;
}

static int set(struct module *m, unsigned int option, struct text value)
{
	if (m->given & option)
		return 0;
	m->given |= option;
	switch (option) {
	case LIBRARY:
		if (value.len >= sizeof(m->library) ||
		    memchr(value.at, '\0', value.len))
			return -EINVAL;
		memcpy(m->library, value.at, value.len);
		m->library[value.len] = '\0';
		return 0;
	case REMOTE:
		m->remote = value.len > 0;
		return 0;
	case TRUST:
		m->trust = is(value, "yes");
		return 0;
	case ENABLE:
		m->enabled = names_us(value);
		return 0;
	default:
		/* p11-kit: enable-in goes before */
		if (!(m->given & ENABLE))
			m->enabled = !names_us(value);
		return 0;
	}
}

static int parse_line(struct module *m, struct text line)
{
	const char *colon;
	struct text name, value;

	line = trim(line);
	if (line.len == 0 || line.at[0] == '#')
		return 0;
	colon = memchr(line.at, ':', line.len);
	if (!colon || line.at[0] == '[')
		return -EINVAL;
	name = trim((struct text){line.at, (size_t)(colon - line.at)});
	value = trim((struct text){colon + 1, line.len - 1 -
					      (size_t)(colon - line.at)});
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (is(name, options[i].name))
			return set(m, options[i].option, value);
	}
	return 0;
}

int module_parse(struct module *m, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (parse_line(m, (struct text){text, n}) < 0)
			return -EINVAL;
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
	return 0;
}

/* p11-kit's rule; what else lies there (a README, a backup) is no module. */
static bool has_module_name(const char *file)
{
	size_t len = strlen(file), suffix = sizeof(SUFFIX) - 1;

	return len > suffix && len - suffix < MODULE_NAME &&
	       strcmp(file + len - suffix, SUFFIX) == 0 &&
	       strspn(file, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
			    "WXYZ0123456789-_.") == len &&
	       !strchr("-_.", file[0]);
}

/* The one of that name, or a new one. */
static struct module *enter(struct module *list, size_t *n, const char *file)
{
	size_t len = strlen(file) - (sizeof(SUFFIX) - 1);

	for (size_t i = 0; i < *n; i++) {
		if (strlen(list[i].name) == len &&
		    memcmp(list[i].name, file, len) == 0)
			return &list[i];
	}
	if (*n > LIMIT_TOKEN_MODULES)
		return NULL;
	list[*n] = (struct module){.enabled = true};
	memcpy(list[*n].name, file, len);
	return &list[(*n)++];
}

static void read_module(struct module *m, const char *folder, const char *file)
{
	char path[4096];
	struct buf text;
	int r;

	buf_init(&text, LIMIT_CONFIG);
	r = file_path(path, sizeof(path), folder, file);
	if (r == 0)
		r = file_read(path, &text);
	if (r < 0)
		m->fault = strerror(-r);
	else if (module_parse(m, (const char *)text.data, text.len) < 0)
		m->fault = "not a module's file as of pkcs11.conf(5)";
	buf_free(&text);
}

static int by_name(const void *a, const void *b)
{
	const struct module *x = a, *y = b;

	return strcmp(x->name, y->name);
}

size_t modules_read_folders(const char *const *folders,
			    struct module ret[static LIMIT_TOKEN_MODULES + 1])
{
	size_t n = 0;

	for (; *folders; folders++) {
		DIR *d = opendir(*folders);
		struct dirent *e;

		while (d && (e = readdir(d))) {
			struct module *m = NULL;

			if (has_module_name(e->d_name))
				m = enter(ret, &n, e->d_name);
			if (m)
				read_module(m, *folders, e->d_name);
		}
		if (d)
			closedir(d);
	}
	qsort(ret, n, sizeof(*ret), by_name);
	return n;
}

size_t modules_read(struct module ret[static LIMIT_TOKEN_MODULES + 1])
{
	const char *home = geteuid() != 0 ? getenv("HOME") : NULL;
	char own[4096];
	const char *folders[] = {own, "/etc/pkcs11/modules",
				 "/usr/share/p11-kit/modules", NULL};
	bool has_own = home && *home &&
		       file_path(own, sizeof(own), home,
				 ".config/pkcs11/modules") == 0;

	return modules_read_folders(folders + (has_own ? 0 : 1), ret);
}
