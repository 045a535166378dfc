/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/password.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "collector-stub/auth/password.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/log.h"

#define LINE_MAX_BYTES KIB(2)

/* A line of ${in} without its end: 0, -ENODATA. */
static int read_line(FILE *in, struct buf *out)
{
	int c = 0;

	while ((c = getc(in)) != EOF && c != '\n')
		buf_addch(out, (char)c);
	return c == EOF && out->len == 0 ? -ENODATA : 0;
}

static int ask(FILE *tty, const char *what, const char *user, struct buf *out)
{
	struct termios old, quiet;
	int fd = fileno(tty), r = 0;

	fprintf(tty, "%s for %s: ", what, user);
	fflush(tty);
	if (tcgetattr(fd, &old) < 0)
		return -errno;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	r = read_line(tty, out);
	tcsetattr(fd, TCSAFLUSH, &old);
	fprintf(tty, "\n");
	return r;
}

static int ask_twice(const char *user, struct buf *out)
{
	FILE *tty = fopen("/dev/tty", "r+");
	struct buf again;
	int r = 0;

	if (!tty) {
		log_error("there is no terminal to ask for a password: name a "
			  "file with --password-file");
		return -ENOTTY;
	}
	setvbuf(tty, NULL, _IONBF, 0);
	buf_init(&again, LINE_MAX_BYTES);
	r = ask(tty, "New password", user, out);
	if (r == 0)
		r = ask(tty, "Once more, password", user, &again);
	if (r == 0 && strcmp(buf_str(out), buf_str(&again)) != 0)
		r = -EILSEQ;
	if (r < 0)
		log_error("%s", r == -EILSEQ ? "the two are not the same" :
			  "no password was given");
	buf_free_secret(&again);
	fclose(tty);
	return r;
}

static int from_file(const char *file, struct buf *out)
{
	int r = 0;

	if (strcmp(file, "-") == 0)
		r = read_line(stdin, out);
	else
		r = file_read_secret(file, out);
	if (r < 0)
		log_error("%s: %s", file, r == -EPERM ?
			  "others may read it" : strerror(-r));
	return r;
}

char *password_read(const char *file, const char *user)
{
	struct buf b;
	const char *why = NULL;
	char *copy = NULL;
	int r = 0;

	buf_init(&b, LINE_MAX_BYTES);
	r = file ? from_file(file, &b) : ask_twice(user, &b);
	if (r == 0 && b.failed)
		why = "is too long";
	else if (r == 0)
		copy = strdup(buf_str(&b));
	if (copy) {
		copy[strcspn(copy, "\r\n")] = '\0';
		why = password_fault(user, copy);
	}
	buf_free_secret(&b);
	if (why) {
		log_error("the password %s", why);
		password_forget(copy);
		copy = NULL;
	}
	return copy;
}

void password_forget(char *password)
{
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
}
