/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/deadline.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "collector-stub/http/server.h"
#include "lib/clock.h"

/* seconds that a connection idles which needs no certificate: a browser opens
 * another one when it wants */
#define STRANGER_IDLE 60
/* ms that a client surely has for its ClientHello, which it sends with the
 * connection */
#define SILENT_MS 500
/* and for the rest of its handshake, where others wait for its place */
#define SHAKING_MS 2000

static int slot = -1;
static pthread_once_t slot_once = PTHREAD_ONCE_INIT;

void deadline_cut(struct connection *c)
{
	evutil_socket_t fd = bufferevent_getfd(c->bev);

	if (fd >= 0)
		shutdown(fd, SHUT_RDWR);
}

void deadlines_init(struct deadlines *d)
{
	TAILQ_INIT(&d->request);
	TAILQ_INIT(&d->shaking);
	for (int i = 0; i < LISTENER_END; i++) {
		TAILQ_INIT(&d->idle[i]);
		TAILQ_INIT(&d->silent[i]);
	}
}

/* Into ${list}, which may be NULL, for ${seconds} from now. */
static void move(struct connection *c, struct deadline_list *list,
		 int64_t seconds)
{
	if (c->list)
		TAILQ_REMOVE(c->list, c, next);
	c->list = list;
	if (!list)
		return;
	c->until = clock_steady_ms() + seconds * 1000;
	TAILQ_INSERT_TAIL(list, c, next);
}

static bool is_shaking(const struct connection *c)
{
	return c->state == DEADLINE_SILENT || c->state == DEADLINE_SHAKING;
}

/* Is there something that we have not come to read? */
static bool is_unread(const struct connection *c)
{
	int n = 0;

	return ioctl(bufferevent_getfd(c->bev), FIONREAD, &n) == 0 && n > 0;
}

/* Out of all lists, and of the count of handshakes. */
static void leave(struct connection *c)
{
	move(c, NULL, 0);
	if (c->counted)
		atomic_fetch_sub(&c->server->shaking[c->listener], 1);
	c->counted = false;
}

static void look(struct deadline_list *list, int64_t now)
{
	struct connection *c = NULL;

	while ((c = TAILQ_FIRST(list)) && c->until <= now) {
		if (is_shaking(c) && is_unread(c)) {
			deadline_enter(c, c->state);
			continue;
		}
		leave(c);
		deadline_cut(c);
	}
}

void deadlines_look(struct deadlines *d)
{
	int64_t now = clock_steady_ms();

	look(&d->request, now);
	look(&d->shaking, now);
	for (int i = 0; i < LISTENER_END; i++) {
		look(&d->idle[i], now);
		look(&d->silent[i], now);
	}
}

bool deadlines_yield(struct deadlines *d, enum listener which)
{
	struct connection *c = TAILQ_FIRST(&d->silent[which]);
	int64_t least = SILENT_MS;

	if (!c) {
		c = TAILQ_FIRST(&d->shaking);
		least = SHAKING_MS;
	}
	if (!c || c->listener != which ||
	    clock_steady_ms() - c->since < least || is_unread(c))
		return false;
	leave(c);
	deadline_cut(c);
	return true;
}

/* A ServerHello answers a whole ClientHello. */
static void on_info(const SSL *ssl, int where, int value)
{
	struct connection *c = deadline_connection(ssl);

	(void)value;
	if (!c || !is_shaking(c))
		return;
	if (where & SSL_CB_HANDSHAKE_DONE) {
		leave(c);
		deadline_enter(c, DEADLINE_READING);
	} else if (c->state == DEADLINE_SILENT && (where & SSL_CB_LOOP) &&
		   SSL_get_state(ssl) == TLS_ST_SW_SRVR_HELLO) {
		deadline_enter(c, DEADLINE_SHAKING);
	}
}

static void receive(struct connection *c, size_t n)
{
	long long more = (long long)n;
	long long held = atomic_fetch_add(&c->server->held, more) + more;

	c->received += more;
	if (held > (long long)SERVER_HELD_MAX &&
	    c->received > (long long)SERVER_SMALL)
		deadline_cut(c);
}

static void forget(struct connection *c)
{
	atomic_fetch_sub(&c->server->held, c->received);
	c->received = 0;
}

/* With the SSL goes what we tied to it. */
static void on_ssl_free(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx,
			long argl, void *argp)
{
	struct connection *c = ptr;

	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	if (!c)
		return;
	leave(c);
	interest_end(&c->interest);
	forget(c);
	atomic_fetch_sub(&c->server->connections[c->listener], 1);
	free(c);
}

static void make_slot(void)
{
	slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_free);
}

static void on_input(struct evbuffer *b, const struct evbuffer_cb_info *info,
		     void *arg)
{
	struct connection *c = arg;

	(void)b;
	if (info->n_added == 0)
		return;
	receive(c, info->n_added);
	if (c->state == DEADLINE_IDLE)
		deadline_enter(c, DEADLINE_READING);
}

int deadline_start(struct server *srv, enum listener listener,
		   struct deadlines *all, SSL *ssl, struct bufferevent *bev)
{
	struct connection *c = calloc(1, sizeof(*c));

	pthread_once(&slot_once, make_slot);
	if (!c)
		return -ENOMEM;
	c->server = srv;
	c->listener = listener;
	c->bev = bev;
	c->deadlines = all;
	if (slot < 0 || SSL_set_ex_data(ssl, slot, c) != 1) {
		free(c);
		return -ENOMEM;
	}
	atomic_fetch_add(&srv->connections[listener], 1);
	atomic_fetch_add(&srv->shaking[listener], 1);
	c->counted = true;
	c->since = clock_steady_ms();
	SSL_set_info_callback(ssl, on_info);
	if (!evbuffer_add_cb(bufferevent_get_input(bev), on_input, c))
		return -ENOMEM;
	deadline_enter(c, DEADLINE_SILENT);
	return 0;
}

struct connection *deadline_connection(const SSL *ssl)
{
	return slot < 0 ? NULL : SSL_get_ex_data(ssl, slot);
}

static struct deadline_list *handshakes(struct connection *c)
{
	return c->state == DEADLINE_SILENT ?
		&c->deadlines->silent[c->listener] : &c->deadlines->shaking;
}

static time_t idle_time(const struct connection *c)
{
	int64_t idle = c->server->config->idle_timeout;

	return c->listener == LISTENER_ENROLL && idle > STRANGER_IDLE ?
		STRANGER_IDLE : idle;
}

void deadline_enter(struct connection *c, enum deadline_state state)
{
	if (state == DEADLINE_IDLE) {
		forget(c);
		interest_resume(&c->interest);
	}
	/* the next request may have come with the last */
	if (state == DEADLINE_IDLE &&
	    evbuffer_get_length(bufferevent_get_input(c->bev)) > 0)
		state = DEADLINE_READING;
	c->state = state;
	if (state == DEADLINE_WORKING) {
		interest_keep(&c->interest, c->bev);
		move(c, NULL, 0);
	} else if (state == DEADLINE_IDLE) {
		move(c, &c->deadlines->idle[c->listener], idle_time(c));
	} else if (is_shaking(c)) {
		move(c, handshakes(c), c->server->config->handshake_timeout);
	} else {
		move(c, &c->deadlines->request,
		     c->server->config->request_timeout);
	}
}
