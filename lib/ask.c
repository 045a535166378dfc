/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/file.h"

static int read_line(int fd, struct buf *out)
{
	int r = 0;

	while (r == 0) {
		char c = 0;
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ECANCELED;
		if (c == '\n')
			break;
		r = buf_addch(out, c);
	}
	return r;
}

int ask_secret(const char *prompt, struct buf *out)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, quiet;
	int r = 0;

	if (fd < 0)
		return -ENXIO;
	if (tcgetattr(fd, &before) < 0) {
		close(fd);
		return -ENXIO;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) < 0)
		r = -errno;
	if (r == 0)
		r = file_write_all(fd, prompt, strlen(prompt));
	if (r == 0)
		r = read_line(fd, out);
	tcsetattr(fd, TCSAFLUSH, &before);
	file_write_all(fd, "\n", 1);
	close(fd);
	return r;
}

int ask_file(const char *path, struct buf *out)
{
	size_t from = out->len;
	int r = file_read_secret(path, out);

	while (r == 0 && out->len > from &&
	       (out->data[out->len - 1] == '\n' ||
		out->data[out->len - 1] == '\r'))
		out->len--;
	return r;
}
