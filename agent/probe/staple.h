/* SPDX-License-Identifier: Apache-2.0 */
/* A stapled OCSP response (RFC 6960 section 4.2.1). */
#ifndef CW_AGENT_PROBE_STAPLE_H
#define CW_AGENT_PROBE_STAPLE_H

#include <stddef.h>
#include <stdint.h>

/* What it says of its first certificate: "good", "revoked", "unknown"; "error"
 * where the responder had none to give; "malformed"; "" for no bytes.  Its
 * signature is not verified. */
const char *staple_status(const uint8_t *der, size_t len);

#endif
