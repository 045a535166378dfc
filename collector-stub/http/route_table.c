/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/api.h"
#include "collector-stub/http/page.h"
#include "collector-stub/http/route.h"
#include "collector-stub/ingest/handlers.h"
#include "lib/limits.h"

const struct route route_table[] = {
	{ LISTENER_AGENTS, ROUTE_MESSAGE, "/v1/sync", 0, handle_sync },
	{ LISTENER_AGENTS, ROUTE_MESSAGE, "/v1/renew", KIB(64), handle_renew },
	{ LISTENER_ENROLL, ROUTE_MESSAGE, "/v1/enroll", KIB(64),
		handle_enroll },
	{ LISTENER_ENROLL, ROUTE_PREFIX, "/api/v1/", KIB(64), api_handle },
	{ LISTENER_ENROLL, ROUTE_PREFIX, "/", KIB(64), page_handle },
	{ LISTENER_END, ROUTE_MESSAGE, NULL, 0, NULL },
};
