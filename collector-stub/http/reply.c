/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/reply.h"

#include "lib/limits.h"
#include "lib/message.h"
#include "proto/certwalk.pb-c.h"

void reply_init(struct reply *r)
{
	*r = (struct reply){ .status = 500 };
	buf_init(&r->body, LIMIT_REPLY);
}

void reply_free(struct reply *r)
{
	buf_free(&r->body);
}

void reply_message(struct reply *r, const ProtobufCMessage *m)
{
	buf_reset(&r->body);
	r->status = 200;
	r->retry_after = 0;
	if (message_pack(&r->body, m) < 0)
		reply_later(r, "overloaded", "no memory for the reply");
}

void reply_problem(struct reply *r, int status, const char *code,
		   const char *detail)
{
	Cw__Problem m = CW__PROBLEM__INIT;

	m.code = (char *)code;
	m.detail = (char *)detail;
	buf_reset(&r->body);
	r->status = status;
	r->retry_after = 0;
	message_pack(&r->body, &m.base);
}

void reply_later(struct reply *r, const char *code, const char *detail)
{
	reply_problem(r, 503, code, detail);
	r->retry_after = REPLY_RETRY;
}
