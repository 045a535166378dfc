/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

#define PORTS_MAX 64		/* ranges in one list */
#define DEFAULT_PORT 443
#define HOST_MAX 255

struct port_range {
	uint32_t first, last;
};

struct target_range {
	char host[HOST_MAX + 1];	/* "": an address was written */
	struct target_one base;
	uint64_t addresses;
	struct port_range ports[PORTS_MAX];
	size_t n_ports;
	uint64_t port_count;
	struct target_range *next;
};

void target_init(struct target_list *l)
{
	*l = (struct target_list){.count = 0};
	l->tail = &l->first;
}

void target_free(struct target_list *l)
{
	while (l->first) {
		struct target_range *r = l->first;

		l->first = r->next;
		free(r);
	}
	target_init(l);
}

/* A decimal number at *p, which moves behind it. */
static bool number(const char **p, uint32_t most, uint32_t *ret)
{
	uint32_t v = 0;
	const char *s = *p;

	while (*s >= '0' && *s <= '9' && v <= most)
		v = v * 10 + (uint32_t)(*s++ - '0');
	if (s == *p || v > most)
		return false;
	*p = s;
	*ret = v;
	return true;
}

static bool parse_ports(const char *p, struct target_range *r)
{
	struct port_range one = {DEFAULT_PORT, DEFAULT_PORT};

	if (!*p) {
		r->ports[r->n_ports++] = one;
		r->port_count = 1;
		return true;
	}
	for (;; p++) {
		if (!number(&p, 65535, &one.first) || one.first == 0)
			return false;
		one.last = one.first;
		if (*p == '-') {
			p++;
			if (!number(&p, 65535, &one.last) ||
			    one.last < one.first)
				return false;
		}
		if (r->n_ports == PORTS_MAX)
			return false;
		r->ports[r->n_ports++] = one;
		r->port_count += one.last - one.first + 1;
		if (*p != ',')
			return *p == '\0';
	}
}

/* Splits "[host]:ports" and "host:ports".  An address of IPv6 without brackets
 * is taken as it is. */
static int split(const char *text, char host[static HOST_MAX + 1],
		 const char **ret_ports)
{
	const char *end = strrchr(text, ':');
	size_t len = end ? (size_t)(end - text) : strlen(text);

	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		text++;
		len = (size_t)(end - text);
		*ret_ports = end[1] ? end + 2 : "";
	} else if (end && memchr(text, ':', len)) {
		len = strlen(text);
		*ret_ports = "";
	} else {
		*ret_ports = end ? end + 1 : "";
		if (end && !end[1])
			return -EINVAL;
	}
	if (len == 0 || len > HOST_MAX)
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	return 0;
}

static int take_zone(char *host, uint32_t *ret)
{
	char *zone = strchr(host, '%');
	const char *p = zone ? zone + 1 : NULL;

	if (!zone)
		return 0;
	*zone = '\0';
	*ret = if_nametoindex(p);
	if (*ret == 0 && (!number(&p, UINT32_MAX / 16, ret) || *p))
		return -EINVAL;
	return 0;
}

/* Clears the bits behind the prefix; the number of addresses, or 0. */
static uint64_t take_prefix(struct target_one *o, uint32_t bits)
{
	uint32_t all = (uint32_t)o->address_len * 8;

	if (bits > all || all - bits > 20)
		return 0;
	for (uint32_t i = bits; i < all; i++)
		o->address[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	return (uint64_t)1 << (all - bits);
}

/* An address, or a network of them: 1; 0 for a name. */
static int parse_address(char *host, struct target_range *r,
			 const char **why)
{
	char *slash = strchr(host, '/');
	const char *p = slash ? slash + 1 : "";
	struct target_one *o = &r->base;
	uint32_t bits = 0;

	if (slash)
		*slash = '\0';
	if (strchr(host, ':') && take_zone(host, &o->scope) < 0) {
		*why = "there is no such zone";
		return -EINVAL;
	}
	if (inet_pton(AF_INET, host, o->address) == 1)
		o->address_len = 4;
	else if (inet_pton(AF_INET6, host, o->address) == 1)
		o->address_len = 16;
	else if (slash || strchr(host, ':')) {
		*why = "is no address";
		return -EINVAL;
	} else
		return 0;
	r->addresses = 1;
	if (!slash)
		return 1;
	if (!number(&p, 128, &bits) || *p) {
		*why = "the prefix is no number of bits";
		return -EINVAL;
	}
	r->addresses = take_prefix(o, bits);
	*why = "the network has more than 1048576 addresses";
	return r->addresses > 0 ? 1 : -E2BIG;
}

static int append(struct target_list *l, const struct target_range *r,
		  const char **why)
{
	uint64_t n = r->addresses * r->port_count;
	struct target_range *copy = NULL;

	*why = "too many targets, more than 262144";
	if (n > LIMIT_PROBE_TARGETS - l->count)
		return -E2BIG;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *r;
	copy->next = NULL;
	*l->tail = copy;
	l->tail = &copy->next;
	if (!l->at)
		l->at = copy;
	l->count += n;
	return 0;
}

static bool take_sockaddr(const struct addrinfo *a, struct target_one *o)
{
	const struct sockaddr_in6 *v6 = (const void *)a->ai_addr;
	const struct sockaddr_in *v4 = (const void *)a->ai_addr;

	if (a->ai_family == AF_INET) {
		memcpy(o->address, &v4->sin_addr, 4);
		o->address_len = 4;
	} else if (a->ai_family == AF_INET6) {
		memcpy(o->address, &v6->sin6_addr, 16);
		o->address_len = 16;
		o->scope = v6->sin6_scope_id;
	} else
		return false;
	return true;
}

static int look_up(struct target_list *l, struct target_range *r,
		   const char **why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int e = getaddrinfo(r->host, NULL, &hints, &list);

	if (e != 0) {
		*why = gai_strerror(e);
		return -ENOENT;
	}
	r->addresses = 1;
	for (const struct addrinfo *a = list; a && e == 0; a = a->ai_next) {
		if (take_sockaddr(a, &r->base))
			e = append(l, r, why);
	}
	freeaddrinfo(list);
	return e;
}

int target_add(struct target_list *l, const char *text, const char **ret_why)
{
	struct target_range r = {.addresses = 0};
	const char *ports = "";
	int e = 0;

	*ret_why = "is not HOST:PORT";
	if (split(text, r.host, &ports) < 0)
		return -EINVAL;
	*ret_why = "the ports are no list of numbers from 1 to 65535";
	if (!parse_ports(ports, &r))
		return -EINVAL;
	e = parse_address(r.host, &r, ret_why);
	if (e < 0)
		return e;
	if (e == 0)
		return look_up(l, &r, ret_why);
	r.host[0] = '\0';
	return append(l, &r, ret_why);
}

bool target_is_name(const char *text)
{
	size_t len = strlen(text);
	struct in_addr address;

	return len > 0 && len <= HOST_MAX &&
	       inet_pton(AF_INET, text, &address) != 1 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* base + ${n}, in the last four octets: a network has not more. */
static void add_to_address(struct target_one *o, uint64_t n)
{
	for (size_t i = o->address_len; i > 0 && n > 0; i--) {
		n += o->address[i - 1];
		o->address[i - 1] = (uint8_t)n;
		n >>= 8;
	}
}

bool target_next(struct target_list *l, struct target_one *ret)
{
	struct target_range *r = l->at;
	uint64_t port = l->port;

	if (!r)
		return false;
	*ret = r->base;
	ret->host = r->host[0] ? r->host : NULL;
	add_to_address(ret, l->address);
	for (size_t i = 0; i < r->n_ports; i++) {
		uint64_t n = r->ports[i].last - r->ports[i].first + 1;

		if (port < n) {
			ret->port = (uint16_t)(r->ports[i].first + port);
			break;
		}
		port -= n;
	}
	if (++l->port == r->port_count) {
		l->port = 0;
		l->address++;
	}
	if (l->address == r->addresses) {
		l->address = 0;
		l->at = r->next;
	}
	return true;
}
