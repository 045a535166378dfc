/* SPDX-License-Identifier: Apache-2.0 */
/* Order and completeness of a chain as it was sent. */
#ifndef CW_AGENT_PROBE_CHAIN_H
#define CW_AGENT_PROBE_CHAIN_H

#include "proto/certwalk.pb-c.h"

/* Reads the names of this system's trusted roots, once, while the process may
 * still read files.  Without them only chains that end in a root are known to
 * be complete. */
void chain_prepare(void);

/* ${facts}: of each certificate in the order sent, NULL where it could not be
 * read.
 *	complete	each is issued by the next; the last is a root, or
 *			issued by one that this system trusts
 *	open		the same, but the last one's issuer is not known here
 *	self-signed	one certificate, its own issuer
 *	disordered	some are out of order, or do not belong
 *	malformed	one could not be read
 * "" for none. */
const char *chain_state(const Cw__Facts *const *facts, size_t n);

#endif
