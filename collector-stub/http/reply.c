/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/reply.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/message.h"
#include "proto/certwalk.pb-c.h"

void reply_init(struct reply *r)
{
	*r = (struct reply){ .status = 500 };
	buf_init(&r->body, LIMIT_REPLY);
	buf_init(&r->headers, LIMIT_REPLY_HEADERS);
}

void reply_free(struct reply *r)
{
	buf_free(&r->body);
	buf_free(&r->headers);
}

void reply_message(struct reply *r, const ProtobufCMessage *m)
{
	buf_reset(&r->body);
	r->status = 200;
	r->retry_after = 0;
	if (message_pack(&r->body, m) < 0)
		reply_later(r, "overloaded", "no memory for the reply");
}

void reply_header(struct reply *r, const char *name, const char *value)
{
	buf_addf(&r->headers, "%s: %.*s\n", name,
		 (int)strcspn(value, "\r\n"), value);
}

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
		{ 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Internal Server Error";
}

void reply_begin_problem(struct reply *r, struct json *j, int status,
			 const char *code, const char *detail)
{
	buf_reset(&r->body);
	r->status = status;
	r->retry_after = 0;
	r->more = false;
	r->type = "application/problem+json";
	json_init(j, &r->body);
	json_begin_object(j, NULL);
	json_quoted(j, "type", "about:blank");
	json_quoted(j, "title", title_of(status));
	json_number(j, "status", status);
	json_quoted(j, "code", code);
	json_quoted(j, "detail", detail);
}

void reply_problem(struct reply *r, int status, const char *code,
		   const char *detail)
{
	struct json j;
	Cw__Problem m = CW__PROBLEM__INIT;

	if (r->json) {
		reply_begin_problem(r, &j, status, code, detail);
		json_end_object(&j);
		return;
	}
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
