/* SPDX-License-Identifier: Apache-2.0 */
/* PEM (RFC 7468, and what is met in the wild). */
#ifndef CW_AGENT_FORMAT_PEM_H
#define CW_AGENT_FORMAT_PEM_H

#include "agent/format/pbe.h"
#include "lib/limits.h"

/* bytes of a block: indented base64 of DER */
#define PEM_BLOCK_MAX (LIMIT_DER / 2 * 3 + KIB(64))

/* Decodes what stands between a BEGIN and an END line: base64 over any number
 * of lines, also indented, quoted as in source code or with the escapes \n \r
 * \t \/ of JSON, YAML and .env files; RFC 1421 headers before it are skipped.
 * *ret_encrypted: they say "Proc-Type: 4,ENCRYPTED" (${info} is then what
 * follows DEK-Info, "" if that is missing or too long).  0; -EBADMSG: not
 * base64, or nothing. */
int pem_decode(const uint8_t *text, size_t len, struct buf *out,
	       bool *ret_encrypted, char info[static PBE_INFO_MAX]);

/* Where each line of what stands between a BEGIN and an END line begins with
 * ${prefix}, which stands before BEGIN and END too and is more than space (a
 * comment, a quotation, a patch): the lines without it.  0; -EBADMSG: it is not
 * so, ${out} is of no use. */
int pem_strip(const uint8_t *text, size_t len, const uint8_t *prefix, size_t n,
	      struct buf *out);

#endif
