/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that stand in clear inside a format whose records we do not
 * know. */
#ifndef CW_AGENT_FORMAT_SCAN_H
#define CW_AGENT_FORMAT_SCAN_H

#include "agent/format/keystore.h"

/* places that are tried at most; each costs a parse */
#define SCAN_TRIES 20000

/* Emits each certificate that begins anywhere in the bytes, entries "1", "2"
 * ..., and counts them in ${store}.  What reaches over a multiple of ${page}
 * bytes (0: no pages) is not whole: it is left out and counted through
 * ${ret_spread} (may be NULL).  0, or negative: stop. */
int scan_certificates(struct emit *e, struct keystore *store,
		      const uint8_t *data, size_t len, size_t page,
		      unsigned int *ret_spread);

#endif
