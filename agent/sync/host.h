/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector is told of this host. */
#ifndef CW_AGENT_SYNC_HOST_H
#define CW_AGENT_SYNC_HOST_H

#include <sys/utsname.h>

#include "proto/certwalk.pb-c.h"

/* The strings of ${facts} are in here. */
struct host {
	Cw__HostFacts facts;
	struct utsname uts;
	char os[256];
	char machine_id[65];
};

/* Fills ${ret}, which must stay where it is.  What cannot be read stays empty.
 * Opens the files of sync_reads (sync.h). */
void host_collect(struct host *ret);

/* PRETTY_NAME out of an os-release(5) text, or "" where it has none or one
 * that is not UTF-8. */
void host_pretty_name(const char *text, char *ret, size_t cap);

#endif
