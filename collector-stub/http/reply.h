/* SPDX-License-Identifier: Apache-2.0 */
/* What is answered: a status, and a body: a protobuf message, or, to page and
 * REST, anything else. */
#ifndef CW_COLLECTOR_REPLY_H
#define CW_COLLECTOR_REPLY_H

#include <protobuf-c/protobuf-c.h>

#include "lib/buf.h"
#include "lib/json.h"

/* seconds that a client is asked to wait when we cannot serve it now */
#define REPLY_RETRY 10

struct reply {
	int status;		/* of HTTP */
	int retry_after;	/* seconds; 0: no such header */
	bool close;		/* the connection, after it */
	const char *allow;	/* methods, for 405; else NULL */
	bool json;		/* a Problem is JSON (RFC 9457) */
	bool more;		/* further parts of the body follow */
	const char *type;	/* of the body; NULL: protobuf */
	struct buf headers;	/* more of them, each "Name: value\n" */
	struct buf body;
};

void reply_init(struct reply *r);
void reply_free(struct reply *r);

/* Each replaces what there was.  Without memory the body is empty. */
void reply_message(struct reply *r, const ProtobufCMessage *m);
/* A Problem: ${code} is a stable word, ${detail} is for people. */
void reply_problem(struct reply *r, int status, const char *code,
		   const char *detail);
/* The JSON of one, for members of its own; the caller ends the object. */
void reply_begin_problem(struct reply *r, struct json *j, int status,
			 const char *code, const char *detail);
/* Adds a header; line ends in ${value} end it. */
void reply_header(struct reply *r, const char *name, const char *value);
/* 503 with Retry-After. */
void reply_later(struct reply *r, const char *code, const char *detail);

#endif
