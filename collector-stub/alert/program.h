/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a channel's program. */
#ifndef CW_COLLECTOR_PROGRAM_H
#define CW_COLLECTOR_PROGRAM_H

#include <stdatomic.h>

#include "collector-stub/alert/channel.h"
#include "lib/buf.h"

/* ${input} is on its standard input, its output goes nowhere; its environment
 * is PATH alone.  It and what it has started in its process group are killed
 * after the channel's timeout, or when ${stop} becomes true.  0 where it exits
 * with 0; otherwise -errno and ${why} (DELIVER_WHY bytes). */
int program_run(const struct channel *c, const struct buf *input,
		const atomic_bool *stop, char *why);

#endif
