/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/fit.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/finder/finder.h"
#include "lib/hash.h"

enum fit_name fit_name(const char *configured, const char *name)
{
	size_t n = strlen(name), m = strlen(configured);

	if (strcasecmp(configured, name) == 0)
		return FIT_EXACT;
	/* at least a label where the star is */
	if (strncmp(configured, "*.", 2) == 0 && n >= m &&
	    strcasecmp(name + n - (m - 1), configured + 1) == 0)
		return FIT_PATTERN;
	if (*configured == '.' && m > 1 &&
	    (strcasecmp(name, configured + 1) == 0 ||
	     (n > m && strcasecmp(name + n - m, configured) == 0)))
		return FIT_PATTERN;
	if (m > 2 && strcmp(configured + m - 2, ".*") == 0 && n > m - 1 &&
	    strncasecmp(name, configured, m - 1) == 0)
		return FIT_PATTERN;
	return FIT_NOT;
}

static bool is_any(const uint8_t *address, size_t len)
{
	static const uint8_t zero[16];

	return memcmp(address, zero, len) == 0;
}

/* The host of "HOST:PORT", without brackets and zone. */
static void host_of(const char *listen, size_t len, char *ret, size_t cap)
{
	const char *zone = NULL;

	if (len >= 2 && *listen == '[' && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	}
	zone = memchr(listen, '%', len);
	if (zone)
		len = (size_t)(zone - listen);
	snprintf(ret, cap, "%.*s", (int)(len < cap ? len : cap - 1), listen);
}

bool fit_address(const char *listen, const Ipc__Listener *l)
{
	const char *colon = strrchr(listen, ':');
	uint8_t address[16] = {0};
	char host[256], *end = NULL;
	size_t len;

	if (!colon || strtoul(colon + 1, &end, 10) != l->port ||
	    end == colon + 1 || *end != '\0')
		return false;
	host_of(listen, (size_t)(colon - listen), host, sizeof(host));
	if (inet_pton(AF_INET, host, address) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, host, address) == 1)
		len = 16;
	else
		return *listen != '/' && strncmp(listen, "unix", 4) != 0;
	if (is_any(address, len) || is_any(l->address.data, l->address.len))
		return true;
	return len == l->address.len &&
	       memcmp(address, l->address.data, len) == 0;
}

static bool is_one_of(const char *const *programs,
		      const Ipc__ListenerProcess *p)
{
	const uint8_t *slash = memrchr(p->exe.data, '/', p->exe.len);
	const char *base = (const char *)(slash ? slash + 1 : p->exe.data);
	size_t len = p->exe.len -
		     (slash ? (size_t)(slash + 1 - p->exe.data) : 0);

	for (size_t i = 0; programs[i]; i++) {
		if (strlen(programs[i]) == len &&
		    memcmp(programs[i], base, len) == 0)
			return true;
	}
	return false;
}

/* ----------------------------------------------------------- whose lines */

struct fit_owner {
	uint64_t key;
	UT_hash_handle hh;
};

/* What a service's lines are of: a view or a whole mount namespace, and an
 * ordinary user or none. */
enum scope { SCOPE_VIEW, SCOPE_SPACE };

static uint64_t key_of(const char *service, enum scope scope, uint64_t number,
		       uint32_t user)
{
	const char *end = strstr(service, " (");
	uint8_t hash[HASH_SIZE];
	char text[256];
	uint64_t key = 0;
	int n;

	n = snprintf(text, sizeof(text), "%d %" PRIu64 " %u %.*s", (int)scope,
		     number, user, end ? (int)(end - service) : 128, service);
	hash_sha256(text, (size_t)n, hash);
	memcpy(&key, hash, sizeof(key));
	return key;
}

static bool has(const struct fit_owners *o, uint64_t key)
{
	struct fit_owner *found = NULL;

	HASH_FIND(hh, o->all, &key, sizeof(key), found);
	return found;
}

static bool add(struct fit_owners *o, uint64_t key)
{
	struct fit_owner *n = NULL;

	if (has(o, key))
		return true;
	n = arena_alloc(o->arena, sizeof(*n));
	if (!n)
		return false;
	n->key = key;
	HASH_ADD(hh, o->all, key, sizeof(key), n);
	return true;
}

bool fit_owners_add(struct fit_owners *o, const char *service,
		    const struct bound_by *by)
{
	return add(o, key_of(service, SCOPE_VIEW, by->view, by->user)) &&
	       add(o, key_of(service, SCOPE_SPACE, by->space, by->user));
}

void fit_owners_free(struct fit_owners *o)
{
	HASH_CLEAR(hh, o->all);
}

/* The lines that a process goes by: its own view's; where it has none there,
 * because it went below chroot(2) when it had read them, or because nothing in
 * its mount namespace differs, those of its namespace, then the host's.  An
 * ordinary user's own come first.  False: none of them may be its. */
static bool find_owner(const char *service, const Ipc__ListenerProcess *p,
		       const struct fit_owners *o, enum scope *ret_scope,
		       struct bound_by *ret)
{
	const struct {
		enum scope scope;
		uint64_t number;
	} order[] = {{SCOPE_VIEW, p->view}, {SCOPE_SPACE, p->space},
		     {SCOPE_VIEW, 0}};
	size_t n = p->own_root ? 2 : 3;

	for (size_t i = 0; i < 2 * n; i++) {
		uint32_t user = i % 2 ? 0 : p->user;

		/* the host's is not one namespace */
		if (order[i / 2].scope == SCOPE_SPACE && p->space == 0)
			continue;
		if (!has(o, key_of(service, order[i / 2].scope,
				   order[i / 2].number, user)))
			continue;
		*ret_scope = order[i / 2].scope;
		*ret = (struct bound_by){.view = order[i / 2].number,
					 .space = order[i / 2].number,
					 .user = user};
		return true;
	}
	return false;
}

static bool goes_by(const Ipc__ListenerProcess *p, const char *service,
		    const struct bound_by *by, const struct fit_owners *o)
{
	enum scope scope = SCOPE_VIEW;
	struct bound_by its = {.view = 0};

	/* what nearly all are */
	if (p->view == by->view && p->user == by->user)
		return true;
	return find_owner(service, p, o, &scope, &its) &&
	       its.user == by->user &&
	       (scope == SCOPE_VIEW ? its.view == by->view
				    : its.space == by->space);
}

bool fit_is_hidden(const Ipc__Listener *l, const struct fit_owners *o)
{
	enum scope scope = SCOPE_VIEW;
	struct bound_by its = {.view = 0};

	for (size_t i = 0; i < l->n_processes; i++) {
		const Ipc__ListenerProcess *p = l->processes[i];

		for (size_t k = 0; p->own_root && finder_table[k]; k++) {
			const struct finder *f = finder_table[k];

			if (f->programs && is_one_of(f->programs, p) &&
			    !find_owner(f->name, p, o, &scope, &its))
				return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ lines */

enum who { WHO_OTHER, WHO_UNKNOWN, WHO_SERVICE };

static enum who who_listens(const char *service, const struct bound_by *by,
			    const Ipc__Listener *l,
			    const struct fit_owners *o)
{
	/* sockets that systemd made and keeps for a service */
	static const char *const keepers[] = {"systemd", "init", NULL};
	const struct finder *f = finder_find(service);
	enum who who = l->n_processes == 0 ? WHO_UNKNOWN : WHO_OTHER;

	if (!f || !f->programs || !*f->programs)
		return WHO_UNKNOWN;
	for (size_t i = 0; i < l->n_processes; i++) {
		const Ipc__ListenerProcess *p = l->processes[i];

		if (p->exe.len == 0)
			who = WHO_UNKNOWN;
		else if (!goes_by(p, service, by, o))
			continue;
		else if (is_one_of(f->programs, p))
			return WHO_SERVICE;
		else if (is_one_of(keepers, p))
			who = WHO_UNKNOWN;
	}
	return who;
}

bool fit_listener(const Cw__Binding *line, const struct bound_by *by,
		  const Ipc__Listener *l, const struct fit_owners *owners)
{
	enum who who = WHO_OTHER;

	if (line->n_listen == 0)
		return who_listens(line->service, by, l, owners) ==
		       WHO_SERVICE;
	for (size_t i = 0; i < line->n_listen; i++) {
		if (!fit_address(line->listen[i], l))
			continue;
		who = who_listens(line->service, by, l, owners);
		return who != WHO_OTHER;
	}
	return false;
}
