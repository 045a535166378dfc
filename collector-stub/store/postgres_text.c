/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/postgres.h"

/* What PostgreSQL says otherwise than sql_texts. */
const char *const postgres_texts[Q_END] = {
	/* a sync reads it, and writes it with what depends on it */
	[Q_AGENT_GET] = "SELECT revoked, last_seen, epoch, generation, digest,"
		" pending, full_epoch, full_generation, pass, lacking"
		" FROM agents WHERE agent_id = $1 FOR UPDATE",
	[Q_LOCATION_REMOVE] = "DELETE FROM locations"
		" WHERE agent_id = $1 AND hash = ANY ($2)",
	[Q_LOCATION_NAMES_ANY] = "SELECT DISTINCT object FROM locations"
		" WHERE agent_id = $1 AND object = ANY ($2)",
	[Q_COMMAND_LOCK] = "SELECT 1 FROM agents WHERE agent_id = $1"
		" FOR UPDATE",
	/* a number of our own; where a server has no such locks, the primary
	 * key has one of two writers begin again */
	[Q_AUDIT_LOCK] = "SELECT pg_advisory_xact_lock(20261122)",
};
