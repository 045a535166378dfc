/* SPDX-License-Identifier: Apache-2.0 */
/* The family of file formats.  One file per format; format_table.c lists them.
 *
 * To add one: write agent/format/NAME.c that ends with its `const struct format
 * format_NAME`, add a line to format_table.c, a unit test, a fuzz target with
 * seeds, and a paragraph in man/certwalk-formats.7. */
#ifndef CW_AGENT_FORMAT_FORMAT_H
#define CW_AGENT_FORMAT_FORMAT_H

#include "agent/format/emit.h"
#include "agent/format/source.h"
#include "lib/debian_key.h"

enum format_verdict {
	FORMAT_NO,	/* not this format */
	FORMAT_TEXT,	/* decides only after a search of the whole text */
	FORMAT_YES,	/* worth a parse */
};

/* What the configuration says about formats. */
struct format_settings {
	bool archives;	/* look into archives and compressed files */
	bool deep;	/* search also what is no text, such as programs */
	const struct debian_keys *weak_keys;	/* or NULL; borrowed */
	/* 0: LIMIT_ARCHIVE_ENTRIES, LIMIT_ARCHIVE_BYTES; tests have less */
	unsigned int archive_entries;
	uint64_t archive_bytes;
};

struct format {
	const char *name;	/* as in Location.format */
	const char *description;
	/* By the first block alone.  Runs in the walk role for every file of
	 * the host: no allocation, no system call, bounded by ${len}.  ${size}
	 * is the file's, ${name} the last component of its path ("" if
	 * none). */
	enum format_verdict (*sniff)(const uint8_t *head, size_t len,
				     uint64_t size, const char *name);
	/* For FORMAT_TEXT: strings of which a text that holds anything for this
	 * format contains at least one.  NULL-terminated. */
	const char *const *needles;
	/* Emits what is in it.  0; -EBADMSG: not this format after all, nothing
	 * was emitted, the next one may try; other negative: stop. */
	int (*parse)(const struct source *s, struct emit *e);
	/* Optional: opens what a parse will need (a library), as long as the
	 * parse role may open anything. */
	void (*prepare)(void);
};

extern const struct format *const format_table[];	/* NULL-terminated */

/* Once in each process, before all below; without it, all is at its default. */
void format_configure(const struct format_settings *settings);
const struct format_settings *format_settings(void);
/* Lets each format prepare itself. */
void format_prepare(void);

/* What the walk role asks of a first block: the strongest verdict. */
enum format_verdict format_sniff(const uint8_t *head, size_t len,
				 uint64_t size, const char *name);

/* Parses a source with each format that claims it, in the table's order, until
 * one that said FORMAT_YES does not return -EBADMSG; a text may hold things of
 * several formats.  0 (also where none claims it), or negative from the
 * sink. */
int format_parse(const struct source *s, struct emit *e);

/* The same for bytes found inside a format: their entries get ${entry} before
 * their own.  Above LIMIT_NESTING a gap is emitted instead. */
int format_parse_nested(struct emit *e, const char *entry, const void *data,
			size_t len, const char *name);

#endif
