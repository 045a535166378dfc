/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's configuration: conf/collector.ini, one option table. */
#ifndef CW_COLLECTOR_CONFIG_H
#define CW_COLLECTOR_CONFIG_H

#include "lib/options.h"

#define COLLECTOR_CONFIG_PATH "/etc/certwalk/collector.ini"

struct collector_config {
	/* [collector] */
	char *state_dir;	/* /var/lib/certwalk-collector: CA, database */
	char *database;		/* sqlite:PATH or postgres:...; default
				 * sqlite in state_dir */
	int64_t writers;	/* connections that write to PostgreSQL, 4 */
	char *log_level;
	int64_t retention;	/* seconds, 400d; 0: for ever */

	/* [listen] */
	char *agents;		/* address:port where agents sync, *:8443 */
	char *enroll;		/* address:port for enrolment, page and REST,
				 * without client certificate, *:8444 */
	struct option_list names;	/* host names and addresses that agents
					 * reach this collector by */
	int64_t threads;	/* 0: one per core, at most 16 */
	int64_t max_body;	/* bytes of a request, 16M */
	int64_t max_connections;	/* 20000 */
	int64_t handshake_timeout;	/* seconds for each half of one, 5 */
	int64_t request_timeout;	/* seconds for a whole request, 30 */
	int64_t idle_timeout;	/* seconds a kept connection may idle, 15m */
	int64_t visit_rate;	/* requests at enroll's port a second, 100 */

	/* [agents] */
	int64_t certificate_lifetime;	/* seconds, 30d, from 10s for tests */
	int64_t heartbeat;	/* seconds told to agents, 0: their own */
	int64_t max_rate;	/* requests of an agent a second, 50 */
	char *client_ca;	/* PEM file: an existing PKI's client CA */

	/* [web] */
	char *web_url;		/* where browsers reach it, or "" */
	char *web_directory;	/* the page's files */
	int64_t session_idle;	/* seconds, 1h */
	int64_t session_life;	/* seconds, 12h */

	/* [oidc] */
	char *oidc_issuer;	/* https address; "": no such login */
	char *oidc_client_id;
	char *oidc_secret_file;	/* "": a client without a secret */
	char *oidc_ca_file;	/* PEM; "": the system's */
	char *oidc_scope;
	char *oidc_name;	/* of the provider, for people */
	char *oidc_user_claim;
	char *oidc_role_claim;
	/* values of role_claim, by the role that they lead to */
	struct option_list oidc_viewer, oidc_operator, oidc_approver,
		oidc_admin;

	/* [metrics] */
	char *metrics;		/* address:port of this host, or "" */

	/* [commands] */
	int64_t command_threshold;	/* signatures, 1 */

	/* [alerts] */
	char *alerts_dir;	/* rules, NAME.ini */
	char *channels_dir;	/* channels, NAME.ini */
	int64_t alerts_interval;	/* seconds, 1m; 0: none */
};

extern const struct option collector_options[];

/* As agent_config_load(). */
int collector_config_load(struct collector_config *c, const char *path);
void collector_config_free(struct collector_config *c);

#endif
