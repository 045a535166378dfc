/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/fit.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/finder/finder.h"

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

enum who { WHO_OTHER, WHO_UNKNOWN, WHO_SERVICE };

static enum who who_listens(const char *service, const Ipc__Listener *l)
{
	/* sockets that systemd made and keeps for a service */
	static const char *const keepers[] = {"systemd", "init", NULL};
	const struct finder *f = finder_find(service);
	enum who who = l->n_processes == 0 ? WHO_UNKNOWN : WHO_OTHER;

	if (!f || !f->programs || !*f->programs)
		return WHO_UNKNOWN;
	for (size_t i = 0; i < l->n_processes; i++) {
		const Ipc__ListenerProcess *p = l->processes[i];

		if (p->exe.len > 0 && is_one_of(f->programs, p))
			return WHO_SERVICE;
		if (p->exe.len == 0 || is_one_of(keepers, p))
			who = WHO_UNKNOWN;
	}
	return who;
}

bool fit_listener(const Cw__Binding *line, const Ipc__Listener *l)
{
	enum who who = WHO_OTHER;

	if (line->n_listen == 0)
		return who_listens(line->service, l) == WHO_SERVICE;
	for (size_t i = 0; i < line->n_listen; i++) {
		if (!fit_address(line->listen[i], l))
			continue;
		who = who_listens(line->service, l);
		return who != WHO_OTHER;
	}
	return false;
}
