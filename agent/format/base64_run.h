/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as it stands in other texts: broken over lines and indented, in either
 * alphabet, padded or not, with the escapes of JSON (\n \/ \u003d ...), XML
 * (&#13;), URLs (%2B) and line continuations. */
#ifndef CW_AGENT_FORMAT_BASE64_RUN_H
#define CW_AGENT_FORMAT_BASE64_RUN_H

#include "agent/format/source.h"

#define BASE64_RUN_AHEAD 256	/* bytes that a decision may look ahead */

struct base64_run {
	const struct source *s;
	uint64_t next;		/* offset of what follows the buffer */
	size_t at, len;
	bool ended;
	size_t step;		/* bytes of the next read */
	uint32_t group;
	unsigned int sextets;	/* of all of the run */
	uint8_t text[8192];
};

/* Begins at ${offset}, where the first character of the run stands. */
void base64_run_open(struct base64_run *r, const struct source *s,
		     uint64_t offset);

/* Appends decoded bytes until ${out} holds ${want} of them.  0 when it does;
 * -ENODATA where the run ended before (it then holds what there was, and is to
 * be wiped by the caller like any decoded text); or negative from reading or
 * from the buffer.  May be called again with a larger ${want}. */
int base64_run_read(struct base64_run *r, struct buf *out, size_t want);

/* Offset of the first byte of the file that is not part of what was read. */
uint64_t base64_run_offset(const struct base64_run *r);

/* Is it followed by an END line, whatever the case and number of its dashes?
 * Parts of mail end in dashes too. */
bool base64_run_ends_in_pem(const struct base64_run *r);

bool is_base64(uint8_t c);

#endif
