/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite and PostgreSQL both take; a driver may put its own text in place
 * of one of them.  SQLite counts parameters by where they are first named: they
 * come in order. */
#include "collector-stub/store/columns.h"
#include "collector-stub/store/sql.h"
#include "collector-stub/store/sql_event.h"

/* 12 of every row, 41 of columns.h */
#define LOCATION_INSERT \
	"INSERT INTO locations (agent_id, pass, hash, kind, object, format," \
	" path, has_facts, not_after, bytes, claim, seen" \
	COLUMNS_OF_LOCATION(COLUMNS_NAME) ") VALUES (" \
	" $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14," \
	" $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26," \
	" $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38," \
	" $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50," \
	" $51, $52, $53" ")"
#define LOCATION_GONE \
	" RETURNING kind, object" COLUMNS_OF_LOCATION(COLUMNS_NAME)
_Static_assert(COLUMNS_LOCATION == 41, "as many parameters as columns");
_Static_assert(COLUMNS_OBJECT == 27, "the same");

#define PLACES \
	"SELECT l.object, l.bytes, o.facts, o.bad, a.agent_id, a.hostname," \
	" a.revoked FROM locations l" \
	" JOIN agents a ON a.agent_id = l.agent_id" \
	" LEFT JOIN objects o ON o.sha256 = l.object"
#define PLACES_ORDER \
	" ORDER BY COALESCE(o.not_after, l.not_after, 9223372036854775807)," \
	" l.object NULLS FIRST, a.hostname, a.agent_id," \
	" l.path NULLS FIRST, l.hash"

#define COMMAND \
	"c.agent_id, c.command_id, c.sequence, c.action, c.not_before," \
	" c.expires, c.needed, c.closed, c.cancelled, c.delivered, c.payload"
/* of keys that have not been removed */
#define SIGNATURES \
	"(SELECT COUNT(*) FROM command_signatures s" \
	" JOIN command_keys k ON k.key_id = s.key_id AND k.removed = 0" \
	" WHERE s.agent_id = c.agent_id AND s.command_id = c.command_id)"

/* An order that ended before; each agent keeps its last, for its sequence. */
#define OLD_COMMAND(table) \
	" EXISTS (SELECT 1 FROM commands c" \
	" WHERE c.agent_id = " table ".agent_id" \
	" AND c.command_id = " table ".command_id AND c.expires < $1" \
	" AND c.sequence < (SELECT MAX(m.sequence) FROM commands m" \
	" WHERE m.agent_id = c.agent_id))"

/* Revoked before; of one whose certificate nobody can use any more. */
#define OF_OLD_AGENT \
	" WHERE agent_id IN (SELECT agent_id FROM agents" \
	" WHERE revoked > 0 AND revoked < $1 AND certificate_until > 0" \
	" AND certificate_until < $1)"

/* Of a slice of objects those that are named nowhere; what only an agent told
 * of one no event keeps.  OFFSET has PostgreSQL look there for each object,
 * instead of reading a whole table for all of them while writers wait. */
#define NOT_IN(table, condition) \
	" AND NOT EXISTS (SELECT 1 FROM " table " n WHERE " condition \
	" LIMIT 1 OFFSET 0)"
#define UNNAMED \
	" FROM objects WHERE sha256 > $1 AND sha256 <= $2" \
	" AND seen < (CASE WHEN claimed IS NULL THEN $3 ELSE $4 END)" \
	NOT_IN("locations", "n.object = objects.sha256") \
	NOT_IN("locations", "n.claim = objects.sha256") \
	NOT_IN("events", "n.object = objects.sha256") \
	NOT_IN("events", "n.prior = objects.sha256")

#define USER "name, role, password, disabled, created, last_login, issuer"
#define ATTEMPTED_OF(column) \
	", COALESCE((SELECT t." column " FROM attempts t" \
	" WHERE t.name = users.name AND t.place = ''), 0)"
#define ATTEMPTED ATTEMPTED_OF("failures") ATTEMPTED_OF("latest")
#define ACCESS \
	"sha256, name, owner, role, filter, created, expires, used"

#define ALERT "rule, alert_key, title, host, since, told, escalated, ended"
#define MESSAGE \
	"message_id, channel, rule, created, next, attempts, done, failed," \
	" error, bytes"
#define SILENCE \
	"silence_id, rule, pattern, created, ends, actor, reason"

#define EVENT \
	"agent_id, number, time, event, about, object, facts, prior, place," \
	" was, cause"

const char *const sql_texts[Q_END] = {
	[Q_BEGIN] = "BEGIN",
	[Q_COMMIT] = "COMMIT",
	[Q_ROLLBACK] = "ROLLBACK",
	[Q_SAVEPOINT] = "SAVEPOINT part",
	[Q_RELEASE] = "RELEASE SAVEPOINT part",
	[Q_UNDO] = "ROLLBACK TO SAVEPOINT part",

	[Q_TOKEN_ADD] = "INSERT INTO tokens"
		" (sha256, created, expires, uses, uses_left)"
		" VALUES ($1, $2, $3, $4, $5)",
	[Q_TOKEN_TAKE] = "UPDATE tokens SET uses_left = uses_left - 1"
		" WHERE sha256 = $1 AND expires > $2 AND uses_left > 0",
	[Q_TOKEN_GET] = "SELECT expires, uses_left FROM tokens"
		" WHERE sha256 = $1",
	[Q_TOKEN_LIST] = "SELECT sha256, created, expires, uses, uses_left"
		" FROM tokens ORDER BY created, sha256",
	[Q_TOKEN_REMOVE] = "DELETE FROM tokens WHERE sha256 = $1",

	[Q_AGENT_ADD] = "INSERT INTO agents"
		" (agent_id, created, certificate_until) VALUES ($1, $2, $3)"
		" ON CONFLICT (agent_id) DO NOTHING",
	[Q_AGENT_GET] = "SELECT revoked, last_seen, epoch, generation, digest,"
		" pending, full_epoch, full_generation, pass, lacking"
		" FROM agents WHERE agent_id = $1",
	[Q_AGENT_PUT] = "UPDATE agents SET last_seen = $1, epoch = $2,"
		" generation = $3, digest = $4, pending = $5, full_epoch = $6,"
		" full_generation = $7, pass = $8, lacking = $9"
		" WHERE agent_id = $10",
	[Q_AGENT_BEAT] = "UPDATE agents SET last_seen = $1"
		" WHERE agent_id = $2 AND epoch = $3 AND generation = $4"
		" AND digest = $5 AND last_seen >= $6 AND revoked = 0"
		" AND pending = 0 AND lacking = 0",
	[Q_AGENT_CERTIFICATE] = "UPDATE agents SET certificate_until = $1"
		" WHERE agent_id = $2 AND certificate_until <= $3",
	[Q_AGENT_REVOKE] = "UPDATE agents SET revoked = $1"
		" WHERE agent_id = $2 AND revoked = 0",
	[Q_AGENT_HOST] = "UPDATE agents SET hostname = $1, host = $2,"
		" os = $3, kernel = $4, arch = $5, agent_version = $6,"
		" libcrypto = $7 WHERE agent_id = $8",
	[Q_AGENT_READ] = "SELECT agent_id, hostname, host, coverage"
		" FROM agents",
	[Q_AGENT_COVERAGE] = "UPDATE agents SET coverage = $1,"
		" coverage_finished = $2, coverage_complete = $3, gaps = $4,"
		" privileged = $5, last_full = $6 WHERE agent_id = $7",
	[Q_COVERAGE_GET] = "SELECT coverage_finished, coverage_complete, gaps"
		" FROM agents WHERE agent_id = $1",
	[Q_AGENT_LIST] = "SELECT agent_id, revoked, last_seen, epoch,"
		" generation, pending, hostname, created, certificate_until,"
		" (SELECT COUNT(*) FROM locations l"
		"  WHERE l.agent_id = agents.agent_id),"
		" coverage_finished, coverage_complete, gaps"
		" FROM agents ORDER BY hostname, agent_id",

	[Q_AGENT_DETAIL] = "SELECT host, coverage FROM agents"
		" WHERE agent_id = $1",

	[Q_LOCATION_ADD] = LOCATION_INSERT
		" ON CONFLICT (agent_id, hash) DO NOTHING",
	[Q_LOCATION_SEE] = LOCATION_INSERT
		" ON CONFLICT (agent_id, hash)"
		" DO UPDATE SET pass = excluded.pass",
	[Q_LOCATION_READ] = "SELECT agent_id, hash, bytes FROM locations",
	[Q_LOCATION_FILL] = "UPDATE locations SET (claim"
		COLUMNS_OF_LOCATION(COLUMNS_NAME) ") = ("
		" $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		" $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,"
		" $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35,"
		" $36, $37, $38, $39, $40, $41, $42"
		") WHERE agent_id = $43 AND hash = $44",
	[Q_LOCATION_REMOVE] = "DELETE FROM locations"
		" WHERE agent_id = $1 AND hash = $2" LOCATION_GONE,
	[Q_LOCATION_SWEEP] = "DELETE FROM locations"
		" WHERE agent_id = $1 AND pass <> $2",
	[Q_LOCATION_HASHES] = "SELECT hash FROM locations WHERE agent_id = $1",
	[Q_LOCATION_NAMES] = "SELECT 1 FROM locations"
		" WHERE object = $1 AND agent_id = $2 LIMIT 1",

	[Q_OBJECT_LACKING] = "SELECT DISTINCT object FROM locations l"
		" WHERE l.agent_id = $1 AND l.object IS NOT NULL"
		" AND l.has_facts = 0 AND l.kind BETWEEN 1 AND 5"
		" AND NOT EXISTS (SELECT 1 FROM objects o"
		"  WHERE o.sha256 = l.object) LIMIT $2",
	[Q_OBJECT_THERE] = "SELECT 1 FROM objects WHERE sha256 = $1",
	[Q_OBJECT_DER] = "SELECT der FROM objects WHERE sha256 = $1",
	[Q_OBJECT_ADD] = "INSERT INTO objects (sha256, kind, seen, bad, der,"
		" facts, spki_sha256, claimed" COLUMNS_OF_OBJECT(COLUMNS_NAME)
		") VALUES ("
		" $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		" $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,"
		" $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35"
		") ON CONFLICT (sha256) DO NOTHING",
	[Q_OBJECT_READ] = "SELECT sha256, facts FROM objects"
		" WHERE facts IS NOT NULL",
	[Q_OBJECT_FILL] = "UPDATE objects SET (kind"
		COLUMNS_OF_OBJECT(COLUMNS_NAME) ") = (kind,"
		" $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		" $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,"
		" $25, $26, $27"
		") WHERE sha256 = $28",
	[Q_RESULT_ADD] = "INSERT INTO results (agent_id, command_id, received,"
		" outcome, bytes) VALUES ($1, $2, $3, $4, $5)"
		" ON CONFLICT (agent_id, command_id) DO NOTHING",

	[Q_KEY_ADD] = "INSERT INTO command_keys"
		" (key_id, ed25519, name, created) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (key_id) DO NOTHING",
	[Q_KEY_BACK] = "UPDATE command_keys SET removed = 0, name = $1"
		" WHERE key_id = $2 AND removed <> 0",
	[Q_KEY_REMOVE] = "UPDATE command_keys SET removed = $1"
		" WHERE key_id = $2 AND removed = 0",
	[Q_KEY_LIST] = "SELECT key_id, ed25519, name, created, removed"
		" FROM command_keys ORDER BY created, key_id",

	[Q_COMMAND_SEQUENCE] = "SELECT COALESCE(MAX(sequence), 0)"
		" FROM commands WHERE agent_id = $1",
	[Q_COMMAND_ADD] = "INSERT INTO commands (agent_id, command_id,"
		" sequence, action, not_before, expires, needed, payload)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	[Q_COMMAND_SIGN] = "INSERT INTO command_signatures"
		" (agent_id, command_id, key_id, signature)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (agent_id, command_id, key_id) DO NOTHING",
	[Q_COMMAND_SIGNATURES] = "SELECT key_id, signature"
		" FROM command_signatures"
		" WHERE agent_id = $1 AND command_id = $2 ORDER BY key_id",
	[Q_COMMAND_CANCEL] = "UPDATE commands SET closed = $1, cancelled = 1"
		" WHERE command_id = $2 AND closed = 0",
	[Q_COMMAND_DELIVERED] = "UPDATE commands SET delivered = $1"
		" WHERE agent_id = $2 AND command_id = $3 AND delivered = 0",
	[Q_COMMAND_OPEN] = "SELECT " COMMAND ", '', " SIGNATURES ", 0, NULL"
		" FROM commands c WHERE c.closed = 0 AND c.agent_id = $1"
		" AND c.expires > $2 ORDER BY c.sequence",
	[Q_COMMAND_AGENTS] = "SELECT DISTINCT c.agent_id FROM commands c"
		" WHERE c.closed = 0 AND c.expires > $1 AND c.not_before <= $1"
		" AND " SIGNATURES " >= c.needed",
	[Q_COMMAND_LIST] = "SELECT " COMMAND ", COALESCE(a.hostname, ''), "
		SIGNATURES ", COALESCE(r.outcome, 0), r.bytes"
		" FROM commands c"
		" LEFT JOIN agents a ON a.agent_id = c.agent_id"
		" LEFT JOIN results r ON r.agent_id = c.agent_id"
		" AND r.command_id = c.command_id"
		" WHERE substr(c.command_id, 1, length($1)) = $1"
		" ORDER BY c.not_before DESC, c.agent_id, c.sequence DESC",
	/* a cancelled one may have run all the same */
	[Q_COMMAND_CLOSE] = "UPDATE commands SET closed = $1"
		" WHERE agent_id = $2 AND command_id = $3 AND (closed = 0"
		" OR (cancelled = 1 AND NOT EXISTS (SELECT 1 FROM results r"
		"  WHERE r.agent_id = $2 AND r.command_id = $3)))",

	[Q_AUDIT_LAST] = "SELECT number, hash FROM audit"
		" ORDER BY number DESC LIMIT 1",
	[Q_AUDIT_ADD] = "INSERT INTO audit (number, time, text, hash)"
		" VALUES ($1, $2, $3, $4)",
	[Q_AUDIT_LIST] = "SELECT number, time, text, hash FROM audit"
		" ORDER BY number",
	[Q_AUDIT_BEFORE] = "SELECT number, time, text, hash FROM audit"
		" WHERE number < $1 ORDER BY number DESC LIMIT $2",

	[Q_USER_ADD] = "INSERT INTO users"
		" (" USER ") VALUES ($1, $2, $3, $4, $5, $6, $7)"
		" ON CONFLICT (name) DO NOTHING",
	[Q_USER_PUT] = "UPDATE users SET role = $1, password = $2,"
		" disabled = $3, issuer = $4 WHERE name = $5",
	[Q_USER_LOGIN] = "UPDATE users SET last_login = $1 WHERE name = $2"
		" AND password = $3 AND disabled = 0",
	[Q_USER_REMOVE] = "DELETE FROM users WHERE name = $1",
	[Q_USER_GET] = "SELECT " USER ATTEMPTED " FROM users WHERE name = $1",
	[Q_USER_LIST] = "SELECT " USER ATTEMPTED " FROM users ORDER BY name",

	[Q_SAVED_PUT] = "INSERT INTO saved_filters"
		" (owner, list, title, filter) VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (owner, list, title)"
		" DO UPDATE SET filter = excluded.filter",
	[Q_SAVED_REMOVE] = "DELETE FROM saved_filters"
		" WHERE owner = $1 AND list = $2 AND title = $3",
	[Q_SAVED_END] = "DELETE FROM saved_filters WHERE owner = $1",
	[Q_SAVED_LIST] = "SELECT owner, list, title, filter"
		" FROM saved_filters WHERE owner = $1 ORDER BY list, title",

	[Q_SESSION_ADD] = "INSERT INTO sessions (sha256, name, created, used)"
		" VALUES ($1, $2, $3, $4)",
	[Q_SESSION_GET] = "SELECT sha256, name, created, used FROM sessions"
		" WHERE sha256 = $1",
	[Q_SESSION_USED] = "UPDATE sessions SET used = $1 WHERE sha256 = $2",
	[Q_SESSION_REMOVE] = "DELETE FROM sessions WHERE sha256 = $1",
	[Q_SESSION_END] = "DELETE FROM sessions WHERE name = $1"
		" AND ($2 IS NULL OR sha256 <> $2)",
	[Q_SESSION_SWEEP] = "DELETE FROM sessions"
		" WHERE created < $1 OR used < $2",

	[Q_LINK_ADD] = "INSERT INTO setup_links (sha256, created, expires)"
		" VALUES ($1, $2, $3)",
	[Q_LINK_TAKE] = "DELETE FROM setup_links WHERE sha256 = $1"
		" AND expires > $2",

	[Q_ATTEMPT_ADD] = "INSERT INTO attempts"
		" (name, place, failures, latest) VALUES ($1, $2, 1, $3)"
		" ON CONFLICT (name, place) DO UPDATE SET latest = $3,"
		" failures = (CASE WHEN attempts.latest < $4 THEN 1"
		" ELSE attempts.failures + 1 END)",
	[Q_ATTEMPT_GET] = "SELECT failures, latest FROM attempts"
		" WHERE name = $1 AND place = $2",
	[Q_ATTEMPT_REMOVE] = "DELETE FROM attempts"
		" WHERE name = $1 AND place = $2",
	[Q_ATTEMPT_FORGET] = "DELETE FROM attempts WHERE name = $1",
	[Q_ATTEMPT_SWEEP] = "DELETE FROM attempts WHERE latest < $1",

	[Q_ACCESS_ADD] = "INSERT INTO api_tokens (" ACCESS ")"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	[Q_ACCESS_GET] = "SELECT " ACCESS " FROM api_tokens"
		" WHERE sha256 = $1",
	[Q_ACCESS_USED] = "UPDATE api_tokens SET used = $1 WHERE sha256 = $2",
	[Q_ACCESS_REMOVE] = "DELETE FROM api_tokens WHERE sha256 = $1",
	[Q_ACCESS_END] = "DELETE FROM api_tokens WHERE owner = $1",
	[Q_ACCESS_LIST] = "SELECT " ACCESS " FROM api_tokens"
		" WHERE $1 IS NULL OR owner = $1 ORDER BY created, sha256",

	[Q_LEASE_TAKE] = "INSERT INTO leases (name, owner, ends)"
		" VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE"
		" SET owner = excluded.owner, ends = excluded.ends"
		" WHERE leases.owner = excluded.owner OR leases.ends <= $4",
	[Q_TICKET_ADD] = "INSERT INTO ticket_keys (number, made, bytes)"
		" VALUES ($1, $2, $3) ON CONFLICT (number) DO NOTHING",
	[Q_TICKET_LIST] = "SELECT number, made, bytes FROM ticket_keys"
		" ORDER BY number DESC",
	[Q_TICKET_REMOVE] = "DELETE FROM ticket_keys WHERE number < $1",
	[Q_REVOKED_LOCATIONS] = "DELETE FROM locations"
		" WHERE (agent_id, hash) IN (SELECT l.agent_id, l.hash"
		" FROM agents a JOIN locations l ON l.agent_id = a.agent_id"
		" WHERE a.revoked > 0 AND a.revoked < $1 LIMIT $2)",
	[Q_REVOKED_SIGNATURES] = "DELETE FROM command_signatures"
		OF_OLD_AGENT,
	[Q_REVOKED_RESULTS] = "DELETE FROM results" OF_OLD_AGENT,
	[Q_REVOKED_COMMANDS] = "DELETE FROM commands" OF_OLD_AGENT,
	[Q_REVOKED_AGENTS] = "DELETE FROM agents" OF_OLD_AGENT
		" AND NOT EXISTS (SELECT 1 FROM locations l"
		"  WHERE l.agent_id = agents.agent_id)"
		" AND NOT EXISTS (SELECT 1 FROM events e"
		"  WHERE e.agent_id = agents.agent_id)",
	[Q_OBJECT_SLICE] = "SELECT sha256 FROM objects WHERE sha256 > $1"
		" ORDER BY sha256 LIMIT 1 OFFSET $2",
	[Q_OBJECT_UNNAMED] = "SELECT 1" UNNAMED " LIMIT 1",
	[Q_PRUNE_OBJECTS] = "DELETE" UNNAMED,
	[Q_PRUNE_SIGNATURES] = "DELETE FROM command_signatures WHERE"
		OLD_COMMAND("command_signatures"),
	[Q_PRUNE_RESULTS] = "DELETE FROM results WHERE"
		OLD_COMMAND("results"),
	[Q_PRUNE_TOKENS] = "DELETE FROM tokens WHERE expires < $1",
	[Q_PRUNE_COMMANDS] = "DELETE FROM commands WHERE"
		OLD_COMMAND("commands"),

	[Q_PLACES] = PLACES " WHERE l.kind = 1" PLACES_ORDER,
	[Q_PLACES_ONE] = PLACES " WHERE l.object = $1" PLACES_ORDER,

	[Q_ALERT_RULE_GET] = "SELECT since FROM alert_rules WHERE rule = $1",
	[Q_ALERT_RULE_ADD] = "INSERT INTO alert_rules (rule, since)"
		" VALUES ($1, $2) ON CONFLICT DO NOTHING",
	[Q_ALERT_RULE_REMOVE] = "DELETE FROM alert_rules WHERE rule = $1",
	[Q_ALERT_RULES] = "SELECT rule FROM alert_rules ORDER BY rule",
	[Q_ALERT_PUT] = "INSERT INTO alerts (" ALERT ")"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		" ON CONFLICT (rule, alert_key) DO UPDATE SET"
		" title = excluded.title, host = excluded.host,"
		" since = excluded.since, told = excluded.told,"
		" escalated = excluded.escalated, ended = excluded.ended",
	[Q_ALERT_OPEN] = "SELECT " ALERT " FROM alerts"
		" WHERE rule = $1 AND ended = 0 ORDER BY alert_key",
	[Q_ALERT_LIST] = "SELECT " ALERT " FROM alerts"
		" ORDER BY CASE WHEN ended = 0 THEN 0 ELSE 1 END,"
		" since DESC, rule, alert_key LIMIT $1",
	[Q_ALERT_CLOSE] = "UPDATE alerts SET ended = $1"
		" WHERE rule = $2 AND ended = 0",
	[Q_ALERT_TRIM] = "DELETE FROM alerts WHERE ended > 0 AND ended < $1",
	[Q_MESSAGE_ADD] = "INSERT INTO alert_messages (message_id, channel,"
		" rule, created, next, bytes) VALUES ($1, $2, $3, $4, $5, $6)",
	/* those of one rule to one channel stay in their order */
	[Q_MESSAGE_DUE] = "SELECT " MESSAGE " FROM alert_messages m"
		" WHERE done = 0 AND next <= $1 AND NOT EXISTS"
		" (SELECT 1 FROM alert_messages e WHERE e.done = 0"
		" AND e.channel = m.channel AND e.rule = m.rule"
		" AND e.created < m.created AND e.next > $1)"
		" ORDER BY created, next, message_id LIMIT $2",
	[Q_MESSAGE_PUT] = "UPDATE alert_messages SET next = $1, attempts = $2,"
		" done = $3, failed = $4, error = $5 WHERE message_id = $6",
	[Q_MESSAGE_LIST] = "SELECT " MESSAGE " FROM alert_messages"
		" ORDER BY created DESC, message_id LIMIT $1",
	[Q_MESSAGE_TRIM] = "DELETE FROM alert_messages"
		" WHERE done > 0 AND done < $1",
	[Q_INCIDENT_ADD] = "INSERT INTO alert_incidents (rule, channel)"
		" VALUES ($1, $2) ON CONFLICT (rule, channel) DO NOTHING",
	[Q_INCIDENT_REMOVE] = "DELETE FROM alert_incidents"
		" WHERE rule = $1 AND channel = $2",
	[Q_INCIDENT_LIST] = "SELECT rule, channel FROM alert_incidents"
		" WHERE $1 IS NULL OR rule = $1 ORDER BY rule, channel",
	[Q_SILENCE_ADD] = "INSERT INTO alert_silences (" SILENCE ")"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)",
	[Q_SILENCE_REMOVE] = "DELETE FROM alert_silences"
		" WHERE silence_id = $1",
	[Q_SILENCE_LIST] = "SELECT " SILENCE " FROM alert_silences"
		" WHERE ends > $1 ORDER BY created, silence_id",
	[Q_EVENT_LAST] = "SELECT COALESCE(MAX(number), 0) FROM events"
		" WHERE agent_id = $1",
	[Q_EVENT_COUNT] = "SELECT COUNT(*) FROM events"
		" WHERE agent_id = $1 AND number >= $2",
	[Q_EVENT_ADD] = "INSERT INTO events (" EVENT ")"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
		" ON CONFLICT (agent_id, number) DO NOTHING",
	[Q_EVENT_PLACES] = "SELECT $1, COUNT(*) FROM locations"
		" WHERE object = $1 AND agent_id = $2",
	[Q_EVENT_FOLLOWED] = "SELECT $1, COUNT(*) FROM events"
		" WHERE prior = $1 AND agent_id = $2 AND " EVENT_STANDS,
	[Q_EVENT_SETTLE] = EVENT_SETTLE " AND object = $2",
	[Q_EVENT_SILENT] = "INSERT INTO events"
		" (agent_id, number, time, event, about, place)"
		" SELECT agent_id, (last_seen + $1) * $2, last_seen + $1,"
		" 'silent', 'host', '' FROM agents WHERE revoked = 0"
		" AND last_seen > $3 AND last_seen <= $4"
		/* others were heard: it is not that nobody listened */
		" AND last_seen + $1 <= (SELECT MAX(last_seen) FROM agents)"
		" ON CONFLICT (agent_id, number) DO NOTHING",
	[Q_EVENT_PRUNE] = "DELETE FROM events WHERE (agent_id, number) IN"
		" (SELECT agent_id, number FROM events WHERE time < $1"
		" LIMIT $2)",
	[Q_SILENCE_TRIM] = "DELETE FROM alert_silences WHERE ends < $1",
};
