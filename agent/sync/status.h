/* SPDX-License-Identifier: Apache-2.0 */
/* The file state/status: one packed ipc.Status, for `certwalk status`. */
#ifndef CW_AGENT_SYNC_STATUS_H
#define CW_AGENT_SYNC_STATUS_H

#include "agent/proc/ipc.pb-c.h"

#define STATUS_FILE "status"

/* Replaces the file in ${dir}: 0 or -errno. */
int status_write(const char *dir, const Ipc__Status *s);

/* Reads it: 0 (free with ipc__status__free_unpacked()), -ENOENT, -EBADMSG for
 * what is not a Status, -errno. */
int status_read(const char *dir, Ipc__Status **ret);

#endif
