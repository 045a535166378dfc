/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER 32768	/* bytes of a datagram; the kernel sends 8 or 16 KiB */

#define PATIENCE_S 5

static bool is_v6_only(const uint8_t *at, size_t len)
{
	while (len >= sizeof(struct rtattr)) {
		struct rtattr a;
		size_t step;

		memcpy(&a, at, sizeof(a));
		if (a.rta_len < sizeof(a) || a.rta_len > len)
			return false;
		if (a.rta_type == INET_DIAG_SKV6ONLY &&
		    a.rta_len > sizeof(a))
			return at[sizeof(a)] != 0;
		step = RTA_ALIGN(a.rta_len);
		if (step > len)
			return false;
		at += step;
		len -= step;
	}
	return false;
}

static int take_socket(const uint8_t *data, size_t len, bool udp,
		       diag_take *take, void *arg)
{
	struct diag_socket s = {.udp = udp};
	struct inet_diag_msg m;

	if (len < sizeof(m))
		return -EPROTO;
	memcpy(&m, data, sizeof(m));
	if (m.idiag_family != AF_INET && m.idiag_family != AF_INET6)
		return 0;
	s.address_len = m.idiag_family == AF_INET ? 4 : 16;
	memcpy(s.address, m.id.idiag_src, s.address_len);
	s.scope = m.id.idiag_if;
	s.port = ntohs(m.id.idiag_sport);
	s.inode = m.idiag_inode;
	if (s.address_len == 16)
		s.v6_only = is_v6_only(data + NLMSG_ALIGN(sizeof(m)),
				       len > NLMSG_ALIGN(sizeof(m))
					       ? len - NLMSG_ALIGN(sizeof(m))
					       : 0);
	return s.port == 0 ? 0 : take(arg, &s);
}

int diag_parse(const uint8_t *data, size_t len, bool udp, diag_take *take,
	       void *arg)
{
	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr h;
		int32_t error = 0;
		size_t step;
		int r = 0;

		memcpy(&h, data, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
			return -EPROTO;
		if (h.nlmsg_type == NLMSG_DONE)
			return 1;
		if (h.nlmsg_type == NLMSG_ERROR) {
			if (h.nlmsg_len < sizeof(h) + sizeof(error))
				return -EPROTO;
			memcpy(&error, data + sizeof(h), sizeof(error));
			return error < 0 && error > -4096 ? error : -EPROTO;
		}
		if (h.nlmsg_type == SOCK_DIAG_BY_FAMILY)
			r = take_socket(data + sizeof(h),
					h.nlmsg_len - sizeof(h), udp, take,
					arg);
		if (r < 0)
			return r;
		step = NLMSG_ALIGN(h.nlmsg_len);
		if (step > len)
			step = len;
		data += step;
		len -= step;
	}
	return 0;
}

static int ask(int fd, uint8_t family, bool udp)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} m = {
		.header = {.nlmsg_len = sizeof(m),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.request = {.sdiag_family = family,
			    .sdiag_protocol = udp ? IPPROTO_UDP : IPPROTO_TCP,
			    .idiag_states = 1U << (udp ? TCP_CLOSE
						       : TCP_LISTEN)},
	};

	return send(fd, &m, sizeof(m), 0) < 0 ? -errno : 0;
}

static int dump(int fd, uint8_t family, bool udp, diag_take *take, void *arg)
{
	static uint8_t answer[ANSWER] __attribute__((aligned(8)));
	int r = ask(fd, family, udp);

	while (r == 0) {
		ssize_t n = recv(fd, answer, sizeof(answer), MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if ((size_t)n > sizeof(answer) || n == 0)
			return -EPROTO;
		r = diag_parse(answer, (size_t)n, udp, take, arg);
	}
	/* a kernel without IPv6, or without the part for UDP */
	return r == 1 || r == -ENOENT ? 0 : r;
}

int diag_sockets(diag_take *take, void *arg)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct timeval patience = {.tv_sec = PATIENCE_S};
	int r = 0;

	for (int i = 0; i < 4 && r == 0; i++) {
		/* a socket each: no answer is taken for another's */
		int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				NETLINK_SOCK_DIAG);

		if (fd < 0)
			return -errno;
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
		r = dump(fd, families[i / 2], i % 2, take, arg);
		close(fd);
	}
	return r;
}
