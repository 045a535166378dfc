/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/agent_filter.h"

enum { AGENT_ID, HOST, REVOKED, CREATED, LAST_SEEN, NOT_AFTER, LOCATIONS,
	SCANNED, COMPLETE, GAPS };

const struct filter_field agent_fields[] = {
	{ "agent_id", FILTER_TEXT, AGENT_ID },
	{ "host", FILTER_TEXT, HOST },
	{ "revoked", FILTER_BOOL, REVOKED },
	{ "created", FILTER_TIME, CREATED },
	{ "last_seen", FILTER_TIME, LAST_SEEN },
	{ "certificate_not_after", FILTER_TIME, NOT_AFTER },
	{ "locations", FILTER_NUMBER, LOCATIONS },
	{ "scanned", FILTER_TIME, SCANNED },
	{ "complete", FILTER_BOOL, COMPLETE },
	{ "gaps", FILTER_NUMBER, GAPS },
	{ NULL, FILTER_TEXT, 0 },
};

/* 0 stands for a time that there is none of. */
static void offer_time(struct filter_offer *to, int64_t t)
{
	if (t > 0)
		filter_offer_number(to, t);
}

static void get(void *arg, int id, struct filter_offer *to)
{
	const struct store_agent_view *v = arg;

	switch (id) {
	case AGENT_ID:
		filter_offer_text(to, v->agent->id);
		break;
	case HOST:
		filter_offer_text(to, v->hostname);
		break;
	case REVOKED:
		filter_offer_number(to, v->agent->revoked);
		break;
	case CREATED:
		offer_time(to, v->created);
		break;
	case LAST_SEEN:
		offer_time(to, v->agent->last_seen);
		break;
	case NOT_AFTER:
		offer_time(to, v->certificate_until);
		break;
	case LOCATIONS:
		filter_offer_number(to, v->locations);
		break;
	case SCANNED:
		offer_time(to, v->coverage_finished);
		break;
	case COMPLETE:
		filter_offer_number(to, v->coverage_complete);
		break;
	case GAPS:
		filter_offer_number(to, v->gaps);
		break;
	}
}

bool agent_passes(const struct filter *f, const struct store_agent_view *v)
{
	return filter_passes(f, get, (void *)(uintptr_t)v);
}
