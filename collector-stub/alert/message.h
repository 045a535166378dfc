/* SPDX-License-Identifier: Apache-2.0 */
/* An alert in the forms that its readers take. */
#ifndef CW_COLLECTOR_MESSAGE_H
#define CW_COLLECTOR_MESSAGE_H

#include "collector-stub/alert/alert.pb-c.h"
#include "lib/buf.h"

/* items that one message lists */
#define MESSAGE_ITEMS 50
/* bytes of a message in any form */
#define MESSAGE_MAX (512 << 10)

/* Each appends; errors show in the buffer's ${failed}. */

/* "[critical] expired: 3 certificates ..." in one line of at most 200 bytes,
 * without control characters. */
void message_subject(const Alert__Message *m, struct buf *out);
/* For people: subject, items with their facts, advice. */
void message_text(const Alert__Message *m, struct buf *out);

struct message_form {
	const char *name;	/* a channel's form; a table ends with NULL */
	size_t max;		/* bytes that its readers take */
	void (*write)(const Alert__Message *m, const char *secret,
		      struct buf *out);
};

/* JSON bodies of webhooks: of certwalk's own form; Slack's incoming webhooks;
 * an Adaptive Card 1.4 for Teams workflows; PagerDuty's Events API v2, whose
 * routing key is ${secret}. */
extern const struct message_form message_forms[];

/* In that form, with as many of its items, but at least one, as it takes; it
 * says how many more there are. */
void message_write(const struct message_form *f, const Alert__Message *m,
		   const char *secret, struct buf *out);

/* RFC 5322, with CRLF; ${id} makes the Message-ID. */
void message_mail(const Alert__Message *m, const char *from,
		  char *const *to, size_t n_to, const char *id,
		  struct buf *out);

#endif
