/* SPDX-License-Identifier: Apache-2.0 */
/* What the texts of both drivers begin with. */
#ifndef CW_COLLECTOR_SQL_EVENT_H
#define CW_COLLECTOR_SQL_EVENT_H

/* In a large fleet many hosts have certificates for "localhost": a thousand
 * that end soonest before are looked at. */
#define EVENT_SETTLE \
	"UPDATE events SET prior = (SELECT f.sha256 FROM" \
	" (SELECT b.sha256, b.not_after FROM objects o JOIN objects b" \
	"  ON substr(b.dns_names, 1, 100) = substr(o.dns_names, 1, 100)" \
	"  AND b.dns_names = o.dns_names AND b.dns_names IS NOT NULL" \
	"  AND b.not_after < o.not_after AND b.kind = 1" \
	"  WHERE o.sha256 = events.facts AND COALESCE(o.is_ca, 0) = 0" \
	"  ORDER BY b.not_after DESC LIMIT 1000) f" \
	" WHERE EXISTS (SELECT 1 FROM locations l" \
	"  WHERE l.object = f.sha256 AND l.agent_id = events.agent_id)" \
	" ORDER BY f.not_after DESC LIMIT 1)" \
	" WHERE agent_id = $1 AND event = 'new' AND prior IS NULL"

#endif
