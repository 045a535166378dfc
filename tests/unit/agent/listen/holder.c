/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/listen/diag.h"
#include "agent/listen/holder.h"
#include "agent/listen/space.h"
#include "lib/clock.h"

static void a_start_is_found_behind_any_name(void **state)
{
	static const char plain[] =
		"7 (a) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
	static const char hostile[] =
		"7 (a) S ) 9\n(b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 "
		"18 42 20";

	(void)state;
	assert_int_equal(holder_start_ticks(plain, sizeof(plain) - 1), 4711);
	assert_int_equal(holder_start_ticks(hostile, sizeof(hostile) - 1), 42);
	assert_int_equal(holder_start_ticks("7 (a) S 1 2", 11), 0);
	assert_int_equal(holder_start_ticks("", 0), 0);
}

static void only_whole_links_are_read(void **state)
{
	(void)state;
	assert_int_equal(space_inode("net:[4026531840]", "net"), 4026531840);
	assert_int_equal(space_inode("socket:[12]", "socket"), 12);
	assert_int_equal(space_inode("socket:[12] ", "socket"), 0);
	assert_int_equal(space_inode("socket:[-1]", "socket"), 0);
	assert_int_equal(space_inode("socket:[]", "socket"), 0);
	assert_int_equal(space_inode("sock", "socket"), 0);
	assert_int_equal(space_inode("socket:[99999999999999999999]",
				     "socket"), 0);
}

static void we_describe_ourselves(void **state)
{
	static struct holder h;
	struct stat st = {0}, exe = {0};
	char path[4096] = "";

	(void)state;
	holder_describe(getpid(), &h);
	assert_int_equal(h.message.pid, getpid());
	assert_in_range(h.message.exe.len, 1, sizeof(path) - 1);
	memcpy(path, h.message.exe.data, h.message.exe.len);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(stat("/proc/self/exe", &exe), 0);
	assert_int_equal(st.st_ino, exe.st_ino);
	assert_in_range(h.message.started, clock_now() - 600, clock_now() + 1);
	assert_true(h.message.name.len > 0);
	/* who is gone has no facts */
	holder_describe(0x7ffffff0, &h);
	assert_int_equal(h.message.exe.len, 0);
	assert_int_equal(h.message.started, 0);
}

struct seen {
	uint16_t port;
	struct diag_socket socket;
	unsigned int times;
	unsigned int holders;
};

static int on_socket(void *arg, const struct diag_socket *s)
{
	struct seen *k = arg;

	if (s->port == k->port) {
		k->socket = *s;
		k->times++;
	}
	return 0;
}

static void on_holder(void *arg, pid_t pid, uint64_t inode)
{
	struct seen *k = arg;

	k->holders += inode == k->socket.inode && pid == getpid();
}

static uint16_t open_port(int family, int type, int v6_only, int *ret_fd)
{
	struct sockaddr_storage a = {.ss_family = (sa_family_t)family};
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in)
					  : sizeof(struct sockaddr_in6);
	int fd = socket(family, type, 0);

	if (fd < 0)
		return 0;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only,
			   sizeof(v6_only));
	if (bind(fd, (struct sockaddr *)&a, len) < 0)
		return 0;
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&a, &len);
	*ret_fd = fd;
	return ntohs(((struct sockaddr_in *)&a)->sin_port);
}

static void assert_seen(int family, int type, int v6_only)
{
	struct seen k = {0};
	int fd = -1;

	k.port = open_port(family, type, v6_only, &fd);
	if (k.port == 0)	/* no IPv6 here */
		return;
	assert_int_equal(diag_sockets(on_socket, &k), 0);
	assert_true(k.times >= 1);
	assert_int_equal(k.socket.udp, type == SOCK_DGRAM);
	assert_int_equal(k.socket.v6_only, v6_only);
	assert_int_equal(k.socket.address_len, family == AF_INET ? 4 : 16);
	assert_true(holders_find(on_holder, &k) >= 0);
	assert_int_equal(k.holders, 1);
	close(fd);
}

static void our_own_sockets_are_seen(void **state)
{
	(void)state;
	assert_seen(AF_INET, SOCK_STREAM, 0);
	assert_seen(AF_INET, SOCK_DGRAM, 0);
	assert_seen(AF_INET6, SOCK_STREAM, 0);
	assert_seen(AF_INET6, SOCK_STREAM, 1);
	assert_seen(AF_INET6, SOCK_DGRAM, 1);
}

static void our_own_namespace_is_the_first(void **state)
{
	static struct spaces s;
	struct stat st = {0};

	(void)state;
	assert_int_equal(spaces_find(&s), 0);
	assert_int_equal(stat("/proc/self/ns/net", &st), 0);
	assert_int_equal(s.items[0].inode, st.st_ino);
	for (size_t i = 1; i < s.n; i++)
		assert_int_not_equal(s.items[i].inode, st.st_ino);
	spaces_close(&s);
}

static void files_that_are_gone_and_open_are_told(void **state)
{
	static struct holder h;
	char open_path[] = "/tmp/certwalk-open.XXXXXX";
	char mapped_path[] = "/tmp/certwalk-mapped.XXXXXX";
	char library[] = "/tmp/certwalk.so.XXXXXX";
	int a = mkstemp(open_path), b = mkstemp(mapped_path);
	int c = mkstemp(library);
	void *m = NULL;

	(void)state;
	assert_true(a >= 0 && b >= 0 && c >= 0);
	assert_int_equal(write(b, "x", 1), 1);
	m = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, b, 0);
	assert_true(m != MAP_FAILED);
	close(b);
	holder_describe(getpid(), &h);
	assert_int_equal(h.message.n_deleted, 0);
	unlink(open_path);
	unlink(mapped_path);
	unlink(library);
	holder_describe(getpid(), &h);
	assert_int_equal(h.message.n_deleted, 2);
	assert_int_equal(h.deleted[0].len, strlen(open_path));
	assert_memory_equal(h.deleted[0].data, open_path, strlen(open_path));
	assert_int_equal(h.deleted[1].len, strlen(mapped_path));
	assert_memory_equal(h.deleted[1].data, mapped_path,
			    strlen(mapped_path));
	munmap(m, 1);
	close(a);
	close(c);
	holder_describe(getpid(), &h);
	assert_int_equal(h.message.n_deleted, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_is_found_behind_any_name),
		cmocka_unit_test(only_whole_links_are_read),
		cmocka_unit_test(we_describe_ourselves),
		cmocka_unit_test(files_that_are_gone_and_open_are_told),
		cmocka_unit_test(our_own_sockets_are_seen),
		cmocka_unit_test(our_own_namespace_is_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
