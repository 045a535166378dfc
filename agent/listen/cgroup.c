/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/cgroup.h"

#include <stdbool.h>
#include <string.h>

#define ID 64	/* hex digits of a container's id */

struct part {
	const char *at;
	size_t len;
};

static bool ends(struct part p, const char *suffix)
{
	size_t n = strlen(suffix);

	return p.len > n && memcmp(p.at + p.len - n, suffix, n) == 0;
}

static bool begins(struct part p, const char *prefix)
{
	size_t n = strlen(prefix);

	return p.len > n && memcmp(p.at, prefix, n) == 0;
}

/* The unit's name may hold any byte; only what systemd allows is taken over. */
static void copy(char to[static CGROUP_NAME], struct part p)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789:-_.\\@";

	if (p.len == 0 || p.len >= CGROUP_NAME)
		return;
	for (size_t i = 0; i < p.len; i++)
		to[i] = p.at[i] && strchr(plain, p.at[i]) ? p.at[i] : '?';
	to[p.len] = '\0';
}

/* 64 hex digits, alone or between "docker-" and ".scope" or their like. */
static bool find_id(struct part p, struct part *ret)
{
	static const char hex[] = "0123456789abcdef";
	size_t run = 0;

	for (size_t i = 0; i <= p.len; i++) {
		bool is_hex = i < p.len && p.at[i] && strchr(hex, p.at[i]);

		if (!is_hex && run == ID) {
			*ret = (struct part){p.at + i - ID, ID};
			return true;
		}
		run = is_hex ? run + 1 : 0;
	}
	return false;
}

static void read_part(struct part p, struct part before,
		      char unit[static CGROUP_NAME],
		      char container[static CGROUP_NAME])
{
	struct part id = p;

	if (ends(p, ".service") || ends(p, ".scope"))
		copy(unit, p);
	if (find_id(p, &id)) {
		copy(container, id);
	} else if (begins(p, "lxc.payload.")) {
		id = (struct part){p.at + 12, p.len - 12};
		copy(container, id);
	} else if (begins(p, "machine-") && ends(p, ".scope")) {
		id = (struct part){p.at + 8, p.len - 8 - 6};
		copy(container, id);
	} else if (before.len == 3 && memcmp(before.at, "lxc", 3) == 0) {
		copy(container, p);
	}
}

static void read_line(struct part line, char unit[static CGROUP_NAME],
		      char container[static CGROUP_NAME])
{
	const char *colon = memchr(line.at, ':', line.len);
	struct part rest = {colon, colon ? line.len - (size_t)(colon - line.at)
					 : 0};
	const char *slash = rest.len > 0 ? memchr(rest.at, '/', rest.len)
					 : NULL;
	bool unified = rest.len > 1 && rest.at[1] == ':';
	bool systemd = rest.len > 13 && memcmp(rest.at + 1, "name=systemd",
					       12) == 0;
	struct part before = {"", 0};

	/* of version 1, only the hierarchy that systemd names units in */
	if (!slash || !(unified || systemd))
		return;
	rest.len -= (size_t)(slash - rest.at);
	rest.at = slash;
	while (rest.len > 0) {
		const char *next = memchr(rest.at + 1, '/', rest.len - 1);
		size_t n = next ? (size_t)(next - rest.at) : rest.len;
		struct part p = {rest.at + 1, n - 1};

		read_part(p, before, unit, container);
		before = p;
		rest.at += n;
		rest.len -= n;
	}
}

void cgroup_parse(const char *text, size_t len, char unit[static CGROUP_NAME],
		  char container[static CGROUP_NAME])
{
	unit[0] = container[0] = '\0';
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		read_line((struct part){text, n}, unit, container);
		n += end ? 1 : 0;
		text += n;
		len -= n;
	}
}
