/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define MESSAGE_MAX (sizeof(struct frame_header) + LIMIT_FRAME_INLINE)

int frame_pair(int ret[2])
{
	int size = 128 << 10;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		setsockopt(ret[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static int payload_memfd(const void *data, size_t len)
{
	int fd = memfd_create("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = file_write_all(fd, data, len);
	if (r == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		r = -errno;
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

static int send_message(int sock, struct iovec *iov, size_t parts,
			const int *fds, size_t nfds)
{
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = parts};
	ssize_t n;

	if (nfds > 0) {
		struct cmsghdr *c;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int frame_send(int sock, uint32_t op, const void *data, size_t len, int fd)
{
	struct frame_header h = {FRAME_MAGIC, op, (uint32_t)len, 0};
	struct iovec iov[2] = {{&h, sizeof(h)}, {(void *)(uintptr_t)data, len}};
	int fds[2], memfd = -1, r;
	size_t nfds = 0;

	if (len > LIMIT_FRAME)
		return -EMSGSIZE;
	if (len > LIMIT_FRAME_INLINE) {
		memfd = payload_memfd(data, len);
		if (memfd < 0)
			return memfd;
		h.flags |= FRAME_MEMFD;
		fds[nfds++] = memfd;
	}
	if (fd >= 0) {
		h.flags |= FRAME_FD;
		fds[nfds++] = fd;
	}
	r = send_message(sock, iov, len > 0 && memfd < 0 ? 2 : 1, fds, nfds);
	if (memfd >= 0)
		close(memfd);
	return r;
}

/* Takes the descriptors out of a message; keeps two, closes any others. */
static size_t take_fds(struct msghdr *msg, int fds[2])
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			       sizeof(int));
			if (count < 2)
				fds[count] = fd;
			else
				close(fd);
			count++;
		}
	}
	return count;
}

static int map_payload(struct frame_receiver *r, int memfd, size_t len)
{
	int seals = fcntl(memfd, F_GET_SEALS);	/* -1: is no memfd */
	struct stat st = {0};
	void *p;

	if (fstat(memfd, &st) < 0 || (uint64_t)st.st_size != len ||
	    seals < 0 || (seals & SEALS) != SEALS)
		return -EPROTO;
	p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, memfd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r->mapped = p;
	r->mapped_len = len;
	return 0;
}

static int check(struct frame_receiver *r, const struct frame_header *h,
		 size_t payload, uint32_t op_end, int *fds, size_t nfds,
		 struct frame *ret)
{
	bool memfd = h->flags & FRAME_MEMFD;
	size_t expect = (size_t)memfd + !!(h->flags & FRAME_FD);
	int e;

	if (h->magic != FRAME_MAGIC || h->op == 0 || h->op >= op_end ||
	    (h->flags & ~(FRAME_FD | FRAME_MEMFD)) || nfds != expect)
		return -EPROTO;
	if (memfd ? payload != 0 || h->length <= LIMIT_FRAME_INLINE ||
			    h->length > LIMIT_FRAME
		  : payload != h->length)
		return -EPROTO;
	*ret = (struct frame){.op = h->op, .len = h->length, .fd = -1};
	ret->data = r->message + sizeof(*h);
	if (memfd) {
		e = map_payload(r, fds[0], h->length);
		if (e < 0)
			return e;
		ret->data = r->mapped;
		close(fds[0]);
		fds[0] = -1;
	}
	if (h->flags & FRAME_FD) {
		ret->fd = fds[nfds - 1];
		fds[nfds - 1] = -1;
	}
	return 1;
}

static void release_payload(struct frame_receiver *r)
{
	if (r->mapped)
		munmap(r->mapped, r->mapped_len);
	r->mapped = NULL;
}

int frame_recv(struct frame_receiver *r, int sock, uint32_t op_end,
	       struct frame *ret)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {NULL, MESSAGE_MAX};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct frame_header h = {0};
	int fds[2] = {-1, -1}, e = -EPROTO;
	size_t nfds;
	ssize_t n;

	release_payload(r);
	if (!r->message)
		r->message = malloc(MESSAGE_MAX);
	if (!r->message)
		return -ENOMEM;
	iov.iov_base = r->message;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	nfds = take_fds(&msg, fds);
	if ((size_t)n >= sizeof(h) &&
	    !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		memcpy(&h, r->message, sizeof(h));
		e = check(r, &h, (size_t)n - sizeof(h), op_end, fds, nfds, ret);
	}
	for (size_t i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return e;
}

void frame_receiver_wipe(struct frame_receiver *r)
{
	release_payload(r);
	if (r->message)
		explicit_bzero(r->message, MESSAGE_MAX);
}

void frame_receiver_free(struct frame_receiver *r)
{
	release_payload(r);
	free(r->message);
	r->message = NULL;
}
