/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/route.h"
#include "collector-stub/ingest/handlers.h"
#include "lib/limits.h"

const struct route route_table[] = {
	{ LISTENER_AGENTS, "/v1/sync", 0, handle_sync },
	{ LISTENER_AGENTS, "/v1/renew", KIB(64), handle_renew },
	{ LISTENER_ENROLL, "/v1/enroll", KIB(64), handle_enroll },
	{ LISTENER_END, NULL, 0, NULL },
};
