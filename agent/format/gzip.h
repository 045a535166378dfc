/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) of a text, as it stands in base64: Helm's releases in
 * Secrets, cloud-init's "gz+b64".  Files that are compressed are archives. */
#ifndef CW_AGENT_FORMAT_GZIP_H
#define CW_AGENT_FORMAT_GZIP_H

#include "lib/buf.h"

/* Appends what the members of ${data} hold, together no more than *left bytes,
 * from which it is taken away, also on failure: 0; -EBADMSG: damaged, cut short
 * or no gzip; -EFBIG; -ENOMEM.  The caller wipes ${out}. */
int gzip_inflate(const void *data, size_t len, size_t *left, struct buf *out);

#endif
