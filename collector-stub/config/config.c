/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/config/config.h"

#include <stdlib.h>
#include <string.h>

#include "lib/config.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MEGABYTE (INT64_C(1) << 20)

#define AT(member) .offset = offsetof(struct collector_config, member)

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };

const struct option collector_options[] = {
	{ "collector", "state_dir", OPTION_STRING,
	  "/var/lib/certwalk-collector", AT(state_dir),
	  .help = "Folder for the collector's CA and its database. It is "
		"made if it is not there." },
	{ "collector", "database", OPTION_STRING, "", AT(database),
	  .help = "Where the inventory is stored: sqlite:PATH, or "
		"postgres://USER@HOST/DATABASE with the parameters of libpq "
		"(sslmode, passfile ...), or postgres:KEYWORD=VALUE .... A "
		"password stands in the passfile or in ~/.pgpass. Where none "
		"is given, it is a file in state_dir." },
	{ "collector", "writers", OPTION_NUMBER, "4", AT(writers),
	  .min = 1, .max = 64,
	  .help = "Connections to PostgreSQL by which agents' reports are "
		"written at the same time. SQLite has one writer." },
	{ "collector", "log_level", OPTION_CHOICE, "info", AT(log_level),
	  .choices = levels,
	  .help = "Least important messages that are shown." },
	{ "collector", "retention", OPTION_DURATION, "400d", AT(retention),
	  .min = 0, .max = 36500 * DAY,
	  .help = "Time for which orders with their results, tokens, alerts "
		"and messages are kept after their end, revoked hosts after "
		"that, certificates that no host has any more after they "
		"came, and for which it is known what changed in the "
		"inventory. 0 stands for ever. The audit log is always "
		"kept." },

	{ "listen", "agents", OPTION_STRING, "*:8443", AT(agents),
	  .help = "ADDRESS:PORT where agents report, with a client "
		"certificate. An IPv6 address stands in brackets; * is every "
		"address." },
	{ "listen", "enroll", OPTION_STRING, "*:8444", AT(enroll),
	  .help = "ADDRESS:PORT where agents enrol with a token, without a "
		"client certificate, and where the page and REST are." },
	{ "listen", "name", OPTION_LIST, "", AT(names),
	  .help = "Host name or address that agents reach this collector "
		"by. The names stand in its certificate, the first one in "
		"tokens. Where none is given, the host's own name is taken." },
	{ "listen", "threads", OPTION_NUMBER, "0", AT(threads),
	  .min = 0, .max = 256,
	  .help = "Threads that serve connections. 0 stands for the number "
		"of processors, at most 16." },
	{ "listen", "max_body", OPTION_SIZE, "16M", AT(max_body),
	  .min = 65536, .max = 1024 * MEGABYTE,
	  .help = "Bytes of a request, at most." },
	{ "listen", "max_connections", OPTION_NUMBER, "20000",
	  AT(max_connections), .min = 1, .max = 1000000,
	  .help = "Connections at a time, at most; half of them at the port "
		"of enroll." },
	{ "listen", "handshake_timeout", OPTION_DURATION, "5s",
	  AT(handshake_timeout), .min = 1, .max = HOUR,
	  .help = "Time that a client may take to begin a handshake of TLS, "
		"and again to finish it." },
	{ "listen", "request_timeout", OPTION_DURATION, "30s",
	  AT(request_timeout), .min = 1, .max = HOUR,
	  .help = "Time that a whole request may take to arrive." },
	{ "listen", "idle_timeout", OPTION_DURATION, "15m", AT(idle_timeout),
	  .min = 1, .max = DAY,
	  .help = "Time that a connection without a request is kept; at the "
		"port of enroll a minute at most." },
	{ "listen", "max_rate", OPTION_NUMBER, "100", AT(visit_rate),
	  .min = 0, .max = 1000000,
	  .help = "Requests a second, over ten seconds, at the port of enroll: "
		"of one user, of one API token, and of one address (of IPv6: "
		"one /64) without either, by which hosts enrol. What is more "
		"is answered with 429 and a time to wait. 0 stands for no "
		"limit. The files of the page do not count. Each collector "
		"counts for itself." },

	{ "agents", "certificate_lifetime", OPTION_DURATION, "30d",
	  AT(certificate_lifetime), .min = 10, .max = 825 * DAY,
	  .help = "Lifetime of the certificates that enrolled agents get. "
		"They renew them after two thirds of it." },
	{ "agents", "heartbeat", OPTION_DURATION, "0s", AT(heartbeat),
	  .min = 0, .max = DAY,
	  .help = "Time between two reports of an agent without changes. 0 "
		"leaves it to the agents' own configuration." },
	{ "agents", "max_rate", OPTION_NUMBER, "50", AT(max_rate),
	  .min = 0, .max = 1000000,
	  .help = "Requests of one agent a second, over ten seconds, so that "
		"none can starve the others; what is more is answered with "
		"429 and a time to wait, as is what is more than 1 GiB of "
		"reports in a day, each location of which counts for 512 "
		"bytes more. 0 stands for no limit to either. Each "
		"collector counts for itself." },
	{ "agents", "client_ca", OPTION_STRING, "", AT(client_ca),
	  .help = "PEM file with the CA certificates of an existing PKI whose "
		"client certificates are accepted beside the collector's "
		"own." },

	{ "web", "url", OPTION_STRING, "", AT(web_url),
	  .help = "https address by which browsers reach the page, where it "
		"is not that of the first name and the port of enroll." },
	{ "web", "directory", OPTION_STRING, "/usr/share/certwalk/web",
	  AT(web_directory),
	  .help = "Folder with the files of the page, which is served on the "
		"port of enroll. Where it is not there, only REST is "
		"served." },
	{ "web", "session_idle", OPTION_DURATION, "1h", AT(session_idle),
	  .min = 60, .max = DAY,
	  .help = "Time after which a session ends that is not used." },
	{ "web", "session_life", OPTION_DURATION, "12h", AT(session_life),
	  .min = 60, .max = 30 * DAY,
	  .help = "Time after which a session ends in any case." },

	{ "oidc", "issuer", OPTION_STRING, "", AT(oidc_issuer),
	  .help = "https address of an OpenID Connect provider, as its "
		"discovery document has it; users can then log in there "
		"beside those with a password. Where none is given, they "
		"cannot. The provider has to know the address "
		"URL/api/v1/oidc/callback, where URL is that of section web." },
	{ "oidc", "client_id", OPTION_STRING, "", AT(oidc_client_id),
	  .help = "Name that the provider knows this collector by." },
	{ "oidc", "client_secret_file", OPTION_STRING, "",
	  AT(oidc_secret_file),
	  .help = "File with the secret that belongs to it, which nobody else "
		"may read. Where none is given, there is no secret; PKCE is "
		"used in any case." },
	{ "oidc", "ca_file", OPTION_STRING, "", AT(oidc_ca_file),
	  .help = "PEM file with the CA certificates that the provider's own "
		"are checked with, in place of the system's." },
	{ "oidc", "scope", OPTION_STRING, "openid profile", AT(oidc_scope),
	  .help = "What is asked for, \"openid\" among it." },
	{ "oidc", "name", OPTION_STRING, "single sign-on", AT(oidc_name),
	  .help = "What the page calls the provider." },
	{ "oidc", "user_claim", OPTION_STRING, "preferred_username",
	  AT(oidc_user_claim),
	  .help = "Claim with the user's name, of the ID token or, where that "
		"lacks it, of the UserInfo endpoint: letters, digits "
		"and ._@- only. Who a user is, is known by iss and sub: a name "
		"that is somebody else's already is refused." },
	{ "oidc", "role_claim", OPTION_STRING, "groups", AT(oidc_role_claim),
	  .help = "Claim with a text, or a list of them, that roles are made "
		"of; one inside another is given as realm_access.roles. It is "
		"looked for as user_claim is." },
	{ "oidc", "viewer", OPTION_LIST, "", AT(oidc_viewer),
	  .help = "Value of that claim that makes its users viewers. The "
		"greatest role counts, at each login anew; who has none of "
		"these values is refused." },
	{ "oidc", "operator", OPTION_LIST, "", AT(oidc_operator),
	  .help = "The same for operators." },
	{ "oidc", "approver", OPTION_LIST, "", AT(oidc_approver),
	  .help = "The same for approvers." },
	{ "oidc", "admin", OPTION_LIST, "", AT(oidc_admin),
	  .help = "The same for admins." },

	{ "metrics", "listen", OPTION_STRING, "", AT(metrics),
	  .help = "ADDRESS:PORT of this host, 127.0.0.1:9464, where Prometheus "
		"is shown figures at /metrics, without TLS or password. Where "
		"none is given, there are none." },

	{ "commands", "threshold", OPTION_NUMBER, "1", AT(command_threshold),
	  .min = 1, .max = 16,
	  .help = "Keys that must have signed a command before it goes out. "
		"Hosts that enrol from now on pin it, and refuse what fewer "
		"have signed." },

	{ "alerts", "rules", OPTION_STRING, "/etc/certwalk/alerts.d",
	  AT(alerts_dir),
	  .help = "Folder of what alerts are about, one file NAME.ini each: "
		"certwalk-alerts(5)." },
	{ "alerts", "channels", OPTION_STRING, "/etc/certwalk/channels.d",
	  AT(channels_dir),
	  .help = "Folder of where alerts go, one file NAME.ini each." },
	{ "alerts", "interval", OPTION_DURATION, "1m", AT(alerts_interval),
	  .min = 0, .max = DAY,
	  .help = "Time from one look at the rules to the next. 0: this "
		"collector looks at none." },
	{ .name = NULL },
};

/* ADDRESS:PORT; whether the address exists is seen when it is bound. */
static void need_address(struct config_check *k, const char *name,
			 const char *value)
{
	const char *port = strrchr(value, ':');
	size_t digits = port ? strspn(port + 1, "0123456789") : 0;
	bool good = digits >= 1 && digits <= 5 && !port[1 + digits] &&
		port > value && strtol(port + 1, NULL, 10) <= 65535;

	if (good && value[0] == '[')
		good = port[-1] == ']';
	else if (good)
		good = memchr(value, ':', port - value) == NULL;
	if (good)
		return;
	config_fault(k, "%s: \"%s\" is not ADDRESS:PORT", name, value);
}

static void need_loopback(struct config_check *k, const char *name,
			  const char *value)
{
	if (strncmp(value, "127.", 4) != 0 && strncmp(value, "[::1]", 5) != 0)
		config_fault(k, "%s: \"%s\" is not an address of this host "
			     "only, 127.0.0.1 or [::1]", name, value);
}

static void need_name(struct config_check *k, const char *value)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_:");

	if (!value[len] && len <= 253)
		return;
	config_fault(k, "name: \"%s\" is no host name or address",
		     value);
}

static void need_https(struct config_check *k, const char *name,
		       const char *value)
{
	if (strncmp(value, "https://", 8) == 0 && value[8] &&
	    strlen(value) < 512 && !value[strcspn(value, " \t\"#?")])
		return;
	config_fault(k, "%s: \"%s\" is no https address", name, value);
}

static void check_oidc(struct config_check *k, const struct collector_config *c)
{
	if (!c->oidc_issuer[0])
		return;
	need_https(k, "issuer", c->oidc_issuer);
	if (!c->oidc_client_id[0])
		config_fault(k, "client_id: there is none for the issuer");
	if (c->oidc_secret_file[0])
		config_need_absolute(k, "client_secret_file",
				     c->oidc_secret_file);
	if (c->oidc_ca_file[0])
		config_need_absolute(k, "ca_file", c->oidc_ca_file);
	if (!strstr(c->oidc_scope, "openid"))
		config_fault(k, "scope: \"%s\" lacks openid", c->oidc_scope);
	if (c->oidc_viewer.count + c->oidc_operator.count +
	    c->oidc_approver.count + c->oidc_admin.count == 0)
		config_fault(k, "issuer: no value leads to any role: give "
			     "viewer, operator, approver or admin");
}

static void check(struct config_check *k, const void *target)
{
	const struct collector_config *c = target;

	config_need_absolute(k, "state_dir", c->state_dir);
	need_address(k, "agents", c->agents);
	need_address(k, "enroll", c->enroll);
	config_need_absolute(k, "directory", c->web_directory);
	if (c->web_url[0])
		need_https(k, "url", c->web_url);
	check_oidc(k, c);
	if (c->metrics[0]) {
		need_address(k, "listen", c->metrics);
		need_loopback(k, "listen", c->metrics);
	}
	config_need_absolute(k, "rules", c->alerts_dir);
	config_need_absolute(k, "channels", c->channels_dir);
	if (c->client_ca[0])
		config_need_absolute(k, "client_ca", c->client_ca);
	for (size_t i = 0; i < c->names.count; i++)
		need_name(k, c->names.items[i]);
	if (!c->database[0])
		return;
	if (strncmp(c->database, "sqlite:", 7) == 0) {
		config_need_absolute(k, "database", c->database + 7);
		return;
	}
	/* what it is stands in no message: a password may be in it */
	if (strncmp(c->database, "postgres:", 9) != 0)
		config_fault(k, "database: neither sqlite:PATH nor "
			     "postgres://...");
}

int collector_config_load(struct collector_config *c, const char *path)
{
	return config_load(collector_options, c, path, COLLECTOR_CONFIG_PATH,
			   check);
}

void collector_config_free(struct collector_config *c)
{
	options_free(collector_options, c);
}
