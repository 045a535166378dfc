/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/reply.h"

#include "lib/limits.h"
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
	size_t len = protobuf_c_message_get_packed_size(m);

	buf_reset(&r->body);
	r->status = 200;
	r->retry_after = 0;
	if (buf_reserve(&r->body, len) == 0)
		r->body.len = protobuf_c_message_pack(m, r->body.data);
	else
		reply_later(r, "overloaded", "no memory for the reply");
}

void reply_problem(struct reply *r, int status, const char *code,
		   const char *detail)
{
	Cw__Problem m = CW__PROBLEM__INIT;
	size_t len = 0;

	m.code = (char *)code;
	m.detail = (char *)detail;
	len = cw__problem__get_packed_size(&m);
	buf_reset(&r->body);
	r->status = status;
	r->retry_after = 0;
	if (buf_reserve(&r->body, len) == 0)
		r->body.len = cw__problem__pack(&m, r->body.data);
}

void reply_later(struct reply *r, const char *code, const char *detail)
{
	reply_problem(r, 503, code, detail);
	r->retry_after = REPLY_RETRY;
}
