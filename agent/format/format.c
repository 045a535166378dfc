/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/format.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/limits.h"

static struct format_settings in_force;

void format_configure(const struct format_settings *settings)
{
	in_force = *settings;
}

const struct format_settings *format_settings(void)
{
	return &in_force;
}

void format_prepare(void)
{
	for (size_t i = 0; format_table[i]; i++) {
		if (format_table[i]->prepare)
			format_table[i]->prepare();
	}
}

enum format_verdict format_sniff(const uint8_t *head, size_t len,
				 uint64_t size, const char *name)
{
	enum format_verdict best = FORMAT_NO;

	for (size_t i = 0; format_table[i] && best < FORMAT_YES; i++) {
		enum format_verdict v =
			format_table[i]->sniff(head, len, size, name);

		if (v > best)
			best = v;
	}
	if (best == FORMAT_NO && in_force.deep)
		best = FORMAT_TEXT;
	return best;
}

int format_parse(const struct source *s, struct emit *e)
{
	const char *enclosing = e->format;
	bool taken = false;
	int r = 0;

	for (size_t i = 0; format_table[i] && r == 0; i++) {
		const struct format *f = format_table[i];
		enum format_verdict v =
			f->sniff(s->head, s->head_len, s->size, s->name);

		if (v == FORMAT_NO && in_force.deep && e->depth == 0 &&
		    f->needles)
			v = FORMAT_TEXT;
		if (v == FORMAT_NO || (v == FORMAT_YES && taken))
			continue;
		e->format = f->name;
		r = f->parse(s, e);
		if (r == 0 && v == FORMAT_YES)
			break;
		taken |= r == 0;
		if (r == -EBADMSG)
			r = 0;
	}
	e->format = enclosing;
	return r;
}

int format_parse_nested(struct emit *e, const char *entry, const void *data,
			size_t len, const char *name)
{
	const char *enclosing = e->prefix;
	char prefix[1024];
	struct source s;
	int r;

	if (e->depth >= LIMIT_NESTING)
		return emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
				"%s: nested deeper than %d levels", entry,
				LIMIT_NESTING);
	snprintf(prefix, sizeof(prefix), "%s%s%s", enclosing,
		 *enclosing && *entry ? "/" : "", entry);
	source_open_memory(&s, data, len, name);
	e->prefix = prefix;
	e->depth++;
	r = format_parse(&s, e);
	e->depth--;
	e->prefix = enclosing;
	return r;
}
