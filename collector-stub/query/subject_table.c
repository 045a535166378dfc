/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked for, and by which fields.  The names of certwalk-filter(7)
 * and of lib/location_filter.h; a test holds the three together. */
#include <string.h>
#include <strings.h>

#include "collector-stub/query/query.h"

#define TEXT(name, sql) \
	{ name, FILTER_TEXT, QUERY_SCALAR, sql, NULL, false, NULL, NULL }
#define NUMBER(name, sql) \
	{ name, FILTER_NUMBER, QUERY_SCALAR, sql, NULL, false, NULL, NULL }
#define TIME(name, sql) \
	{ name, FILTER_TIME, QUERY_SCALAR, sql, NULL, false, NULL, NULL }
#define BOOL(name, sql) \
	{ name, FILTER_BOOL, QUERY_SCALAR, sql, NULL, false, NULL, NULL }
#define LIST(name, sql) \
	{ name, FILTER_TEXT, QUERY_LIST, sql, NULL, false, NULL, NULL }
#define HASH(name, sql) \
	{ name, FILTER_TEXT, QUERY_HASH, sql, NULL, false, NULL, NULL }
/* The same of one of several places. */
#define TEXTS(name, sql) \
	{ name, FILTER_TEXT, QUERY_SCALAR, sql, NULL, true, NULL, NULL }
#define NUMBERS(name, sql) \
	{ name, FILTER_NUMBER, QUERY_SCALAR, sql, NULL, true, NULL, NULL }
#define BOOLS(name, sql) \
	{ name, FILTER_BOOL, QUERY_SCALAR, sql, NULL, true, NULL, NULL }
#define LISTS(name, sql) \
	{ name, FILTER_TEXT, QUERY_LIST, sql, NULL, true, NULL, NULL }
/* Of the row's host, and of one of several places' hosts. */
#define HOST(name, sql, host) \
	{ name, FILTER_TEXT, QUERY_SCALAR, sql, NULL, false, host, NULL }
#define HOSTS(name, sql, host) \
	{ name, FILTER_TEXT, QUERY_SCALAR, sql, NULL, true, host, NULL }
/* Counted over the places of a row: from all of them, or of each row. */
#define COUNTED(name, sql, each) \
	{ name, FILTER_NUMBER, QUERY_SCALAR, sql, NULL, false, NULL, each }
#define END { NULL, FILTER_TEXT, QUERY_SCALAR, NULL, NULL, false, NULL, NULL }

/* Percent; what is beyond any calendar has none. */
#define LIFE_LEFT \
	"(CASE WHEN o.lifetime_days > 0 AND o.not_after > 0" \
	" THEN (o.not_after - @now) / (o.lifetime_days * 864) END)"

/* Of an object by itself. */
#define OBJECT \
	HASH("spki_sha256", "o.spki_sha256"), \
	TEXT("subject", "o.subject"), \
	TEXT("issuer", "o.issuer"), \
	TEXT("serial", "o.serial"), \
	TIME("not_before", "o.not_before"), \
	TIME("not_after", "o.not_after"), \
	NUMBER("lifetime_days", "o.lifetime_days"), \
	NUMBER("life_left", LIFE_LEFT), \
	TEXT("key_alg", "o.key_alg"), \
	NUMBER("key_bits", "o.key_bits"), \
	TEXT("curve", "o.curve"), \
	TEXT("sig_alg", "o.sig_alg"), \
	LIST("dns_names", "o.dns_names"), \
	LIST("ip_addresses", "o.ip_addresses"), \
	LIST("emails", "o.emails"), \
	LIST("uris", "o.uris"), \
	BOOL("is_ca", "o.is_ca"), \
	BOOL("self_signed", "o.self_signed"), \
	LIST("key_usage", "o.key_usage"), \
	LIST("ext_key_usage", "o.ext_key_usage"), \
	TEXT("validation", "o.validation"), \
	NUMBER("strength_bits", "o.strength_bits"), \
	TEXT("pq_class", "o.pq_class"), \
	TEXT("sig_pq_class", "o.sig_pq_class"), \
	BOOL("must_staple", "o.must_staple"), \
	LIST("principals", "o.principals"), \
	TEXT("comment", "o.comment"), \
	{ "flags", FILTER_TEXT, QUERY_LIST, "o.flags", "l.flags", false, \
	  NULL, NULL }

#define KIND(of) \
	"(CASE " of ".kind WHEN 1 THEN 'certificate'" \
	" WHEN 2 THEN 'private-key' WHEN 3 THEN 'public-key'" \
	" WHEN 4 THEN 'csr' WHEN 5 THEN 'crl' WHEN 6 THEN 'ssh-key'" \
	" WHEN 7 THEN 'ssh-certificate' WHEN 8 THEN 'keystore'" \
	" WHEN 9 THEN 'endpoint' ELSE 'unknown' END)"

/* Of a place by itself; TX and so on are one of the macros above. */
#define PLACE(TX, NU, BO, LI) \
	TX("place", "l.place"), \
	TX("path", "l.path_text"), \
	TX("entry", "l.entry"), \
	TX("format", "NULLIF(l.format, '')"), \
	NU("chain_position", "l.chain_position"), \
	BO("trust_store", "l.trust_store"), \
	TX("matches", "l.matches"), \
	BO("encrypted", "l.encrypted"), \
	TX("encryption", "l.encryption"), \
	TX("opened_by", "l.opened_by"), \
	BO("well_known_password", "l.well_known_password"), \
	LI("services", "l.services"), \
	LI("server_names", "l.server_names"), \
	TX("container", "l.container"), \
	TX("mode", "l.mode"), \
	TX("owner", "l.owner"), \
	TX("group", "l.own_group"), \
	TX("module", "l.module"), \
	TX("token", "l.token"), \
	TX("token_serial", "l.token_serial")

#define ENDPOINT(TX, NU, BO, LI) \
	TX("address", "l.address"), \
	NU("port", "l.port"), \
	TX("transport", "l.transport"), \
	TX("starttls", "l.starttls"), \
	TX("sni", "l.sni"), \
	TX("netns", "l.netns"), \
	TX("process", "l.process"), \
	TX("unit", "l.unit"), \
	TX("state", "l.state"), \
	TX("cause", "l.cause"), \
	TX("failure", "l.failure"), \
	TX("tls_version", "l.tls_version"), \
	LI("versions", "l.versions"), \
	TX("cipher", "l.cipher"), \
	LI("hybrid_groups", "l.hybrid_groups"), \
	TX("alpn", "l.alpn"), \
	TX("chain", "l.chain"), \
	TX("staple", "l.staple"), \
	BO("tickets", "l.tickets"), \
	BO("asks_client", "l.asks_client")

#define REVOKED "(CASE WHEN a.revoked <> 0 THEN 1 ELSE 0 END)"
#define HOSTNAME "NULLIF(a.hostname, '')"
/* FIELD is one of the two macros above, ID the row's column. */
#define OF_HOST(FIELD, id) \
	FIELD("host", HOSTNAME, HOSTNAME), \
	FIELD("agent_id", id, "a.agent_id")

/* Little of its life is left: a fifth, but at most 30 days. */
#define ENDS \
	"o.not_after < @now + (CASE WHEN o.lifetime_days < 150" \
	" THEN o.lifetime_days * 17280 ELSE 2592000 END)"
#define WRONG_CHAIN \
	"(l.state = 'chain' OR l.chain IN ('open', 'disordered'))"

/* A certificate that is only an agent's word has a row under another hash.  It
 * counts where a place brings that word, and nobody has sent the certificate:
 * what can be read from it is no matter of words. */
#define NAMED "COALESCE(o.claimed, o.sha256)"
#define HEARD \
	"(o.claimed IS NULL OR (EXISTS (SELECT 1 FROM locations x" \
	" WHERE x.claim = o.sha256) AND NOT EXISTS (SELECT 1 FROM objects d" \
	" WHERE d.sha256 = o.claimed AND d.der IS NOT NULL)))"
/* The row's own places: of a word those that bring it. */
#define OWN(certificate, word) \
	"(CASE WHEN o.claimed IS NULL THEN " certificate " ELSE " word " END)"
#define OF_WORD(sum, from) \
	"(SELECT " sum " FROM locations l" from \
	" WHERE l.claim = o.sha256@scope)"
#define OF_EACH(sum) \
	OWN("(SELECT " sum " FROM locations l" \
	    " WHERE l.object = o.sha256@scope)", OF_WORD(sum, ""))
#define OF_PAGE(sum, column) OWN("COALESCE(s." column ", 0)", OF_WORD(sum, ""))

static const struct query_field certificate_fields[] = {
	HASH("sha256", NAMED),
	TEXT("kind", KIND("o")),
	TEXT("role", "o.role"),
	OBJECT,
	TIME("first_seen", "NULLIF(o.seen, 0)"),
	BOOL("claimed", "(CASE WHEN o.claimed IS NULL THEN 0 ELSE 1 END)"),
	TEXT("unreadable", "o.bad"),
	/* when a host last told that it still has it */
	TIME("last_seen", "NULLIF(" OWN("u.last_seen",
	     OF_WORD("MAX(h.last_seen)",
		     " JOIN agents h ON h.agent_id = l.agent_id")) ", 0)"),
	COUNTED("places", OF_PAGE("COUNT(*)", "places"), OF_EACH("COUNT(*)")),
	COUNTED("hosts", OF_PAGE("COUNT(DISTINCT l.agent_id)", "hosts"),
		OF_EACH("COUNT(DISTINCT l.agent_id)")),
	PLACE(TEXTS, NUMBERS, BOOLS, LISTS),
	ENDPOINT(TEXTS, NUMBERS, BOOLS, LISTS),
	OF_HOST(HOSTS, "l.agent_id"),
	BOOLS("revoked", REVOKED),
	END,
};

static const struct query_subject certificates = {
	.name = "certificates",
	.fields = certificate_fields,
	.from = "objects o",
	/* All in one pass, since a few are on each host of a fleet.  The LIMIT
	 * is above any count of hosts: it has them read once, rather than
	 * looked up for each place. */
	.joins = {
		{ "s.", " LEFT JOIN (SELECT l.object, COUNT(*) AS places,"
			" COUNT(DISTINCT l.agent_id) AS hosts"
			" FROM locations l WHERE @page@scope"
			" GROUP BY l.object) s ON s.object = o.sha256" },
		{ "u.", " LEFT JOIN (SELECT l.object,"
			" MAX(a.last_seen) AS last_seen"
			" FROM locations l JOIN (SELECT agent_id, last_seen"
			" FROM agents LIMIT 1000000000) a"
			" ON a.agent_id = l.agent_id"
			" WHERE @page@scope GROUP BY l.object) u"
			" ON u.object = o.sha256" },
	},
	.where = " WHERE o.kind = 1 AND EXISTS (SELECT 1 FROM locations x"
		" WHERE x.object = " NAMED ") AND " HEARD,
	.rest = " WHERE o.kind = 1",
	.agent = "l.agent_id",
	.places = "EXISTS (SELECT 1 FROM locations l"
		" JOIN agents a ON a.agent_id = l.agent_id"
		" WHERE l.object = " NAMED
		" AND (o.claimed IS NULL OR l.claim = o.sha256)@scope",
	.object = "o.sha256",
	.sort = "not_after",
	.ids = { { "o.sha256", STORE_BYTES } },
};

static const struct query_field location_rows[] = {
	OF_HOST(HOST, "l.agent_id"),
	TEXT("kind", KIND("l")),
	HASH("sha256", "l.object"),
	TEXT("role", "COALESCE(l.role, o.role)"),
	PLACE(TEXT, NUMBER, BOOL, LIST),
	ENDPOINT(TEXT, NUMBER, BOOL, LIST),
	OBJECT,
	/* of a file that a service is configured with */
	TEXT("problem", "(CASE WHEN l.services IS NULL THEN NULL"
	     " WHEN o.not_after < @now THEN 'expired'"
	     " WHEN " ENDS " THEN 'expiring'"
	     " WHEN l.flags LIKE '%\"unserved\"%' THEN 'unserved' END)"),
	TIME("first_seen", "NULLIF(l.seen, 0)"),
	TEXT("unreadable", "o.bad"),
	BOOL("revoked", REVOKED),
	HASH("location", "l.hash"),
	END,
};

/* The host of a place or an event is always there. */
#define AGENT(of) { "a.", " JOIN agents a ON a.agent_id = " of ".agent_id" }

static const struct query_subject locations = {
	.name = "locations",
	.fields = location_rows,
	.from = "locations l",
	.joins = {
		AGENT("l"),
		{ "o.", " LEFT JOIN objects o"
			" ON o.sha256 = COALESCE(l.claim, l.object)" },
	},
	.where = " WHERE 1 = 1",
	.agent = "l.agent_id",
	.unordered = true,
	.sort = "agent_id",
	.ids = { { "l.agent_id", STORE_TEXT },
		 { "l.hash", STORE_BYTES } },
};

static const struct query_field endpoint_fields[] = {
	OF_HOST(HOST, "l.agent_id"),
	ENDPOINT(TEXT, NUMBER, BOOL, LIST),
	TEXT("group", "l.own_group"),
	TEXT("container", "l.container"),
	/* the worst that is wrong with it, and how bad that is */
	TEXT("problem", "(CASE WHEN o.not_after < @now THEN 'expired'"
	     " WHEN l.state IN ('stale', 'mixed') THEN l.state"
	     " WHEN " WRONG_CHAIN " THEN 'chain'"
	     " WHEN " ENDS " THEN 'expiring'"
	     " WHEN l.state = 'elsewhere' THEN l.state END)"),
	NUMBER("severity", "(CASE WHEN o.not_after < @now THEN 6"
	       " WHEN l.state = 'stale' THEN 5"
	       " WHEN l.state = 'mixed' THEN 4 WHEN " WRONG_CHAIN " THEN 3"
	       " WHEN " ENDS " THEN 2 WHEN l.state = 'elsewhere' THEN 1"
	       " ELSE 0 END)"),
	/* of what it serves first */
	HASH("sha256", "c.object"),
	TEXT("role", "COALESCE(c.role, o.role)"),
	HASH("spki_sha256", "o.spki_sha256"),
	TEXT("subject", "o.subject"),
	TEXT("issuer", "o.issuer"),
	TEXT("serial", "o.serial"),
	TIME("not_before", "o.not_before"),
	TIME("not_after", "o.not_after"),
	NUMBER("lifetime_days", "o.lifetime_days"),
	NUMBER("life_left", LIFE_LEFT),
	TEXT("key_alg", "o.key_alg"),
	NUMBER("key_bits", "o.key_bits"),
	TEXT("curve", "o.curve"),
	TEXT("sig_alg", "o.sig_alg"),
	LIST("dns_names", "o.dns_names"),
	LIST("ip_addresses", "o.ip_addresses"),
	BOOL("self_signed", "o.self_signed"),
	TEXT("pq_class", "o.pq_class"),
	LIST("flags", "o.flags"),
	TIME("first_seen", "NULLIF(l.seen, 0)"),
	BOOL("revoked", REVOKED),
	HASH("location", "l.hash"),
	END,
};

static const struct query_subject endpoints = {
	.name = "endpoints",
	.fields = endpoint_fields,
	.from = "locations l",
	.joins = {
		AGENT("l"),
		{ "c.", " LEFT JOIN locations c ON c.agent_id = l.agent_id"
			" AND c.hash = (SELECT x.hash FROM locations x"
			" WHERE x.agent_id = l.agent_id AND x.port = l.port"
			" AND x.address = l.address AND x.kind = 1"
			" AND x.chain_position = 1"
			" AND COALESCE(x.sni, '') = COALESCE(l.sni, '')"
			" AND COALESCE(x.starttls, '') ="
			" COALESCE(l.starttls, '')"
			" AND COALESCE(x.netns, '') = COALESCE(l.netns, '')"
			" AND x.transport = l.transport"
			" ORDER BY x.hash LIMIT 1)" },
		{ "o.", " LEFT JOIN objects o"
			" ON o.sha256 = COALESCE(c.claim, c.object)" },
	},
	.where = " WHERE l.kind = 9 AND l.port IS NOT NULL",
	.agent = "l.agent_id",
	.sort = "agent_id",
	.ids = { { "l.agent_id", STORE_TEXT },
		 { "l.hash", STORE_BYTES } },
};

static const struct query_field host_fields[] = {
	TEXT("agent_id", "a.agent_id"),
	TEXT("host", "NULLIF(a.hostname, '')"),
	TEXT("state", "(CASE WHEN a.revoked <> 0 THEN 'revoked'"
	     " WHEN a.last_seen = 0 THEN 'enrolled'"
	     " WHEN a.pending <> 0 THEN 'resyncing' ELSE 'synced' END)"),
	BOOL("revoked", REVOKED),
	TIME("created", "NULLIF(a.created, 0)"),
	TIME("last_seen", "NULLIF(a.last_seen, 0)"),
	TIME("certificate_not_after", "NULLIF(a.certificate_until, 0)"),
	NUMBER("generation", "a.generation"),
	NUMBER("locations", "(SELECT COUNT(*) FROM locations x"
	       " WHERE x.agent_id = a.agent_id)"),
	TIME("scanned", "NULLIF(a.coverage_finished, 0)"),
	BOOL("complete", "a.coverage_complete"),
	NUMBER("gaps", "a.gaps"),
	TIME("last_full", "NULLIF(a.last_full, 0)"),
	BOOL("privileged", "a.privileged"),
	TEXT("os", "a.os"),
	TEXT("kernel", "a.kernel"),
	TEXT("arch", "a.arch"),
	TEXT("agent_version", "a.agent_version"),
	TEXT("libcrypto", "a.libcrypto"),
	END,
};

static const struct query_subject hosts = {
	.name = "hosts",
	.fields = host_fields,
	.from = "agents a",
	.where = " WHERE 1 = 1",
	.sort = "host",
	.ids = { { "a.agent_id", STORE_TEXT } },
};

#define SIGNATURES \
	"(SELECT COUNT(*) FROM command_signatures s" \
	" JOIN command_keys k ON k.key_id = s.key_id AND k.removed = 0" \
	" WHERE s.agent_id = c.agent_id AND s.command_id = c.command_id)"

static const struct query_field command_fields[] = {
	TEXT("id", "c.command_id"),
	TEXT("agent_id", "c.agent_id"),
	TEXT("host", "NULLIF(a.hostname, '')"),
	TEXT("action", "c.action"),
	NUMBER("sequence", "c.sequence"),
	TIME("not_before", "c.not_before"),
	TIME("expires", "c.expires"),
	/* the words of command_state() */
	TEXT("state", "(CASE WHEN r.outcome = 1 THEN 'done'"
	     " WHEN r.outcome = 2 THEN 'failed'"
	     " WHEN r.outcome = 3 THEN 'refused'"
	     " WHEN r.outcome = 4 THEN 'timed-out'"
	     " WHEN r.outcome = 5 THEN 'unknown'"
	     " WHEN c.cancelled <> 0 THEN 'cancelled'"
	     " WHEN c.expires <= @now AND c.delivered <> 0 THEN 'no answer'"
	     " WHEN c.expires <= @now THEN 'expired'"
	     " WHEN " SIGNATURES " < c.needed THEN 'to be signed'"
	     " WHEN c.delivered <> 0 THEN 'delivered' ELSE 'waiting' END)"),
	BOOL("cancelled", "c.cancelled"),
	TIME("closed", "NULLIF(c.closed, 0)"),
	TIME("delivered", "NULLIF(c.delivered, 0)"),
	NUMBER("signatures", SIGNATURES),
	NUMBER("signatures_needed", "c.needed"),
	END,
};

static const struct query_subject commands = {
	.name = "commands",
	.fields = command_fields,
	.from = "commands c",
	.joins = {
		{ "a.", " LEFT JOIN agents a ON a.agent_id = c.agent_id" },
		{ "r.", " LEFT JOIN results r ON r.agent_id = c.agent_id"
			" AND r.command_id = c.command_id" },
	},
	.where = " WHERE 1 = 1",
	.sort = "-not_before",
	.ids = { { "c.agent_id", STORE_TEXT },
		 { "c.command_id", STORE_TEXT } },
};

/* A new certificate that another one of the same names made room for. */
#define RENEWED \
	"(CASE WHEN e.event <> 'new' OR e.prior IS NULL THEN e.event" \
	" WHEN b.not_after < o.not_after AND (b.dns_names = o.dns_names" \
	" OR (b.dns_names IS NULL AND o.dns_names IS NULL" \
	" AND b.subject = o.subject)) THEN 'renewed' ELSE 'replaced' END)"

static const struct query_field event_fields[] = {
	TIME("time", "e.time"),
	TEXT("event", RENEWED),
	TEXT("about", "e.about"),
	OF_HOST(HOST, "e.agent_id"),
	TEXT("place", "NULLIF(e.place, '')"),
	HASH("sha256", "e.object"),
	HASH("prior", "e.prior"),
	TEXT("was", "e.was"),
	TEXT("cause", "e.cause"),
	TEXT("subject", "o.subject"),
	TEXT("issuer", "o.issuer"),
	TEXT("serial", "o.serial"),
	TIME("not_after", "o.not_after"),
	TIME("prior_not_after", "b.not_after"),
	TEXT("key_alg", "o.key_alg"),
	NUMBER("key_bits", "o.key_bits"),
	LIST("dns_names", "o.dns_names"),
	TEXT("role", "o.role"),
	BOOL("is_ca", "o.is_ca"),
	BOOL("revoked", REVOKED),
	NUMBER("number", "e.number"),
	END,
};

static const struct query_subject events = {
	.name = "events",
	.fields = event_fields,
	.from = "events e",
	.joins = {
		AGENT("e"),
		{ "o.", " LEFT JOIN objects o ON o.sha256 = e.facts" },
		{ "b.", " LEFT JOIN objects b ON b.sha256 = e.prior" },
	},
	.where = " WHERE 1 = 1",
	.agent = "e.agent_id",
	.sort = "-time",
	.ids = { { "e.time", STORE_NUMBER },
		 { "e.agent_id", STORE_TEXT },
		 { "e.number", STORE_NUMBER } },
};

static const struct query_field alert_fields[] = {
	TEXT("rule", "t.rule"),
	TEXT("state", "(CASE WHEN t.ended <> 0 THEN 'over'"
	     " WHEN t.escalated > t.since THEN 'escalated'"
	     " WHEN t.told > 0 THEN 'told' ELSE 'open' END)"),
	TEXT("title", "NULLIF(t.title, '')"),
	TEXT("host", "NULLIF(t.host, '')"),
	TIME("since", "t.since"),
	TIME("told", "CASE WHEN t.told > 0 THEN t.told END"),
	TIME("escalated", "NULLIF(t.escalated, 0)"),
	TIME("ended", "NULLIF(t.ended, 0)"),
	HASH("key", "t.alert_key"),
	END,
};

static const struct query_subject alerts = {
	.name = "alerts",
	.fields = alert_fields,
	.from = "alerts t",
	.where = " WHERE 1 = 1",
	.sort = "-since",
	.whole = true,
	.ids = { { "t.since", STORE_NUMBER }, { "t.rule", STORE_TEXT },
		 { "t.alert_key", STORE_BYTES } },
};

static const struct query_field message_fields[] = {
	TEXT("id", "t.message_id"),
	TEXT("rule", "t.rule"),
	TEXT("channel", "t.channel"),
	/* the words of certwalk-collector alert history */
	TEXT("state", "(CASE WHEN t.failed <> 0 THEN 'failed'"
	     " WHEN t.done <> 0 THEN 'sent'"
	     " WHEN t.attempts <> 0 THEN 'retrying' ELSE 'waiting' END)"),
	TIME("created", "t.created"),
	TIME("next", "(CASE WHEN t.done = 0 THEN t.next END)"),
	TIME("done", "NULLIF(t.done, 0)"),
	NUMBER("attempts", "t.attempts"),
	TEXT("error", "NULLIF(t.error, '')"),
	END,
};

static const struct query_subject messages = {
	.name = "alert-messages",
	.fields = message_fields,
	.from = "alert_messages t",
	.where = " WHERE 1 = 1",
	.sort = "-created",
	.whole = true,
	.ids = { { "t.created", STORE_NUMBER },
		 { "t.message_id", STORE_TEXT } },
};

const struct query_subject *const query_subjects[] = {
	&certificates, &locations, &endpoints, &hosts, &commands, &events,
	&alerts, &messages, NULL,
};

const struct query_subject *query_subject(const char *name)
{
	for (size_t i = 0; query_subjects[i]; i++)
		if (strcmp(query_subjects[i]->name, name) == 0)
			return query_subjects[i];
	return NULL;
}

const struct query_field *query_field(const struct query_subject *s,
				      const char *name)
{
	for (const struct query_field *f = s->fields; f->name; f++)
		if (strcasecmp(f->name, name) == 0)
			return f;
	return NULL;
}
