/* SPDX-License-Identifier: Apache-2.0 */
/* Takes one message to one channel. */
#ifndef CW_COLLECTOR_DELIVER_H
#define CW_COLLECTOR_DELIVER_H

#include <stdatomic.h>

#include "collector-stub/alert/channel.h"
#include "collector-stub/alert/message.h"

#define DELIVER_WHY 256

/* ${id} tells one message from others: receivers that get it twice (it is sent
 * again where no answer came) know it by X-Certwalk-Delivery or Message-ID.
 * A webhook whose form is generic and whose channel has a secret carries
 *
 *	X-Certwalk-Signature: t=SECONDS,v1=HEX
 *
 * HEX being HMAC-SHA-256 over "SECONDS." and the body.  ${stop}, when it
 * becomes true, ends the attempt.  0, or -errno and ${why} (DELIVER_WHY bytes,
 * never a secret). */
int deliver(const struct channel *c, const Alert__Message *m, const char *id,
	    const atomic_bool *stop, char *why);

#endif
