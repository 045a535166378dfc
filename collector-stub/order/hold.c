/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/hold.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uthash.h>

#include "collector-stub/http/exchange.h"
#include "collector-stub/http/server.h"
#include "collector-stub/http/ticket.h"
#include "collector-stub/order/order.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/log.h"

/* how often the database is looked at */
#define LOOK_MS 250
/* and for new keys of tickets */
#define TICKETS_MS 20000
/* bytes for the commands of one reply */
#define REPLY_MEMORY MIB(4)

/* an agent that has commands */
struct wanted {
	char id[STORE_AGENT_ID];
	UT_hash_handle hh;
};

struct hold {
	struct store *store;
	struct tickets *tickets;
	int64_t tickets_at;	/* steady ms: when they are looked at next */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct exchange *held;	/* by agent: one each */
	struct wanted *wanted;
	bool stop;
	bool failing;
};

/* ------------------------------------------------------------- delivery */

/* Adds the commands to a reply that was made without. */
static int add_commands(struct exchange *x, struct store *s)
{
	Cw__SyncReply *m = cw__sync_reply__unpack(NULL, x->reply.body.len,
						  x->reply.body.data);
	Cw__SignedCommand **list = NULL, **before = NULL;
	struct arena a;
	size_t n = 0, n_before = 0;
	int r;

	if (!m)
		return 0;
	/* what an earlier try has put there, which was rolled back */
	before = m->commands;
	n_before = m->n_commands;
	arena_init(&a, REPLY_MEMORY);
	r = order_take(s, x->identity.agent_id, clock_now(), &a, &list, &n);
	if (r == 0 && n > 0) {
		m->commands = list;
		m->n_commands = n;
		reply_message(&x->reply, &m->base);
		m->commands = before;
		m->n_commands = n_before;
	}
	cw__sync_reply__free_unpacked(m, NULL);
	arena_free(&a);
	return r;
}

static void let_go(struct exchange *x, bool commands)
{
	x->hold = 0;
	x->run = add_commands;
	if (commands && writer_submit(x->server->writer, x) == 0)
		writer_kick(x->server->writer);
	else
		exchange_finish(x);
}

static bool is_wanted(const struct hold *h, const char *id)
{
	struct wanted *w = NULL;

	HASH_FIND_STR(h->wanted, id, w);
	return w != NULL;
}

/* Those whose time is over, or who have commands. */
static void look_at_held(struct hold *h)
{
	struct exchange *x = NULL, *next = NULL;
	int64_t now = clock_steady_ms();

	HASH_ITER(hh, h->held, x, next) {
		bool commands = is_wanted(h, x->identity.agent_id);

		if (!commands && now < x->hold_until && !h->stop)
			continue;
		HASH_DEL(h->held, x);
		x->next = NULL;
		let_go(x, commands && !h->stop);
	}
}

/* ------------------------------------------------------------- database */

static int add_wanted(void *arg, const char *id)
{
	struct wanted **all = arg, *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	strncpy(w->id, id, sizeof(w->id) - 1);
	HASH_ADD_STR(*all, id, w);
	return 0;
}

static void free_wanted(struct wanted *all)
{
	struct wanted *w = NULL, *next = NULL;

	HASH_ITER(hh, all, w, next) {
		HASH_DEL(all, w);
		free(w);
	}
}

/* In the thread, without the lock: the database may be slow. */
static void look_at_store(struct hold *h)
{
	struct wanted *fresh = NULL, *old = NULL;
	int r = h->store->driver->command_agents(h->store, clock_now(),
						 add_wanted, &fresh);

	if (r < 0 && !h->failing)
		log_error("database: %s; commands wait", h->store->error);
	h->failing = r < 0;
	if (r < 0) {
		free_wanted(fresh);
		return;
	}
	pthread_mutex_lock(&h->lock);
	old = h->wanted;
	h->wanted = fresh;
	pthread_mutex_unlock(&h->lock);
	free_wanted(old);
}

/* Also without the lock. */
static void look_at_tickets(struct hold *h)
{
	if (!h->tickets || clock_steady_ms() < h->tickets_at)
		return;
	h->tickets_at = clock_steady_ms() + TICKETS_MS;
	/* what is wrong with the database look_at_store() tells */
	if (tickets_refresh(h->tickets, h->store, clock_now()) < 0)
		log_debug("keys of TLS tickets: %s", h->store->error);
}

static void *hold_main(void *arg)
{
	struct hold *h = arg;
	bool stop = false;

	while (!stop) {
		struct timespec until;

		look_at_store(h);
		look_at_tickets(h);
		pthread_mutex_lock(&h->lock);
		look_at_held(h);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		if (!h->stop)
			pthread_cond_timedwait(&h->wake, &h->lock, &until);
		stop = h->stop;
		pthread_mutex_unlock(&h->lock);
	}
	return NULL;
}

int hold_start(struct store *s, struct tickets *t, struct hold **ret)
{
	struct hold *h = calloc(1, sizeof(*h));
	pthread_condattr_t attr;
	sigset_t all, old;
	int r = 0;

	if (!h) {
		store_close(s);
		return -ENOMEM;
	}
	h->store = s;
	h->tickets = t;
	h->tickets_at = clock_steady_ms() + TICKETS_MS;
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->wake, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&h->thread, NULL, hold_main, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0) {
		store_close(s);
		free(h);
	} else {
		*ret = h;
	}
	return r;
}

void hold_stop(struct hold *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	look_at_held(h);
	free_wanted(h->wanted);
	h->wanted = NULL;
	store_close(h->store);
	h->store = NULL;
}

void hold_free(struct hold *h)
{
	free(h);
}

bool hold_has_commands(struct hold *h, const char *agent_id)
{
	bool has;

	if (!h)
		return false;
	pthread_mutex_lock(&h->lock);
	has = is_wanted(h, agent_id);
	pthread_mutex_unlock(&h->lock);
	return has;
}

/* An agent that asks again has left its older request: nobody notices when a
 * connection is closed whose reply is held. */
static void hold_one(struct hold *h, struct exchange *x)
{
	struct exchange *old = NULL;

	HASH_FIND_STR(h->held, x->identity.agent_id, old);
	if (old)
		HASH_DEL(h->held, old);
	HASH_ADD_KEYPTR(hh, h->held, x->identity.agent_id,
			strlen(x->identity.agent_id), x);
	if (old)
		let_go(old, false);
}

void hold_add(struct hold *h, struct exchange *x)
{
	bool stop = true;

	x->hold_until = clock_steady_ms() + x->hold * 1000;
	if (h) {
		pthread_mutex_lock(&h->lock);
		stop = h->stop;
		if (!stop)
			hold_one(h, x);
		pthread_mutex_unlock(&h->lock);
	}
	if (stop)
		exchange_finish(x);
}
