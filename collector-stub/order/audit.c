/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/audit.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/chain.h"
#include "lib/json.h"
#include "lib/limits.h"

/* No name of an account has blanks.  sudo says who it was. */
static void own_name(char *ret, size_t cap)
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *p = getpwuid(getuid());

	snprintf(ret, cap, "%s%s%s on this host", p ? p->pw_name : "?",
		 sudo && *sudo ? " by " : "", sudo ? sudo : "");
}

static int write_entry(struct buf *out, const char *actor, const char *event,
		       const struct audit_field *fields)
{
	struct json j;
	char own[256];

	if (!actor) {
		own_name(own, sizeof(own));
		actor = own;
	}
	json_init(&j, out);
	json_begin_object(&j, NULL);
	json_quoted(&j, "event", event);
	json_quoted(&j, "actor", actor);
	for (; fields && fields->name; fields++)
		json_text(&j, fields->name, fields->value ? fields->value : "");
	json_end_object(&j);
	return out->failed ? -ENOMEM : 0;
}

const char *audit_entry(struct arena *a, const char *actor, const char *event,
			const struct audit_field *fields)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, KIB(256));
	if (write_entry(&b, actor, event, fields) == 0)
		text = arena_str(a, b.data, b.len);
	buf_free(&b);
	return text;
}

int audit_event(struct store *s, int64_t now, const char *actor,
		const char *event, const struct audit_field *fields)
{
	struct buf b;
	int r = 0;

	buf_init(&b, KIB(256));
	r = write_entry(&b, actor, event, fields);
	if (r == 0)
		r = s->driver->audit_add(s, now, buf_str(&b));
	buf_free(&b);
	return r;
}

static int check(void *arg, const struct store_audit *a)
{
	struct chain *c = arg, next = *c;

	chain_add(&next, a->time, a->text, strlen(a->text));
	if (a->number != (int64_t)next.number ||
	    memcmp(next.hash, a->hash, HASH_SIZE) != 0)
		return -EBADMSG;
	*c = next;
	return 0;
}

int audit_verify(struct store *s, struct chain *ret)
{
	*ret = (struct chain){0};
	return s->driver->audit_list(s, check, ret);
}
