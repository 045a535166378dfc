/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/file.h"

static int parse_time(const char *s, int64_t *ret)
{
	int y = 0, mo = 0, d = 0, h = 0, mi = 0, se = 0;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2dZ", &y, &mo, &d, &h, &mi,
		   &se) != 6)
		return -EBADMSG;
	return clock_from_date(y, mo, d, h, mi, se, ret);
}

/* What stands before the text. */
static int render(const struct chain *c, int64_t time, char *ret, size_t cap)
{
	char hex[HASH_HEX], when[CLOCK_TEXT];

	encode_hex(c->hash, HASH_SIZE, hex);
	clock_rfc3339(time, when);
	return snprintf(ret, cap, "%llu %s %s ",
			(unsigned long long)c->number, when, hex);
}

/* One line without its newline: it must be what journal_add() would write. */
static int check_line(struct chain *c, const char *line, size_t len)
{
	const char *space = strchr(line, ' ');
	size_t head = space ? (size_t)(space - line) + 1 + CLOCK_TEXT +
			      HASH_HEX : len + 1;
	struct chain next = *c;
	char expected[160];
	int64_t time = 0;

	if (head > len || head >= sizeof(expected) ||
	    parse_time(space + 1, &time) < 0)
		return -EBADMSG;
	chain_add(&next, time, line + head, len - head);
	if (render(&next, time, expected, sizeof(expected)) != (int)head ||
	    memcmp(expected, line, head) != 0)
		return -EBADMSG;
	*c = next;
	return 0;
}

/* *ret_end is where the last whole line ends. */
static int check_all(FILE *f, struct chain *c, uint64_t *ret_line,
		     off_t *ret_end)
{
	char *line = malloc(JOURNAL_LINE + 1);
	uint64_t n = 0;
	int r = line ? 0 : -ENOMEM;

	*ret_end = 0;
	while (r == 0 && fgets(line, (int)JOURNAL_LINE + 1, f)) {
		size_t len = strlen(line);

		n++;
		if (len == 0 || line[len - 1] != '\n') {
			r = feof(f) || getc(f) == EOF ? -ENODATA : -EBADMSG;
			break;
		}
		line[len - 1] = '\0';
		r = check_line(c, line, len - 1);
		if (r == 0)
			*ret_end += (off_t)len;
	}
	if (r == 0 && ferror(f))
		r = -EIO;
	*ret_line = n;
	free(line);
	return r;
}

int journal_verify(const char *path, struct chain *ret, uint64_t *ret_line)
{
	struct chain c = {0};
	off_t end = 0;
	FILE *f = fopen(path, "re");
	int r;

	if (!f)
		return -errno;
	r = check_all(f, &c, ret_line, &end);
	fclose(f);
	if (r == 0)
		*ret = c;
	return r;
}

int journal_open(const char *path, struct journal *ret, uint64_t *ret_line)
{
	struct journal j = {.fd = -1};
	off_t end = 0;
	FILE *f = NULL;
	int fd, r;

	j.fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (j.fd < 0)
		return -errno;
	fd = dup(j.fd);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (!f && fd >= 0)
		close(fd);
	r = f ? check_all(f, &j.chain, ret_line, &end) : -errno;
	if (f)
		fclose(f);
	if (r == -ENODATA)
		r = ftruncate(j.fd, end) < 0 ? -errno : 0;
	if (r < 0) {
		close(j.fd);
		return r;
	}
	*ret = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

/* Takes back what was written of a line that is not whole. */
static int append(int fd, const struct buf *line)
{
	struct stat st = {0};
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	r = file_write_all(fd, line->data, line->len);
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r < 0 && ftruncate(fd, st.st_size) < 0)
		return -EIO;
	return r;
}

int journal_add(struct journal *j, const char *text)
{
	struct chain next = j->chain;
	int64_t now = clock_now();
	char head[160];
	struct buf b;
	int r;

	if (j->fd < 0)
		return -EBADF;
	chain_add(&next, now, text, strlen(text));
	render(&next, now, head, sizeof(head));
	buf_init(&b, JOURNAL_LINE - 1);
	buf_addf(&b, "%s%s\n", head, text);
	r = b.failed || strchr(text, '\n') ? -EMSGSIZE : append(j->fd, &b);
	buf_free(&b);
	if (r == 0)
		j->chain = next;
	return r;
}
