/* SPDX-License-Identifier: Apache-2.0 */
/* usage: hung_fs MOUNTPOINT WHAT
 * A FUSE file system, spoken without its library, that answers some requests
 * and then no more.  WHAT: "nothing" (not even what its root is), "list" (its
 * root cannot be listed) or "read" (a file, "slow", can be opened but not
 * read). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE_FILE 2

static int device;
static char request[1 << 20];

static void answer(uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header h = {(uint32_t)(sizeof(h) + len), -error,
				    unique};
	char out[8192];

	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), body, len);
	if (write(device, out, sizeof(h) + len) < 0)
		perror("hung_fs: write");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr a = {.ino = node, .nlink = 1, .blksize = 4096};

	a.mode = node == NODE_FILE ? S_IFREG | 0644 : S_IFDIR | 0755;
	a.size = node == NODE_FILE ? 100000 : 4096;
	a.blocks = a.size / 512 + 1;
	return a;
}

static void list(const struct fuse_in_header *in)
{
	const struct fuse_read_in *r = (const void *)(in + 1);
	char entry[FUSE_NAME_OFFSET + 8] = {0};
	struct fuse_dirent d = {.ino = NODE_FILE, .off = 1, .namelen = 4,
				.type = S_IFREG >> 12};

	memcpy(entry, &d, FUSE_NAME_OFFSET);
	memcpy(entry + FUSE_NAME_OFFSET, "slow", 4);
	answer(in->unique, 0, entry, r->offset == 0 ? sizeof(entry) : 0);
}

static void serve(const struct fuse_in_header *in, const char *what)
{
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
				     .minor = 31, .max_write = 4096};
	struct fuse_attr_out attr = {.attr_valid = 1000,
				     .attr = attributes(in->nodeid)};
	struct fuse_entry_out entry = {.nodeid = NODE_FILE,
				       .entry_valid = 1000,
				       .attr_valid = 1000,
				       .attr = attributes(NODE_FILE)};
	struct fuse_open_out open = {.fh = 1};
	struct fuse_statfs_out statfs = {.st = {.bsize = 4096}};

	if (strcmp(what, "nothing") == 0 && in->opcode != FUSE_INIT)
		return;
	switch (in->opcode) {
	case FUSE_INIT:
		answer(in->unique, 0, &init, sizeof(init));
		break;
	case FUSE_GETATTR:
		answer(in->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_LOOKUP:
		answer(in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_STATFS:
		answer(in->unique, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(in->unique, 0, &open, sizeof(open));
		break;
	case FUSE_READDIR:
		if (strcmp(what, "read") == 0)
			list(in);
		break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		answer(in->unique, 0, "", 0);
		break;
	case FUSE_READ:
	case FUSE_INTERRUPT:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(in->unique, ENOSYS, "", 0);
	}
}

int main(int argc, char **argv)
{
	char options[128];

	if (argc != 3)
		return 2;
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return 1;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other",
		 device);
	if (mount("hung", argv[1], "fuse.hung", MS_NODEV | MS_NOSUID,
		  options) < 0)
		return 1;
	for (;;) {
		ssize_t n = read(device, request, sizeof(request));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < (ssize_t)sizeof(struct fuse_in_header))
			return 0;
		serve((const void *)request, argv[2]);
	}
}
