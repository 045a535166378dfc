/* SPDX-License-Identifier: Apache-2.0 */
/* The family of protocols that lead to TLS; starttls_table.c has them.
 *
 * To add one: write NAME.c that ends with its `const struct starttls
 * starttls_NAME`, and add a line to the table. */
#ifndef CW_AGENT_PROBE_STARTTLS_H
#define CW_AGENT_PROBE_STARTTLS_H

#include "lib/buf.h"

/* A talk under way.  ${in} has what came and was not consumed, at most
 * LIMIT_STARTTLS bytes; ${out} what is to be sent. */
struct starttls_talk {
	const struct starttls *protocol;
	const char *name;	/* of the server, as it was asked for; or "" */
	unsigned int step;
	bool greeted;		/* the step's own words were sent */
	struct buf in;
	struct buf out;
	char why[128];		/* what the server said instead; printable */
};

struct starttls {
	const char *name;	/* as in --starttls */
	const char *description;
	const char *const *processes;	/* executables, NULL-terminated */
	const uint16_t *ports;	/* usual ones, end with 0; may be NULL */
	/* Called once at first, and whenever more came.  1: TLS may begin; 0:
	 * needs more; -EOPNOTSUPP: the server offers no TLS; -EBADMSG: it
	 * speaks something else (both: ${why} is set).  NULL: TLS at once. */
	int (*talk)(struct starttls_talk *t);
	/* Does a server of this protocol greet so?  NULL: it waits. */
	bool (*greets)(const uint8_t *in, size_t len);
	/* TLS records travel in messages of the protocol: adds the header of
	 * one with ${len} bytes; takes headers off what came, in place.  NULL:
	 * they do not. */
	int (*wrap)(struct buf *out, size_t len);
	int (*unwrap)(struct buf *in, struct buf *ret);
};

extern const struct starttls *const starttls_table[];	/* NULL-terminated */

/* NULL where there is none. */
const struct starttls *starttls_find(const char *name);
/* By the name of an executable, then the port: what is likely, or NULL. */
const struct starttls *starttls_guess(const char *process, uint16_t port);
/* By what a server said first. */
const struct starttls *starttls_recognise(const uint8_t *in, size_t len);

void starttls_begin(struct starttls_talk *t, const struct starttls *protocol,
		    const char *name);
void starttls_free(struct starttls_talk *t);

/* For the protocols: takes bytes off the front; -EBADMSG or -EOPNOTSUPP with
 * what the server said; do these bytes begin with, or hold, that text? */
void starttls_consume(struct starttls_talk *t, size_t n);
int starttls_fail(struct starttls_talk *t, int error, const void *said,
		  size_t len);
bool starttls_begins(const uint8_t *in, size_t len, const char *text);
bool starttls_holds(const uint8_t *in, size_t len, const char *text);

/* Protocols of lines: for each step, what is sent (NULL: nothing), and how the
 * last line of a good answer begins.  A line is not the last that begins with
 * ${more}, or, ${coded}, that has a '-' behind three digits. */
struct starttls_lines {
	const char *send;
	const char *good;
	char more;
	bool coded;
};
int starttls_talk_lines(struct starttls_talk *t,
			const struct starttls_lines *steps, size_t n);

#endif
