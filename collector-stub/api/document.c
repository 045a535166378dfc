/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenAPI document, which is built in. */
#include "collector-stub/api/api.h"
#include "collector-stub/api/document.h"
#include "collector-stub/api/handlers.h"

__asm__(".section .rodata\n"
	"document_begin: .incbin \"collector-stub/api/openapi.json\"\n"
	"document_stop: .byte 0\n"
	".previous\n");

extern const char document_begin[], document_stop[];

const char *document_text(size_t *ret_len)
{
	*ret_len = (size_t)(document_stop - document_begin);
	return document_begin;
}

int document_get(struct api *q)
{
	struct reply *r = &q->exchange->reply;
	size_t len = 0;
	const char *text = document_text(&len);

	r->status = 200;
	r->type = "application/json";
	buf_add(&r->body, text, len);
	return 0;
}
