/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

#define LINE_MAX_BYTES 4096

const struct starttls *starttls_find(const char *name)
{
	for (size_t i = 0; starttls_table[i]; i++) {
		if (strcmp(starttls_table[i]->name, name) == 0)
			return starttls_table[i];
	}
	return NULL;
}

static bool is_process(const struct starttls *s, const char *process)
{
	for (size_t i = 0; s->processes && s->processes[i]; i++) {
		if (strcmp(s->processes[i], process) == 0)
			return true;
	}
	return false;
}

static bool is_port(const struct starttls *s, uint16_t port)
{
	for (size_t i = 0; s->ports && s->ports[i]; i++) {
		if (s->ports[i] == port)
			return true;
	}
	return false;
}

const struct starttls *starttls_guess(const char *process, uint16_t port)
{
	const struct starttls *by_process = NULL, *by_port = NULL;

	for (size_t i = 0; starttls_table[i]; i++) {
		const struct starttls *s = starttls_table[i];

		if (is_port(s, port) && !by_port)
			by_port = s;
		if (!is_process(s, process))
			continue;
		/* a process of several protocols: the port decides */
		if (!by_process || (is_port(s, port) &&
				    !is_port(by_process, port)))
			by_process = s;
	}
	/* one port for TLS at once, one for STARTTLS: LDAP, SMTP ... */
	if (by_process && by_port && !by_port->talk)
		return by_port;
	return by_process ? by_process : by_port;
}

const struct starttls *starttls_recognise(const uint8_t *in, size_t len)
{
	for (size_t i = 0; starttls_table[i]; i++) {
		const struct starttls *s = starttls_table[i];

		if (s->greets && s->greets(in, len))
			return s;
	}
	return NULL;
}

void starttls_begin(struct starttls_talk *t, const struct starttls *protocol,
		    const char *name)
{
	*t = (struct starttls_talk){.protocol = protocol, .name = name};
	buf_init(&t->in, LIMIT_STARTTLS);
	buf_init(&t->out, LIMIT_STARTTLS);
}

void starttls_free(struct starttls_talk *t)
{
	buf_free(&t->in);
	buf_free(&t->out);
}

void starttls_consume(struct starttls_talk *t, size_t n)
{
	t->in.len -= n;
	if (n > 0)
		memmove(t->in.data, t->in.data + n, t->in.len);
}

int starttls_fail(struct starttls_talk *t, int error, const void *said,
		  size_t len)
{
	const uint8_t *p = said;
	size_t n = 0;

	while (n < len && n + 1 < sizeof(t->why) && p[n] >= ' ' && p[n] < 0x7f)
		n++;
	if (n > 0)
		memcpy(t->why, p, n);
	t->why[n] = '\0';
	return error;
}

bool starttls_begins(const uint8_t *in, size_t len, const char *text)
{
	size_t n = strlen(text);

	return len >= n && memcmp(in, text, n) == 0;
}

bool starttls_holds(const uint8_t *in, size_t len, const char *text)
{
	return len > 0 && memmem(in, len, text, strlen(text)) != NULL;
}

static bool is_last(const struct starttls_lines *s, const uint8_t *line,
		    size_t len)
{
	if (s->more && len > 0 && line[0] == (uint8_t)s->more)
		return false;
	return !(s->coded && len > 3 && line[3] == '-');
}

/* 1 where the step's answer is whole and good. */
static int read_answer(struct starttls_talk *t, const struct starttls_lines *s)
{
	for (;;) {
		const uint8_t *end = t->in.len == 0 ? NULL :
			memchr(t->in.data, '\n', t->in.len);
		size_t len = end ? (size_t)(end - t->in.data) : 0;
		bool last = false;
		int r = 1;

		if (!end && t->in.len > LINE_MAX_BYTES)
			return starttls_fail(t, -EBADMSG, t->in.data,
					     t->in.len);
		if (!end)
			return 0;
		last = is_last(s, t->in.data, len);
		if (last && !starttls_begins(t->in.data, len, s->good))
			r = starttls_fail(t, t->step == 0 ? -EBADMSG
							  : -EOPNOTSUPP,
					  t->in.data, len);
		starttls_consume(t, len + 1);
		if (last)
			return r;
	}
}

int starttls_talk_lines(struct starttls_talk *t,
			const struct starttls_lines *steps, size_t n)
{
	while (t->step < n) {
		const struct starttls_lines *s = &steps[t->step];
		int r = 0;

		if (!t->greeted && s->send && buf_adds(&t->out, s->send) < 0)
			return -ENOMEM;
		t->greeted = true;
		r = read_answer(t, s);
		if (r <= 0)
			return r;
		t->step++;
		t->greeted = false;
	}
	return 1;
}
