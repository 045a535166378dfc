/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/activation.h"
#include "lib/token.h"

#define BACKLOG 1024

static int bind_one(const struct addrinfo *ai, bool both, int *ret)
{
	int one = 1, v6only = !both, r = 0;
	int fd = socket(ai->ai_family,
			ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
			   sizeof(v6only));
	/* replies are small and answered at once */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
	    listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r < 0)
		close(fd);
	else
		*ret = fd;
	return r;
}

static int port_of(int fd, uint16_t *ret)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = { .v6 = { .sin6_port = 0 } };
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.any, &len) < 0)
		return -errno;
	*ret = ntohs(a.v6.sin6_family == AF_INET6 ? a.v6.sin6_port :
		     a.v4.sin_port);
	return 0;
}

static int open_family(const char *host, const char *port, int family,
		       bool both, int *ret)
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_family = family, .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int r = -EINVAL;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -EINVAL;
	for (struct addrinfo *ai = list; ai && r < 0; ai = ai->ai_next)
		r = bind_one(ai, both, ret);
	freeaddrinfo(list);
	return r;
}

int listener_open(const char *address, int *ret_fd, uint16_t *ret_port)
{
	char host[TOKEN_ADDRESS_TEXT], port_text[8];
	uint16_t port = 0;
	int fd = -1;
	int r = token_split_address(address, host, sizeof(host), &port);

	if (r < 0)
		return r;
	snprintf(port_text, sizeof(port_text), "%u", port);
	if (strcmp(host, "*") != 0) {
		r = open_family(host, port_text, AF_UNSPEC, false, &fd);
	} else {
		r = open_family(NULL, port_text, AF_INET6, true, &fd);
		/* a host without IPv6 */
		if (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL || r == -EINVAL)
			r = open_family(NULL, port_text, AF_INET, false, &fd);
	}
	if (r == 0)
		r = port_of(fd, &port);
	if (r < 0) {
		if (fd >= 0)
			close(fd);
		return r;
	}
	*ret_fd = fd;
	*ret_port = port;
	return 0;
}

static bool has(int fd, int level, int option, int want)
{
	socklen_t len = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, option, &value, &len) == 0 &&
	       value == want;
}

int listener_inherit(const char *name, int *ret_fd, uint16_t *ret_port)
{
	int fd = activation_socket(name), flags = 0, r = 0;

	if (fd < 0)
		return fd;
	if (!has(fd, SOL_SOCKET, SO_PROTOCOL, IPPROTO_TCP) ||
	    !has(fd, SOL_SOCKET, SO_ACCEPTCONN, 1))
		return -ENOTSOCK;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	r = port_of(fd, ret_port);
	if (r == 0)
		*ret_fd = fd;
	return r;
}
