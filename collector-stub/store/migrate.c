/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/migrate.h"

#include <stddef.h>

static const char *const steps[] = {
	"CREATE TABLE tokens ("
	" sha256 BLOB PRIMARY KEY,"
	" created BIGINT NOT NULL,"
	" expires BIGINT NOT NULL,"
	" uses BIGINT NOT NULL,"
	" uses_left BIGINT NOT NULL);"

	"CREATE TABLE agents ("
	" agent_id TEXT PRIMARY KEY,"
	" created BIGINT NOT NULL,"
	" certificate_until BIGINT NOT NULL,"
	" revoked BIGINT NOT NULL DEFAULT 0,"	/* when, or 0 */
	" last_seen BIGINT NOT NULL DEFAULT 0,"
	" epoch BIGINT NOT NULL DEFAULT 0,"
	" generation BIGINT NOT NULL DEFAULT 0,"
	" digest BLOB,"
	" pending INTEGER NOT NULL DEFAULT 0,"
	" full_epoch BIGINT NOT NULL DEFAULT 0,"
	" full_generation BIGINT NOT NULL DEFAULT -1,"
	" pass BIGINT NOT NULL DEFAULT 0,"
	" lacking INTEGER NOT NULL DEFAULT 0,"
	" hostname TEXT NOT NULL DEFAULT '',"
	" host BLOB,"				/* HostFacts, packed */
	" coverage BLOB,"			/* Coverage, packed */
	" coverage_finished BIGINT NOT NULL DEFAULT 0,"
	" coverage_complete INTEGER NOT NULL DEFAULT 0,"
	" gaps BIGINT NOT NULL DEFAULT 0);"

	"CREATE TABLE locations ("
	" agent_id TEXT NOT NULL,"
	" hash BLOB NOT NULL,"
	" pass BIGINT NOT NULL,"
	" kind INTEGER NOT NULL,"
	" object BLOB,"
	" format TEXT NOT NULL,"
	" path BLOB,"
	" has_facts INTEGER NOT NULL,"
	" not_after BIGINT,"
	" bytes BLOB NOT NULL,"
	" PRIMARY KEY (agent_id, hash));"
	"CREATE INDEX locations_object ON locations (object, agent_id);"

	"CREATE TABLE objects ("
	" sha256 BLOB PRIMARY KEY,"
	" kind INTEGER NOT NULL,"
	" seen BIGINT NOT NULL,"
	" bad TEXT,"
	" der BLOB,"
	" facts BLOB,"				/* Facts, packed */
	" subject TEXT,"
	" issuer TEXT,"
	" serial TEXT,"
	" not_before BIGINT,"
	" not_after BIGINT,"
	" key_alg TEXT,"
	" key_bits BIGINT,"
	" curve TEXT,"
	" sig_alg TEXT,"
	" is_ca INTEGER,"
	" self_signed INTEGER,"
	" role TEXT,"
	" spki_sha256 BLOB);"
	"CREATE INDEX objects_not_after ON objects (not_after);"

	"CREATE TABLE results ("
	" agent_id TEXT NOT NULL,"
	" command_id TEXT NOT NULL,"
	" received BIGINT NOT NULL,"
	" outcome INTEGER NOT NULL,"
	" bytes BLOB NOT NULL,"			/* CommandResult, packed */
	" PRIMARY KEY (agent_id, command_id));",

	"CREATE TABLE command_keys ("
	" key_id TEXT PRIMARY KEY,"
	" ed25519 BLOB NOT NULL,"
	" name TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" removed BIGINT NOT NULL DEFAULT 0);"	/* when, or 0 */

	"CREATE TABLE commands ("
	" agent_id TEXT NOT NULL,"
	" command_id TEXT NOT NULL,"
	" sequence BIGINT NOT NULL,"
	" action TEXT NOT NULL,"
	" not_before BIGINT NOT NULL,"
	" expires BIGINT NOT NULL,"
	" needed INTEGER NOT NULL,"		/* signatures */
	" closed BIGINT NOT NULL DEFAULT 0,"	/* result or cancelled: when */
	" cancelled INTEGER NOT NULL DEFAULT 0,"
	" delivered BIGINT NOT NULL DEFAULT 0,"	/* first time, or 0 */
	" payload BLOB NOT NULL,"		/* Command, packed */
	" PRIMARY KEY (agent_id, command_id));"
	"CREATE UNIQUE INDEX commands_sequence ON commands"
	" (agent_id, sequence);"
	"CREATE INDEX commands_open ON commands (closed, agent_id);"

	"CREATE TABLE command_signatures ("
	" agent_id TEXT NOT NULL,"
	" command_id TEXT NOT NULL,"
	" key_id TEXT NOT NULL,"
	" signature BLOB NOT NULL,"
	" PRIMARY KEY (agent_id, command_id, key_id));"

	"CREATE TABLE audit ("
	" number BIGINT PRIMARY KEY,"
	" time BIGINT NOT NULL,"
	" text TEXT NOT NULL,"			/* a JSON object */
	" hash BLOB NOT NULL);",		/* lib/chain.h */

	"CREATE TABLE users ("
	" name TEXT PRIMARY KEY,"
	" role TEXT NOT NULL,"
	" password TEXT NOT NULL,"		/* auth/password.h */
	" disabled INTEGER NOT NULL,"
	" created BIGINT NOT NULL,"
	" last_login BIGINT NOT NULL);"

	"CREATE TABLE sessions ("
	" sha256 BLOB PRIMARY KEY,"
	" name TEXT NOT NULL,"			/* of the user */
	" created BIGINT NOT NULL,"
	" used BIGINT NOT NULL);"
	"CREATE INDEX sessions_name ON sessions (name);"

	"CREATE TABLE api_tokens ("
	" sha256 BLOB PRIMARY KEY,"
	" name TEXT NOT NULL,"
	" owner TEXT NOT NULL,"			/* a user */
	" role TEXT NOT NULL,"
	" filter TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" expires BIGINT NOT NULL,"
	" used BIGINT NOT NULL);"
	"CREATE INDEX api_tokens_owner ON api_tokens (owner);",

	/* For filters and lists (columns.h); lists of several values are JSON
	 * arrays.  What was there before is filled in from the packed bytes. */
	"ALTER TABLE locations ADD COLUMN claim BLOB;"
	"ALTER TABLE locations ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE locations ADD COLUMN place TEXT;"
	"ALTER TABLE locations ADD COLUMN path_text TEXT;"
	"ALTER TABLE locations ADD COLUMN entry TEXT;"
	"ALTER TABLE locations ADD COLUMN role TEXT;"
	"ALTER TABLE locations ADD COLUMN flags TEXT;"
	"ALTER TABLE locations ADD COLUMN chain_position BIGINT;"
	"ALTER TABLE locations ADD COLUMN trust_store BIGINT;"
	"ALTER TABLE locations ADD COLUMN matches TEXT;"
	"ALTER TABLE locations ADD COLUMN encrypted BIGINT;"
	"ALTER TABLE locations ADD COLUMN encryption TEXT;"
	"ALTER TABLE locations ADD COLUMN opened_by TEXT;"
	"ALTER TABLE locations ADD COLUMN well_known_password BIGINT;"
	"ALTER TABLE locations ADD COLUMN services TEXT;"
	"ALTER TABLE locations ADD COLUMN server_names TEXT;"
	"ALTER TABLE locations ADD COLUMN container TEXT;"
	"ALTER TABLE locations ADD COLUMN mode TEXT;"
	"ALTER TABLE locations ADD COLUMN owner TEXT;"
	"ALTER TABLE locations ADD COLUMN own_group TEXT;"
	"ALTER TABLE locations ADD COLUMN address TEXT;"
	"ALTER TABLE locations ADD COLUMN port BIGINT;"
	"ALTER TABLE locations ADD COLUMN transport TEXT;"
	"ALTER TABLE locations ADD COLUMN starttls TEXT;"
	"ALTER TABLE locations ADD COLUMN sni TEXT;"
	"ALTER TABLE locations ADD COLUMN tls_version TEXT;"
	"ALTER TABLE locations ADD COLUMN versions TEXT;"
	"ALTER TABLE locations ADD COLUMN cipher TEXT;"
	"ALTER TABLE locations ADD COLUMN hybrid_groups TEXT;"
	"ALTER TABLE locations ADD COLUMN alpn TEXT;"
	"ALTER TABLE locations ADD COLUMN chain TEXT;"
	"ALTER TABLE locations ADD COLUMN staple TEXT;"
	"ALTER TABLE locations ADD COLUMN tickets BIGINT;"
	"ALTER TABLE locations ADD COLUMN asks_client BIGINT;"
	"ALTER TABLE locations ADD COLUMN netns TEXT;"
	"ALTER TABLE locations ADD COLUMN process TEXT;"
	"ALTER TABLE locations ADD COLUMN unit TEXT;"
	"ALTER TABLE locations ADD COLUMN state TEXT;"
	"ALTER TABLE locations ADD COLUMN cause TEXT;"
	"ALTER TABLE locations ADD COLUMN failure TEXT;"
	"ALTER TABLE locations ADD COLUMN module TEXT;"
	"ALTER TABLE locations ADD COLUMN token TEXT;"
	"ALTER TABLE locations ADD COLUMN token_serial TEXT;"
	"ALTER TABLE objects ADD COLUMN claimed BLOB;"
	"ALTER TABLE objects ADD COLUMN lifetime_days BIGINT;"
	"ALTER TABLE objects ADD COLUMN dns_names TEXT;"
	"ALTER TABLE objects ADD COLUMN ip_addresses TEXT;"
	"ALTER TABLE objects ADD COLUMN emails TEXT;"
	"ALTER TABLE objects ADD COLUMN uris TEXT;"
	"ALTER TABLE objects ADD COLUMN key_usage TEXT;"
	"ALTER TABLE objects ADD COLUMN ext_key_usage TEXT;"
	"ALTER TABLE objects ADD COLUMN validation TEXT;"
	"ALTER TABLE objects ADD COLUMN strength_bits BIGINT;"
	"ALTER TABLE objects ADD COLUMN pq_class TEXT;"
	"ALTER TABLE objects ADD COLUMN sig_pq_class TEXT;"
	"ALTER TABLE objects ADD COLUMN must_staple BIGINT;"
	"ALTER TABLE objects ADD COLUMN principals TEXT;"
	"ALTER TABLE objects ADD COLUMN comment TEXT;"
	"ALTER TABLE objects ADD COLUMN flags TEXT;"
	"ALTER TABLE agents ADD COLUMN os TEXT;"
	"ALTER TABLE agents ADD COLUMN kernel TEXT;"
	"ALTER TABLE agents ADD COLUMN arch TEXT;"
	"ALTER TABLE agents ADD COLUMN agent_version TEXT;"
	"ALTER TABLE agents ADD COLUMN libcrypto TEXT;"
	"ALTER TABLE agents ADD COLUMN privileged BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE agents ADD COLUMN last_full BIGINT NOT NULL DEFAULT 0;"
	"CREATE INDEX objects_end ON objects"
	" (COALESCE(not_after, 9223372036854775807), sha256);"
	"CREATE INDEX locations_endpoint ON locations (agent_id, port, address)"
	" WHERE port IS NOT NULL;",

	/* What all collectors on one database share: keys of TLS tickets
	 * (http/ticket.h), and work that only one of them may do. */
	"CREATE TABLE ticket_keys ("
	" number BIGINT PRIMARY KEY,"
	" made BIGINT NOT NULL,"
	" bytes BLOB NOT NULL);"

	"CREATE TABLE leases ("
	" name TEXT PRIMARY KEY,"
	" owner TEXT NOT NULL,"
	" ends BIGINT NOT NULL);",

	"CREATE TABLE alert_rules ("
	" rule TEXT PRIMARY KEY,"
	" since BIGINT NOT NULL);"

	"CREATE TABLE alerts ("
	" rule TEXT NOT NULL,"
	" alert_key BLOB NOT NULL,"
	" title TEXT NOT NULL,"
	" host TEXT NOT NULL,"
	" since BIGINT NOT NULL,"
	" told BIGINT NOT NULL,"
	" escalated BIGINT NOT NULL,"
	" ended BIGINT NOT NULL,"
	" PRIMARY KEY (rule, alert_key));"

	"CREATE TABLE alert_messages ("
	" message_id TEXT PRIMARY KEY,"
	" channel TEXT NOT NULL,"
	" rule TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" next BIGINT NOT NULL,"
	" attempts BIGINT NOT NULL DEFAULT 0,"
	" done BIGINT NOT NULL DEFAULT 0,"
	" failed INTEGER NOT NULL DEFAULT 0,"
	" error TEXT NOT NULL DEFAULT '',"
	" bytes BLOB NOT NULL);"		/* alert.Message, packed */
	"CREATE INDEX alert_messages_due ON alert_messages (done, next);"

	"CREATE TABLE alert_silences ("
	" silence_id TEXT PRIMARY KEY,"
	" rule TEXT NOT NULL,"
	" pattern TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" ends BIGINT NOT NULL,"
	" actor TEXT NOT NULL,"
	" reason TEXT NOT NULL);",

	/* What changed, see event.h. */
	"CREATE TABLE events ("
	" agent_id TEXT NOT NULL,"
	" number BIGINT NOT NULL,"
	" time BIGINT NOT NULL,"
	" event TEXT NOT NULL,"
	" about TEXT NOT NULL,"
	" object BLOB,"
	" facts BLOB,"
	" prior BLOB,"
	" place TEXT,"
	" was TEXT,"
	" cause TEXT,"
	" PRIMARY KEY (agent_id, number));"
	"CREATE INDEX events_time ON events (time, agent_id, number);"
	"CREATE INDEX events_object ON events (object, agent_id);"
	"CREATE INDEX events_prior ON events (prior, agent_id)"
	" WHERE prior IS NOT NULL;"
	"CREATE INDEX objects_names ON objects"
	" (substr(dns_names, 1, 100), not_after)"
	" WHERE dns_names IS NOT NULL;",

	/* One-time links by which the first admin is made. */
	"CREATE TABLE setup_links ("
	" sha256 BLOB PRIMARY KEY,"
	" created BIGINT NOT NULL,"
	" expires BIGINT NOT NULL);",

	/* Filters that users keep under a name. */
	"CREATE TABLE saved_filters ("
	" owner TEXT NOT NULL,"			/* a user */
	" list TEXT NOT NULL,"
	" title TEXT NOT NULL,"
	" filter TEXT NOT NULL,"
	" PRIMARY KEY (owner, list, title));",

	/* Channels that were told of a rule's alerts and not yet that all of
	 * them are over. */
	"CREATE TABLE alert_incidents ("
	" rule TEXT NOT NULL,"
	" channel TEXT NOT NULL,"
	" PRIMARY KEY (rule, channel));"
	"INSERT INTO alert_incidents (rule, channel)"
	" SELECT DISTINCT m.rule, m.channel FROM alert_messages m"
	" WHERE EXISTS (SELECT 1 FROM alerts a WHERE a.rule = m.rule"
	" AND a.ended = 0 AND a.told > 0);"
	/* so that it is known which objects are named no more (retain.h) */
	"CREATE INDEX locations_claim ON locations (claim)"
	" WHERE claim IS NOT NULL AND object IS NULL;",

	"ALTER TABLE users ADD COLUMN issuer TEXT NOT NULL DEFAULT '';",

	/* Logins that failed, of a name (place ''), of a place (name ''), of
	 * both. */
	"CREATE TABLE attempts ("
	" name TEXT NOT NULL,"
	" place TEXT NOT NULL,"
	" failures BIGINT NOT NULL,"
	" latest BIGINT NOT NULL,"
	" PRIMARY KEY (name, place));"
	"CREATE INDEX attempts_latest ON attempts (latest);",

	/* What the overview counts by and lists are sorted by, without the
	 * rest of the rows: a fleet has hundreds of thousands.  It begins with
	 * the hash, so that locations_object is read in its order too. */
	"CREATE INDEX objects_certificates ON objects (sha256, claimed, role,"
	" not_after, key_alg, key_bits, curve, sig_alg, pq_class, subject,"
	" issuer) WHERE kind = 1;"
	/* whether any of a certificate's places has a flag: few have one */
	"CREATE INDEX locations_flags ON locations (object)"
	" WHERE flags IS NOT NULL;",

	/* What each look at the rules asks: few are open; and what the page's
	 * lists begin with. */
	"CREATE INDEX alerts_open ON alerts (rule, alert_key)"
	" WHERE ended = 0;"
	"CREATE INDEX alerts_since ON alerts (since, rule, alert_key);"
	"CREATE INDEX alert_messages_created ON alert_messages"
	" (created, message_id);",

	/* From what a host names to the rows that are only agents' word of
	 * it: they are few. */
	("CREATE INDEX objects_claimed ON objects (claimed)"
	 " WHERE claimed IS NOT NULL;"),

	/* From a row that is only agents' word to the places that bring it,
	 * whether or not they name an object.  Programs before this one ask by
	 * locations_claim and objects_claimed, and to drop an index stops all
	 * who read. */
	("CREATE INDEX locations_claims ON locations (claim, agent_id)"
	 " WHERE claim IS NOT NULL;"),
};

const char *migrate_step(int64_t n)
{
	if (n < 1 || n > (int64_t)(sizeof(steps) / sizeof(*steps)))
		return NULL;
	return steps[n - 1];
}

bool migrate_admits(int64_t version, int64_t oldest)
{
	return migrate_step(version) || migrate_step(oldest);
}
