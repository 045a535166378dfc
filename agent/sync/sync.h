/* SPDX-License-Identifier: Apache-2.0 */
/* The sync role: keeps the snapshot that the supervisor streams to it, and
 * brings the collector up to date.  It is the only role that holds the agent's
 * identity.
 *
 * It may touch: the state directory (read, write, create, rename, remove), the
 * files of sync_reads (read), with an existing PKI the three configured files
 * (read), TCP and DNS.  libcurl resolves names in a thread, so clone() for
 * threads has to be allowed. */
#ifndef CW_AGENT_SYNC_SYNC_H
#define CW_AGENT_SYNC_SYNC_H

#include "agent/config/config.h"

/* Files and folders that name resolution, libcrypto and the host facts read
 * where they exist; ends with NULL. */
extern const char *const sync_reads[];

/* Runs until the supervisor closes ${sock} or sends IPC_SYNC_RELOAD: 0, and it
 * is to be started again with the new configuration in the latter case.  1
 * after a broken frame or where there is no memory to begin with. */
int sync_role(int sock, const struct agent_config *config);

#endif
