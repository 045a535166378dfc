/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/columns.h"
#include "collector-stub/store/postgres.h"
#include "collector-stub/store/sql_event.h"

/* What PostgreSQL says otherwise than sql_texts. */
const char *const postgres_texts[Q_END] = {
	/* a sync reads it, and writes it with what depends on it */
	[Q_AGENT_GET] = "SELECT revoked, last_seen, epoch, generation, digest,"
		" pending, full_epoch, full_generation, pass, lacking"
		" FROM agents WHERE agent_id = $1 FOR UPDATE",
	[Q_AGENTS_GET] = "SELECT agent_id, revoked, last_seen, epoch,"
		" generation, digest, pending, full_epoch, full_generation,"
		" pass, lacking FROM agents WHERE agent_id = ANY ($1)"
		" ORDER BY agent_id FOR UPDATE",
	[Q_AGENTS_PUT] = "UPDATE agents AS a SET last_seen = u.last_seen,"
		" epoch = u.epoch, generation = u.generation,"
		" digest = u.digest, pending = u.pending,"
		" full_epoch = u.full_epoch,"
		" full_generation = u.full_generation, pass = u.pass,"
		" lacking = u.lacking FROM unnest($1, $2, $3, $4, $5, $6, $7,"
		" $8, $9, $10) AS u(last_seen, epoch, generation, digest,"
		" pending, full_epoch, full_generation, pass, lacking,"
		" agent_id) WHERE a.agent_id = u.agent_id",
	[Q_LOCATION_REMOVE] = "DELETE FROM locations"
		" WHERE agent_id = $1 AND hash = ANY ($2)"
		" RETURNING kind, object" COLUMNS_OF_LOCATION(COLUMNS_NAME),
	[Q_LOCATION_NAMES_ANY] = "SELECT DISTINCT object FROM locations"
		" WHERE agent_id = $1 AND object = ANY ($2)",
	[Q_OBJECT_MISSING] = "SELECT h FROM unnest($1) AS h WHERE NOT EXISTS"
		" (SELECT 1 FROM objects o WHERE o.sha256 = h)",
	[Q_EVENT_PLACES_ANY] = "SELECT object, COUNT(*) FROM locations"
		" WHERE agent_id = $1 AND object = ANY ($2) GROUP BY object",
	[Q_EVENT_FOLLOWED_ANY] = "SELECT prior, COUNT(*) FROM events"
		" WHERE agent_id = $1 AND prior = ANY ($2) AND " EVENT_STANDS
		" GROUP BY prior",
	[Q_EVENT_SETTLE_ANY] = EVENT_SETTLE " AND object = ANY ($2)",
	[Q_COMMAND_LOCK] = "SELECT 1 FROM agents WHERE agent_id = $1"
		" FOR UPDATE",
	/* a report waits no longer than that for the removal of objects, and
	 * the other way round; neither takes a snapshot before the lock */
	[Q_LOCATIONS_WAIT] = "SET LOCAL lock_timeout = '1s'",
	[Q_LOCATIONS_LOCK] = "LOCK TABLE locations IN SHARE MODE",
	/* numbers of our own; where a server has no such locks, the primary
	 * key has one of two writers begin again */
	[Q_USERS_LOCK] = "SELECT pg_advisory_xact_lock(20261123)",
	[Q_AUDIT_LOCK] = "SELECT pg_advisory_xact_lock(20261122)",
};
