/* SPDX-License-Identifier: Apache-2.0 */
/* What the tokens of one PKCS#11 module show without a PIN.  None is asked
 * for, none is tried; sessions are read only; a token with a PIN pad of its own
 * is treated as any other.
 *
 * Of each token: a keystore, its X.509 certificates, its public keys, and those
 * private keys that are not hidden (CKA_PRIVATE is false).  What a module says
 * is bounded by lib/limits.h; that it may crash or hang is the caller's. */
#ifndef CW_AGENT_TOKEN_READER_H
#define CW_AGENT_TOKEN_READER_H

#include <p11-kit/pkcs11.h>

#include "agent/proc/ipc.pb-c.h"
#include "proto/certwalk.pb-c.h"

/* Messages are borrowed.  A negative return ends the reading. */
struct reader_sink {
	int (*finding)(void *arg, const Cw__TokenPlace *place,
		       const Ipc__Finding *f);
	int (*gap)(void *arg, const Cw__TokenPlace *place, Cw__GapKind kind,
		   const char *reason);
	void *arg;
};

/* ${module} is initialised; ${name} is what p11-kit calls it.  The number of
 * tokens that were looked at, or what the sink returned, or -ENOMEM. */
int reader_run(CK_FUNCTION_LIST *module, const char *name,
	       const struct reader_sink *sink);

#endif
