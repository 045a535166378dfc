/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/api.h"
#include "collector-stub/api/handlers.h"

#include <stddef.h>

/* what stands behind the "?" of lists */
#define PAGE "after", "format", "limit"
#define ROWS PAGE, "count", "sort"

static const char *const page[] = { PAGE, NULL };
static const char *const rows[] = { ROWS, NULL };
static const char *const filtered[] = { ROWS, "filter", NULL };
/* a provider may add what it likes (RFC 6749 section 4.1.2) */
static const char *const any[] = { "*", NULL };

#define ROUTE(method, pattern, operation, role, run) \
	{ API_##method, pattern, operation, ROLE_##role, run, false, NULL }
#define TAKES(parameters, pattern, operation, role, run) \
	{ API_GET, pattern, operation, ROLE_##role, run, false, parameters }
/* what heeds the filter of an API token */
#define SCOPED(parameters, pattern, operation, role, run) \
	{ API_GET, pattern, operation, ROLE_##role, run, true, parameters }

const struct api_route api_table[] = {
	ROUTE(GET, "/openapi.json", "get_openapi", NONE, document_get),

	ROUTE(POST, "/session", "login", NONE, session_login),
	SCOPED(NULL, "/session", "get_session", VIEWER, session_get),
	ROUTE(DELETE, "/session", "logout", VIEWER, session_logout),
	ROUTE(GET, "/login-ways", "get_login_ways", NONE, oidc_ways),
	ROUTE(GET, "/oidc/login", "begin_provider_login", NONE, oidc_login),
	TAKES(any, "/oidc/callback", "end_provider_login", NONE, oidc_callback),
	ROUTE(POST, "/setup", "make_first_admin", NONE, setup_admin),
	ROUTE(PUT, "/session/password", "change_password", VIEWER,
	      session_password),

	ROUTE(GET, "/statistics", "get_statistics", VIEWER, statistics_get),
	SCOPED(NULL, "/filter-fields", "get_filter_fields", VIEWER,
	       inventory_fields),
	TAKES(page, "/saved-filters", "list_saved_filters", VIEWER, saved_list),
	ROUTE(PUT, "/saved-filters/*/*", "save_filter", VIEWER, saved_put),
	ROUTE(DELETE, "/saved-filters/*/*", "remove_saved_filter", VIEWER,
	      saved_remove),
	SCOPED(filtered, "/certificates", "list_certificates", VIEWER,
	       inventory_certificates),
	ROUTE(GET, "/certificates/*", "get_certificate", VIEWER,
	      certificates_get),
	TAKES(page, "/certificates/*/places", "list_certificate_places", VIEWER,
	      certificates_places),
	TAKES(rows, "/certificates/*/history", "list_certificate_history",
	      VIEWER, certificates_history),
	SCOPED(filtered, "/locations", "list_locations", VIEWER,
	       inventory_locations),
	SCOPED(filtered, "/endpoints", "list_endpoints", VIEWER,
	       inventory_endpoints),
	SCOPED(filtered, "/hosts", "list_hosts", VIEWER, inventory_hosts),
	ROUTE(GET, "/hosts/*", "get_host", VIEWER, hosts_get),
	ROUTE(GET, "/hosts/*/coverage", "get_host_coverage", VIEWER,
	      hosts_coverage),
	ROUTE(POST, "/hosts/*/revoke", "revoke_host", ADMIN, hosts_revoke),

	SCOPED(filtered, "/events", "list_events", VIEWER, inventory_events),
	SCOPED(filtered, "/commands", "list_commands", VIEWER,
	       inventory_commands),
	ROUTE(POST, "/commands", "create_command", OPERATOR, commands_add),
	ROUTE(GET, "/commands/*", "get_command", VIEWER, commands_get),
	ROUTE(POST, "/commands/*/cancel", "cancel_command", OPERATOR,
	      commands_cancel),
	ROUTE(POST, "/commands/*/signatures", "sign_command", APPROVER,
	      commands_sign),
	ROUTE(POST, "/commands/*/approve", "approve_command", APPROVER,
	      commands_approve),
	TAKES(page, "/keys", "list_keys", VIEWER, keys_list),

	TAKES(filtered, "/alerts", "list_alerts", VIEWER, alerts_list),
	TAKES(filtered, "/alert-messages", "list_alert_messages", VIEWER,
	      alerts_messages),
	TAKES(page, "/alert-rules", "list_alert_rules", VIEWER, alerts_rules),
	TAKES(page, "/alert-silences", "list_alert_silences", VIEWER,
	      alerts_silences),
	ROUTE(POST, "/alert-silences", "silence_alerts", OPERATOR,
	      alerts_silence),
	ROUTE(DELETE, "/alert-silences/*", "end_alert_silence", OPERATOR,
	      alerts_unsilence),

	TAKES(page, "/enrolment-tokens", "list_enrolment_tokens", OPERATOR,
	      enrolment_list),
	ROUTE(POST, "/enrolment-tokens", "create_enrolment_token", OPERATOR,
	      enrolment_add),
	ROUTE(DELETE, "/enrolment-tokens/*", "remove_enrolment_token", OPERATOR,
	      enrolment_remove),

	TAKES(page, "/api-tokens", "list_api_tokens", VIEWER, access_list),
	ROUTE(POST, "/api-tokens", "create_api_token", VIEWER, access_add),
	ROUTE(DELETE, "/api-tokens/*", "remove_api_token", VIEWER,
	      access_remove),

	TAKES(page, "/users", "list_users", ADMIN, users_list),
	ROUTE(POST, "/users", "create_user", ADMIN, users_add),
	ROUTE(GET, "/users/*", "get_user", ADMIN, users_get),
	ROUTE(PATCH, "/users/*", "change_user", ADMIN, users_change),
	ROUTE(DELETE, "/users/*", "remove_user", ADMIN, users_remove),

	TAKES(page, "/audit", "list_audit", OPERATOR, log_list),
	ROUTE(GET, "/audit/head", "verify_audit", OPERATOR, log_head),
	{ API_GET, NULL, NULL, ROLE_NONE, NULL, false, NULL },
};
