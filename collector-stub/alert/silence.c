/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/silence.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "collector-stub/order/audit.h"
#include "lib/quantity.h"

static const char *text(const char *given)
{
	return given ? given : "";
}

int silence_add(struct store *s, int64_t now, const char *actor,
		const struct silence_request *q, char ret_id[static UUID_TEXT])
{
	char id[UUID_TEXT];
	const struct audit_field fields[] = {
		{ "silence", id },
		{ "rule", text(q->rule) },
		{ "match", text(q->match) },
		{ "for", text(q->duration) },
		{ "reason", text(q->reason) },
		{ NULL, NULL },
	};
	struct store_silence row = {
		.id = id, .created = now, .actor = text(actor),
		.rule = text(q->rule), .pattern = text(q->match),
		.reason = text(q->reason),
	};
	int64_t seconds = 0;
	int r = 0;

	if (quantity_parse(text(q->duration), quantity_durations,
			   &seconds) < 0 ||
	    seconds < 1 || seconds > SILENCE_MAX)
		return -EINVAL;
	if (strlen(row.rule) > SILENCE_TEXT ||
	    strlen(row.pattern) > SILENCE_TEXT ||
	    strlen(row.reason) > SILENCE_TEXT)
		return -EMSGSIZE;
	row.until = now + seconds;
	r = uuid_make(id);
	if (r == 0)
		r = s->driver->alerts->silence_add(s, &row);
	if (r == 0)
		r = audit_event(s, now, actor, "alerts-silenced", fields);
	if (r == 0)
		memcpy(ret_id, id, sizeof(id));
	return r;
}

int silence_end(struct store *s, int64_t now, const char *actor,
		const char *id)
{
	const struct audit_field fields[] = {
		{ "silence", id }, { NULL, NULL },
	};
	int r = s->driver->alerts->silence_remove(s, id);

	return r < 0 ? r : audit_event(s, now, actor, "silence-removed",
				       fields);
}

bool silence_covers(const char *pattern, const char *title, const char *host)
{
	return !*pattern || fnmatch(pattern, title, 0) == 0 ||
		fnmatch(pattern, host, 0) == 0;
}
