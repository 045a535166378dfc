/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/alerter.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector-stub/alert/channel.h"
#include "collector-stub/alert/deliver.h"
#include "collector-stub/alert/evaluate.h"
#include "collector-stub/alert/own_rules.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/ini_dir.h"
#include "lib/log.h"

#define RULES 500
#define BATCH 50			/* messages taken in one go */
#define FIRST_RETRY 30			/* seconds */
#define LAST_RETRY 3600
#define GIVE_UP (INT64_C(3) * 86400)
#define ROUND 60			/* seconds of delivery, then rules */
#define LEASE 15			/* seconds, at least */
#define TRIM 3600			/* seconds between two looks for what
					 * is too old */
#define TROUBLES_MAX ((size_t)64 << 10)

struct alerter {
	const struct collector_config *config;
	struct store *store;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	atomic_bool stop;
	char owner[UUID_TEXT];		/* of the lease: this process */
	int64_t trimmed;		/* when */
	struct own_rules own;
	/* what was wrong in the last round: it is logged once */
	struct buf troubles, before;
};

struct due {
	struct store_message row;
	char id[UUID_TEXT];
	char channel[CHANNEL_NAME];
	char rule[RULE_NAME];
	Alert__Message *message;
	bool refused;
};

static void trouble(void *arg, const char *text)
{
	struct alerter *a = arg;

	buf_addf(&a->troubles, "%s\n", text);
	if (a->before.len == 0 ||
	    !memmem(a->before.data, a->before.len, text, strlen(text)))
		log_error("%s", text);
}

/* One collector of those on one database looks and sends; another takes over
 * when it is gone for three rounds.  Where one delivery lasts longer than that,
 * its receiver may get it from both. */
static bool take_lease(struct alerter *a, int64_t now, int64_t ends)
{
	const struct store_driver *d = a->store->driver;
	bool mine = false;
	int r = d->begin(a->store);

	if (r == 0)
		r = d->lease_take(a->store, "alerts", a->owner, now, ends,
				  &mine);
	if (r < 0 || d->commit(a->store) < 0) {
		d->rollback(a->store);
		return false;
	}
	return mine;
}

static bool is_mine(struct alerter *a, int64_t now)
{
	const int64_t rounds = 3 * a->config->alerts_interval;

	return take_lease(a, now, now + (rounds > LEASE ? rounds : LEASE));
}

/* ------------------------------------------------------------ the rules */

struct rules {
	struct alerter *alerter;
	struct outbox outbox;
	/* those that it has; then those that it leaves alone */
	const char *names[2 * RULES + 1];
	size_t n, n_kept;
	bool closes;		/* one that it had is known, and gone */
};

static int keep_name(struct rules *l, const char *name, size_t max)
{
	if (l->n_kept == max)
		return -ENOBUFS;
	l->names[l->n_kept] = strdup(name);
	return l->names[l->n_kept++] ? 0 : -ENOMEM;
}

static int take_name(void *arg, const char *name)
{
	struct rules *l = arg;
	int r = keep_name(l, name, RULES);

	l->n = l->n_kept;
	return r;
}

static bool has_rule(const struct rules *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->names[i], name) == 0)
			return true;
	return false;
}

static int take_known(void *arg, const char *name)
{
	struct rules *l = arg;
	char line[RULE_NAME + 200];

	if (has_rule(l, name))
		return 0;
	if (own_rules_have(&l->alerter->own, name)) {
		l->closes = true;
		return 0;
	}
	snprintf(line, sizeof(line), "alert %s: left as it is: this collector "
		 "never had that rule, but one on the same database did; all "
		 "need the same", name);
	trouble(l->alerter, line);
	return keep_name(l, name, 2 * RULES);
}

/* One that cannot be read now may be one that does. */
static bool keeps_incidents(void *arg, const char *name)
{
	struct alerter *a = arg;
	struct channel c;
	bool keeps = true;
	int r = channel_load(a->config->channels_dir, name, &c, trouble, a);

	if (r < 0)
		return r != -ENOENT;
	keeps = channel_keeps_incidents(&c);
	channel_free(&c);
	return keeps;
}

static void look_at(struct rules *l, const char *name)
{
	struct alerter *a = l->alerter;
	char why[EVALUATE_WHY] = "", line[EVALUATE_WHY + RULE_NAME + 16];
	struct rule u;

	if (rule_load(a->config->alerts_dir, name, &u, trouble, a) < 0)
		return;
	evaluate(&l->outbox, &u, why);
	snprintf(line, sizeof(line), "alert %s: %s", name, why);
	if (*why)
		trouble(a, line);
	rule_free(&u);
}

static void note_rules(const struct rules *l)
{
	struct alerter *a = l->alerter;
	char line[sizeof(a->own.path) + 100];
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = own_rules_add(&a->own, l->names[i]);
	if (r == 0)
		r = own_rules_keep(&a->own);
	snprintf(line, sizeof(line), "%s: %s", a->own.path,
		 r < 0 ? strerror(-r) : "");
	if (r < 0)
		trouble(a, line);
}

/* What was closed a round ago may be another's from now on. */
static void forget_rules(const struct rules *l)
{
	struct own_rules *own = &l->alerter->own;

	if (l->closes)
		return;
	for (size_t i = own->n; i-- > 0;)
		if (!has_rule(l, own->names[i]))
			own_rules_remove(own, own->names[i]);
}

/* Closes what rules that are gone had, forgets what has been over for long. */
static void tidy(struct rules *l)
{
	struct alerter *a = l->alerter;
	const struct store_driver *d = a->store->driver;
	const int64_t now = l->outbox.now, kept = a->config->retention;
	const bool trims = kept > 0 && a->trimmed + TRIM <= now;
	char line[512];
	int r = d->begin(a->store);

	if (r == 0)
		r = d->alerts->rule_list(a->store, take_known, l);
	if (r == 0)
		r = outbox_close_gone(&l->outbox, l->names);
	if (r == 0)
		r = d->alerts->close(a->store, l->names, now);
	if (r == 0 && trims)
		r = d->alerts->trim(a->store, now - kept);
	if (r == 0)
		r = d->commit(a->store);
	if (r < 0) {
		snprintf(line, sizeof(line), "alerts: what is over was not "
			 "closed: %s", *a->store->error ? a->store->error :
			 strerror(-r));
		d->rollback(a->store);
		trouble(a, line);
		return;
	}
	forget_rules(l);
	if (trims)
		a->trimmed = now;
}

/* True where it is for this collector to look and to deliver. */
static bool look_at_rules(struct alerter *a, int64_t now)
{
	bool mine = false;
	struct rules l = { .alerter = a,
		.outbox = { .store = a->store, .now = now,
			    .web = a->config->web_url,
			    .keeps = keeps_incidents, .arg = a } };
	int r = ini_dir_list(a->config->alerts_dir, take_name, &l);
	char line[4200];

	if (r < 0) {
		snprintf(line, sizeof(line), "%s: %s", a->config->alerts_dir,
			 r == -ENOBUFS ? "too many rules" : strerror(-r));
		trouble(a, line);
	}
	note_rules(&l);
	mine = is_mine(a, now);
	for (size_t i = 0; mine && i < l.n && !atomic_load(&a->stop); i++)
		look_at(&l, l.names[i]);
	if (mine && r == 0)
		tidy(&l);
	for (size_t i = 0; i < l.n_kept; i++)
		free((char *)(uintptr_t)l.names[i]);
	return mine;
}

/* ------------------------------------------------------------ delivery */

struct dues {
	struct due *list;
	size_t n;
};

static int take_due(void *arg, const struct store_message *m)
{
	struct dues *l = arg;
	struct due *d = &l->list[l->n++];

	d->row = *m;
	snprintf(d->id, sizeof(d->id), "%s", m->id);
	snprintf(d->channel, sizeof(d->channel), "%s", m->channel);
	snprintf(d->rule, sizeof(d->rule), "%s", m->rule);
	d->row.id = d->id;
	d->row.channel = d->channel;
	d->row.rule = d->rule;
	d->row.bytes = NULL;
	d->message = alert__message__unpack(NULL, m->len, m->bytes);
	return 0;
}

static int64_t retry(int64_t attempts)
{
	int64_t delay = FIRST_RETRY;

	while (--attempts > 0 && delay < LAST_RETRY)
		delay *= 2;
	return delay < LAST_RETRY ? delay : LAST_RETRY;
}

static int send_one(struct alerter *a, const struct due *d, char *why)
{
	struct channel c;
	int r = channel_load(a->config->channels_dir, d->channel, &c, trouble,
			     a);

	if (r < 0) {
		snprintf(why, DELIVER_WHY, "no such channel, or a faulty one");
		return r;
	}
	r = d->message ? deliver(&c, d->message, d->id, &a->stop, why)
		       : -EBADMSG;
	channel_free(&c);
	return r;
}

static int keep(struct alerter *a, const struct due *d)
{
	const struct store_driver *s = a->store->driver;
	int r = s->begin(a->store);

	if (r == 0)
		r = s->alerts->message_put(a->store, &d->row);
	if (r == 0)
		r = s->commit(a->store);
	if (r < 0)
		s->rollback(a->store);
	return r;
}

static int settle(struct alerter *a, struct due *d, int r, const char *why)
{
	int64_t now = clock_now();
	char line[DELIVER_WHY + 200];

	d->row.attempts++;
	d->row.error = why;
	d->row.failed = r < 0 && (d->row.created + GIVE_UP <= now ||
				  !d->message);
	if (r == 0 || d->row.failed)
		d->row.done = now;
	else
		d->row.next = now + retry(d->row.attempts);
	snprintf(line, sizeof(line), "alert %s to channel %s: %s%s", d->rule,
		 d->channel, why, d->row.failed ? "; given up" : "");
	if (r < 0)
		trouble(a, line);
	d->refused = r < 0;
	return keep(a, d);
}

/* 0, or what keeps the store from taking it down. */
static int attempt(struct alerter *a, struct due *d)
{
	char why[DELIVER_WHY] = "";
	int r = send_one(a, d, why);

	if (r < 0 && atomic_load(&a->stop))
		return -ECANCELED;
	return settle(a, d, r, why);
}

/* A channel that does not take one message is not waited for again. */
static bool has_failed(const struct dues *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (l->list[k].refused &&
		    strcmp(l->list[k].channel, l->list[i].channel) == 0)
			return true;
	return false;
}

static int put_off(struct alerter *a, struct due *d)
{
	d->row.next = clock_now() + FIRST_RETRY;
	d->row.error = "";
	return keep(a, d);
}

/* True where there may be more. */
static bool deliver_some(struct alerter *a)
{
	struct dues l = { .list = calloc(BATCH, sizeof(*l.list)) };
	int r = 0;

	if (!l.list)
		return false;
	r = a->store->driver->alerts->message_due(a->store, clock_now(), BATCH,
						  take_due, &l);
	for (size_t i = 0; r == 0 && i < l.n; i++) {
		if (atomic_load(&a->stop) || !is_mine(a, clock_now()))
			r = -ECANCELED;
		else if (!has_failed(&l, i))
			r = attempt(a, &l.list[i]);
		else
			r = put_off(a, &l.list[i]);
	}
	for (size_t i = 0; i < l.n; i++)
		if (l.list[i].message)
			alert__message__free_unpacked(l.list[i].message, NULL);
	free(l.list);
	return r == 0 && l.n == BATCH;
}

/* ------------------------------------------------------------ the thread */

static void go_round(struct alerter *a, int64_t now)
{
	struct buf swap = a->before;

	a->before = a->troubles;
	a->troubles = swap;
	buf_reset(&a->troubles);
	/* a collector without rules leaves alerts to those that have them */
	if (access(a->config->alerts_dir, F_OK) < 0 || !look_at_rules(a, now))
		return;
	while (deliver_some(a) && clock_now() < now + ROUND)
		;
}

static void *run(void *arg)
{
	struct alerter *a = arg;
	struct timespec until;

	while (!atomic_load(&a->stop)) {
		go_round(a, clock_now());
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += a->config->alerts_interval;
		pthread_mutex_lock(&a->mutex);
		while (!atomic_load(&a->stop) &&
		       pthread_cond_timedwait(&a->wake, &a->mutex, &until) == 0)
			;
		pthread_mutex_unlock(&a->mutex);
	}
	return NULL;
}

static void destroy(struct alerter *a)
{
	pthread_mutex_destroy(&a->mutex);
	pthread_cond_destroy(&a->wake);
	buf_free(&a->troubles);
	buf_free(&a->before);
	store_close(a->store);
	free(a);
}

int alerter_start(const struct collector_config *c, struct store *s,
		  struct alerter **ret)
{
	struct alerter *a = calloc(1, sizeof(*a));
	pthread_condattr_t attr;
	int e = 0;

	if (!a) {
		store_close(s);
		return -ENOMEM;
	}
	a->config = c;
	a->store = s;
	e = own_rules_load(&a->own, c->state_dir);
	if (e < 0)
		log_error("%s: %s", a->own.path, strerror(-e));
	e = -uuid_make(a->owner);
	buf_init(&a->troubles, TROUBLES_MAX);
	buf_init(&a->before, TROUBLES_MAX);
	pthread_mutex_init(&a->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (e == 0)
		e = pthread_create(&a->thread, NULL, run, a);
	if (e) {
		destroy(a);
		return -e;
	}
	*ret = a;
	return 0;
}

void alerter_stop(struct alerter *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->mutex);
	atomic_store(&a->stop, true);
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->mutex);
	pthread_join(a->thread, NULL);
	/* another need not wait */
	take_lease(a, clock_now(), clock_now());
	destroy(a);
}
