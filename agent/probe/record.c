/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/record.h"

#include <errno.h>
#include <string.h>

#include "lib/limits.h"

#define HEADER 5
#define RECORD_BODY_MAX ((1u << 14) + 2048)
#define MESSAGE_HEADER 4

enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };

void record_init(struct record_reader *r)
{
	*r = (struct record_reader){.read = 0};
	buf_init(&r->raw, HEADER + RECORD_BODY_MAX + KIB(64));
	buf_init(&r->messages, LIMIT_TLS_FLIGHT);
}

void record_free(struct record_reader *r)
{
	buf_free(&r->raw);
	buf_free(&r->messages);
}

static bool is_header(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] >= CHANGE_CIPHER && p[0] <= DATA &&
			    (len < 2 || p[1] == 3));
}

/* One whole record. */
static int take(struct record_reader *r, const uint8_t *header, size_t len)
{
	const uint8_t *body = header + HEADER;
	size_t room = sizeof(r->alert) - r->alert_len;

	switch (header[0]) {
	case HANDSHAKE:
		return len == 0 ? -EBADMSG : buf_add(&r->messages, body, len);
	case ALERT:
		/* the next one stands for a warning that nobody asked for */
		if (room == 0 && r->alert[0] != 2)
			r->alert_len = 0;
		room = sizeof(r->alert) - r->alert_len;
		if (len > room)
			len = room;
		memcpy(r->alert + r->alert_len, body, len);
		r->alert_len += len;
		return 0;
	case CHANGE_CIPHER:
		return 0;
	case DATA:
		r->sealed = true;
		return 0;
	default:
		return -EBADMSG;
	}
}

/* Moves what was read out of the way, so that the buffer's bound is that of
 * what is still needed. */
static void make_room(struct record_reader *r)
{
	if (r->read == 0)
		return;
	memmove(r->messages.data, r->messages.data + r->read,
		r->messages.len - r->read);
	r->messages.len -= r->read;
	r->read = 0;
}

int record_feed(struct record_reader *r, const uint8_t *data, size_t len)
{
	size_t at = 0;
	int e = 0;

	r->total += len;
	/* the smallest fragments cost six bytes for one */
	if (r->total > 6 * LIMIT_TLS_FLIGHT)
		return -EMSGSIZE;
	make_room(r);
	e = buf_add(&r->raw, data, len);
	while (e == 0 && !r->sealed && r->raw.len - at >= HEADER) {
		const uint8_t *p = r->raw.data + at;
		size_t body = (size_t)p[3] << 8 | p[4];

		if (!is_header(p, HEADER) || body > RECORD_BODY_MAX)
			return -EBADMSG;
		if (r->raw.len - at < HEADER + body)
			break;
		e = take(r, p, body);
		at += HEADER + body;
	}
	if (at > 0 && r->raw.len > 0) {
		memmove(r->raw.data, r->raw.data + at, r->raw.len - at);
		r->raw.len -= at;
	}
	if (e == 0 && !r->sealed && !is_header(r->raw.data, r->raw.len))
		return -EBADMSG;
	return e == -ENOBUFS ? -EMSGSIZE : e;
}

int record_next(struct record_reader *r, struct record_message *ret)
{
	size_t left = r->messages.len - r->read, len = 0;
	const uint8_t *p = NULL;

	if (left >= MESSAGE_HEADER) {
		p = r->messages.data + r->read;
		len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (len > LIMIT_TLS_FLIGHT - MESSAGE_HEADER)
			return -EMSGSIZE;
		if (left - MESSAGE_HEADER >= len) {
			*ret = (struct record_message){
				.type = p[0], .body = p + MESSAGE_HEADER,
				.len = len};
			r->read += MESSAGE_HEADER + len;
			return RECORD_MESSAGE;
		}
	}
	if (r->alert_len == sizeof(r->alert)) {
		r->alert_len = 0;
		/* warnings (unrecognized_name) are passed over */
		if (r->alert[0] == 2 || r->alert[1] == 0) {
			*ret = (struct record_message){.type = r->alert[1]};
			return RECORD_ALERT;
		}
	}
	return r->sealed ? RECORD_SEALED : RECORD_MORE;
}
