/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the database can be read and written, and what it tells. */
#include <errno.h>
#include <string.h>

#include "collector-stub/doctor/doctor.h"
#include "collector-stub/order/audit.h"
#include "lib/chain.h"
#include "lib/limits.h"

#define DAY 86400

struct tally {
	struct doctor *doctor;
	long long agents, silent, ahead;
};

static int count_agent(void *arg, const struct store_agent_view *v)
{
	struct tally *t = arg;
	int64_t seen = v->agent->last_seen;

	if (v->agent->revoked)
		return 0;
	t->agents++;
	t->silent += seen < t->doctor->now - DAY;
	t->ahead += seen > t->doctor->now + LIMIT_CLOCK_SKEW;
	return 0;
}

static void check_agents(struct doctor *d, struct store *s)
{
	struct tally t = { .doctor = d };

	if (s->driver->agent_list(s, count_agent, &t) < 0) {
		doctor_say(d, DOCTOR_FAIL, "restore a backup",
			   "agents cannot be listed: %s", s->error);
		return;
	}
	if (t.ahead > 0)
		doctor_say(d, DOCTOR_FAIL, "set the clock", "%lld agents were "
			   "seen in the future: the clock was set back",
			   t.ahead);
	if (t.silent > 0)
		doctor_say(d, DOCTOR_WARN, "look at certwalk status on these "
			   "hosts; those that are gone: certwalk-collector "
			   "agents revoke ID", "%lld of %lld agents were not "
			   "heard of for a day", t.silent, t.agents);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%lld agents, all heard of "
			   "within a day", t.agents);
}

static int count_key(void *arg, const struct store_key *k)
{
	*(long long *)arg += !k->removed;
	return 0;
}

static void check_keys(struct doctor *d, struct store *s)
{
	long long keys = 0, need = d->config->command_threshold;

	if (s->driver->key_list(s, count_key, &keys) == 0 && keys > 0 &&
	    keys < need)
		doctor_say(d, DOCTOR_WARN, "make more keys known (key add), "
			   "or lower threshold", "commands need %lld "
			   "signatures, but only %lld keys are active", need,
			   keys);
}

static void check_audit(struct doctor *d, struct store *s)
{
	struct chain end = { .number = 0 };
	int r = audit_verify(s, &end);

	if (r == -EBADMSG)
		doctor_say(d, DOCTOR_FAIL, "somebody has changed it: compare "
			   "with a backup", "the audit log is not whole after "
			   "entry %llu", (unsigned long long)end.number);
	else if (r < 0)
		doctor_say(d, DOCTOR_FAIL, "restore a backup",
			   "the audit log cannot be read: %s", s->error);
	else
		doctor_say(d, DOCTOR_OK, NULL, "the audit log is whole: %llu "
			   "entries", (unsigned long long)end.number);
}

static void check(struct doctor *d)
{
	struct store *s = NULL;
	char error[256] = "";
	int r = store_open(d->url, false, &s, error, sizeof(error));

	if (r < 0) {
		doctor_say(d, DOCTOR_FAIL, r == -ENOENT ?
			   "run certwalk-collector init, or restore a backup" :
			   r == -EPROTO ? "install the newer version again" :
			   "read the text; restore a backup where it is "
			   "damaged", "the database cannot be opened: %s",
			   *error ? error : strerror(-r));
		return;
	}
	r = s->driver->begin(s);
	if (r < 0)
		doctor_say(d, DOCTOR_FAIL, r == -EBUSY ?
			   "another program keeps it locked: fuser(1) tells "
			   "which" : "look at the disk and at permissions",
			   "the database takes no changes: %s", s->error);
	else
		doctor_say(d, DOCTOR_OK, NULL, "the database takes changes");
	s->driver->rollback(s);
	check_agents(d, s);
	check_keys(d, s);
	check_audit(d, s);
	store_close(s);
}

const struct doctor_check doctor_database = {
	.name = "database",
	.run = check,
};
