/* SPDX-License-Identifier: Apache-2.0 */
/* A whole finder, chosen by the first byte: every file that it asks for holds
 * the bytes after it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/finder/finder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t *data;
	size_t len;
	size_t asked;
};

static int open_any(void *arg, const char *path, struct finder_file *ret)
{
	struct input *in = arg;

	if (in->asked++ > 50)
		return -ENOENT;
	*ret = (struct finder_file){.fd = -1};
	if (path[0] != '/')
		abort();
	ret->fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (ret->fd < 0 || write(ret->fd, in->data, in->len) !=
				   (ssize_t)in->len ||
	    lseek(ret->fd, 0, SEEK_SET) < 0)
		abort();
	ret->size = in->len;
	return 0;
}

static int binding(void *arg, const char *service,
		   const struct finder_binding *b)
{
	(void)arg;
	if (!*service || b->path[0] != '/' || !*b->config ||
	    b->role >= FINDER_ROLES)
		abort();
	return 0;
}

static int gap(void *arg, int kind, const char *path, const char *reason)
{
	(void)arg;
	return kind > 0 && path && *reason ? 0 : -EINVAL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct finder_sink sink = {binding, gap, NULL};
	const char *more[2] = {"/x/main", NULL};
	struct input in = {data + 1, len - 1, 0};
	const struct finder_opener opener = {open_any, &in};
	struct finder f;
	size_t n = 0;

	if (len < 1)
		return 0;
	while (finder_table[n])
		n++;
	f = *finder_table[data[0] % n];
	/* the name of a file tells some finders its syntax */
	more[0] = f.files && f.files[0] && !strpbrk(f.files[0], "*?[")
			  ? f.files[0] : "/x/main";
	f.files = NULL;
	if (finder_service(&f, &opener, &sink, NULL, 0, more) == -EINVAL)
		abort();
	return 0;
}
