/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/frame.h"

#define OP_END 4

struct pair {
	int fd[2];
	struct frame_receiver in;
};

static int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	*state = p;
	return frame_pair(p->fd);
}

static int tear_down(void **state)
{
	struct pair *p = *state;

	frame_receiver_free(&p->in);
	close(p->fd[0]);
	close(p->fd[1]);
	free(p);
	return 0;
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void a_frame_arrives_as_it_was_sent(void **state)
{
	struct pair *p = *state;
	struct frame f;

	assert_int_equal(frame_send(p->fd[0], 1, "hello", 5, -1), 0);
	assert_int_equal(frame_send(p->fd[0], 2, NULL, 0, -1), 0);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), 1);
	assert_int_equal(f.op, 1);
	assert_int_equal(f.len, 5);
	assert_memory_equal(f.data, "hello", 5);
	assert_int_equal(f.fd, -1);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), 1);
	assert_int_equal(f.op, 2);
	assert_int_equal(f.len, 0);
}

static void a_descriptor_comes_along(void **state)
{
	struct pair *p = *state;
	struct stat a, b;
	struct frame f;
	int fd = open("/dev/null", O_RDONLY);

	assert_int_equal(frame_send(p->fd[0], 3, "x", 1, fd), 0);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), 1);
	assert_true(f.fd >= 0 && f.fd != fd);
	assert_int_equal(fstat(fd, &a) | fstat(f.fd, &b), 0);
	assert_true(a.st_rdev == b.st_rdev);
	close(f.fd);
	close(fd);
}

static void a_long_payload_travels_in_a_memfd(void **state)
{
	struct pair *p = *state;
	size_t len = LIMIT_FRAME;
	uint8_t *data = malloc(len);
	struct frame f;
	int before = open_descriptors();

	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7);
	assert_int_equal(frame_send(p->fd[0], 1, data, len, p->fd[0]), 0);
	assert_int_equal(frame_send(p->fd[0], 1, data, len + 1, -1),
			 -EMSGSIZE);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), 1);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.data, data, len);
	assert_true(f.fd >= 0);
	close(f.fd);
	assert_int_equal(open_descriptors(), before);
	free(data);
}

static void the_end_of_the_other_side_is_zero(void **state)
{
	struct pair *p = *state;
	struct frame f;

	shutdown(p->fd[0], SHUT_WR);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), 0);
}

static void an_empty_socket_that_does_not_block_says_so(void **state)
{
	struct pair *p = *state;
	struct frame f;

	fcntl(p->fd[1], F_SETFL, O_NONBLOCK);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), -EAGAIN);
}

/* Sends a header and what follows, with ${n} descriptors. */
static void raw(int sock, struct frame_header h, size_t extra, int n)
{
	char message[64 + LIMIT_FRAME_INLINE] = {0}, control[256] = {0};
	struct iovec iov = {message, sizeof(h) + extra};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	int fds[8];

	memcpy(message, &h, sizeof(h));
	if (n > 0) {
		struct cmsghdr *c;

		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		for (int i = 0; i < n; i++)
			fds[i] = sock;
		memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	}
	assert_true(sendmsg(sock, &m, 0) > 0);
}

static void a_broken_frame_is_refused_and_leaks_nothing(void **state)
{
	static const struct {
		struct frame_header h;
		size_t extra;
		int fds;
	} bad[] = {
		{{0x41414141, 1, 0, 0}, 0, 0},		/* magic */
		{{FRAME_MAGIC, 0, 0, 0}, 0, 0},		/* operation zero */
		{{FRAME_MAGIC, OP_END, 0, 0}, 0, 0},	/* above the bound */
		{{FRAME_MAGIC, 1, 5, 0}, 4, 0},		/* shorter than said */
		{{FRAME_MAGIC, 1, 3, 0}, 4, 0},		/* longer than said */
		{{FRAME_MAGIC, 1, 0xffffffff, 0}, 4, 0},
		{{FRAME_MAGIC, 1, 0, 4}, 0, 0},		/* unknown flag */
		{{FRAME_MAGIC, 1, 0, FRAME_FD}, 0, 0},	/* no descriptor */
		{{FRAME_MAGIC, 1, 0, 0}, 0, 1},		/* unasked descriptor */
		{{FRAME_MAGIC, 1, 0, FRAME_FD}, 0, 2},
		{{FRAME_MAGIC, 1, 0, FRAME_FD}, 0, 6},
		/* a memfd that is none, or not sealed, or of another size */
		{{FRAME_MAGIC, 1, MIB(1), FRAME_MEMFD}, 0, 1},
		{{FRAME_MAGIC, 1, 10, FRAME_MEMFD}, 0, 1},
		{{FRAME_MAGIC, 1, 0xfffffff0, FRAME_MEMFD}, 0, 1},
	};
	struct pair *p = *state;
	int before = open_descriptors();
	struct frame f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		raw(p->fd[0], bad[i].h, bad[i].extra, bad[i].fds);
		assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f),
				 -EPROTO);
	}
	send(p->fd[0], "short", 5, 0);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), -EPROTO);
	assert_int_equal(open_descriptors(), before);
}

static void an_unsealed_memfd_is_refused(void **state)
{
	struct frame_header h = {FRAME_MAGIC, 1, MIB(1), FRAME_MEMFD};
	struct pair *p = *state;
	int memfd = memfd_create("open", 0);
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&h, sizeof(h)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct frame f;

	assert_int_equal(ftruncate(memfd, (off_t)MIB(1)), 0);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &memfd, sizeof(int));
	assert_true(sendmsg(p->fd[0], &m, 0) > 0);
	assert_int_equal(frame_recv(&p->in, p->fd[1], OP_END, &f), -EPROTO);
	close(memfd);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_frame_arrives_as_it_was_sent),
		T(a_descriptor_comes_along),
		T(a_long_payload_travels_in_a_memfd),
		T(the_end_of_the_other_side_is_zero),
		T(an_empty_socket_that_does_not_block_says_so),
		T(a_broken_frame_is_refused_and_leaks_nothing),
		T(an_unsealed_memfd_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
