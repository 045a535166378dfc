/* SPDX-License-Identifier: Apache-2.0 */
/* What the texts of both drivers begin with. */
#ifndef CW_COLLECTOR_SQL_EVENT_H
#define CW_COLLECTOR_SQL_EVENT_H

/* In a large fleet many hosts have certificates for "localhost": a thousand
 * that end soonest before are looked at, by the index of names and end, and
 * the limit stands where it bounds the rows that are read. */
#define EVENT_SETTLE \
	"UPDATE events SET prior = (SELECT f.sha256 FROM" \
	" (SELECT b.sha256, b.not_after, b.dns_names, b.kind FROM objects b" \
	"  WHERE b.dns_names IS NOT NULL AND substr(b.dns_names, 1, 100) =" \
	"   (SELECT substr(o.dns_names, 1, 100) FROM objects o" \
	"    WHERE o.sha256 = events.facts AND COALESCE(o.is_ca, 0) = 0)" \
	"  AND b.not_after < (SELECT o.not_after FROM objects o" \
	"    WHERE o.sha256 = events.facts)" \
	"  ORDER BY b.not_after DESC LIMIT 1000) f" \
	" WHERE f.kind = 1 AND f.dns_names = (SELECT o.dns_names" \
	"  FROM objects o WHERE o.sha256 = events.facts)" \
	" AND EXISTS (SELECT 1 FROM locations l" \
	"  WHERE l.object = f.sha256 AND l.agent_id = events.agent_id)" \
	" ORDER BY f.not_after DESC LIMIT 1)" \
	" WHERE agent_id = $1 AND event = 'new' AND prior IS NULL"

/* Of an event: what it tells of is still there. */
#define EVENT_STANDS \
	"EXISTS (SELECT 1 FROM locations l WHERE l.object = events.object" \
	" AND l.agent_id = events.agent_id)"

#endif
