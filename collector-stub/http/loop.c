/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include "collector-stub/http/deadline.h"
#include "collector-stub/http/route.h"
#include "collector-stub/http/send.h"
#include "lib/clock.h"

/* bytes of a request's line and headers */
#define MAX_HEADERS 16384
#define BACKLOG 1024
/* how often deadlines are looked at and listeners that were full, and an end is
 * tried */
#define TICK_MS 200
/* how long an end waits for requests under way */
#define END_MS 10000

struct loop;

/* One listener of one loop. */
struct door {
	struct loop *loop;
	enum listener which;
	struct evhttp *http;
	struct evconnlistener *accept;
};

struct loop {
	struct server *server;
	pthread_t thread;
	struct event_base *base;
	int wake_fd;			/* an eventfd: ${done} is not empty */
	struct event *wake;
	struct event *tick;
	struct door door[LISTENER_END];
	struct deadlines deadlines;
	size_t working;			/* exchanges not yet answered */
	int64_t end_at;			/* 0: not ending */
	int quiet;			/* ticks of the end without work */

	pthread_mutex_t lock;
	struct exchange *done;		/* under lock: finished ones */
	struct exchange **done_tail;
	bool stop;			/* under lock */
};

static void count_reply(struct server_counts *c, int status)
{
	if (status >= 100 && status < 600)
		atomic_fetch_add_explicit(&c->replies[status / 100], 1,
					  memory_order_relaxed);
	if (status == 429 || status == 503)
		atomic_fetch_add_explicit(&c->waits, 1, memory_order_relaxed);
}

void exchange_finish(struct exchange *x)
{
	struct loop *l = x->loop;
	bool first = false;

	if (!x->begun)
		count_reply(&x->server->counts, x->reply.status);
	pthread_mutex_lock(&l->lock);
	first = !l->done;
	x->next = NULL;
	*l->done_tail = x;
	l->done_tail = &x->next;
	pthread_mutex_unlock(&l->lock);
	if (first)
		eventfd_write(l->wake_fd, 1);
}

static void on_wake(evutil_socket_t fd, short events, void *arg)
{
	struct loop *l = arg;
	struct exchange *x = NULL;
	eventfd_t n = 0;

	(void)events;
	eventfd_read(fd, &n);
	pthread_mutex_lock(&l->lock);
	x = l->done;
	l->done = NULL;
	l->done_tail = &l->done;
	pthread_mutex_unlock(&l->lock);
	while (x) {
		struct exchange *next = x->next;

		if (send_reply(x, l->end_at > 0)) {
			l->working--;
			send_free(x);
		}
		x = next;
	}
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct door *d = arg;
	struct exchange *x = calloc(1, sizeof(*x));

	if (!x) {
		evhttp_send_error(req, 503, NULL);
		return;
	}
	x->server = d->loop->server;
	x->loop = d->loop;
	x->request = req;
	reply_init(&x->reply);
	d->loop->working++;
	route_request(x, d->which);
}

/* Who needs no certificate gets half of all connections at most, and who has
 * not yet finished its handshake a quarter at each port, so that agents find
 * room.  Silent ones make way for those that come. */
static bool find_room(struct door *d)
{
	struct server *srv = d->loop->server;
	long long agents = atomic_load(&srv->connections[LISTENER_AGENTS]);
	long long others = atomic_load(&srv->connections[LISTENER_ENROLL]);
	long long shaking = atomic_load(&srv->shaking[d->which]);

	if (shaking >= (srv->max_connections + 3) / 4 &&
	    !deadlines_yield(&d->loop->deadlines, d->which))
		return false;
	return agents + others < srv->max_connections &&
		(d->which == LISTENER_AGENTS ||
		 others < (srv->max_connections + 1) / 2);
}

static void set_doors(struct loop *l, bool open)
{
	for (int i = 0; i < LISTENER_END; i++) {
		if (open && find_room(&l->door[i]))
			evconnlistener_enable(l->door[i].accept);
		else
			evconnlistener_disable(l->door[i].accept);
	}
}

/* NULL makes evhttp speak plain HTTP, which route_request() refuses. */
static struct bufferevent *on_accept(struct event_base *base, void *arg)
{
	struct door *d = arg;
	struct server *srv = d->loop->server;
	SSL *ssl = tls_new(&srv->tls, d->which == LISTENER_AGENTS);
	struct bufferevent *bev = ssl ? bufferevent_openssl_socket_new(base, -1,
		ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE) : NULL;

	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	if (deadline_start(srv, d->which, &d->loop->deadlines, ssl, bev) < 0) {
		bufferevent_free(bev);
		return NULL;
	}
	/* further ones wait in the kernel until there is room */
	if (!find_room(d))
		evconnlistener_disable(d->accept);
	return bev;
}

static void begin_end(struct loop *l)
{
	l->end_at = clock_steady_ms() + END_MS;
	set_doors(l, false);
}

static void on_tick(evutil_socket_t none, short events, void *arg)
{
	struct loop *l = arg;
	bool stop = false;

	(void)none, (void)events;
	pthread_mutex_lock(&l->lock);
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	deadlines_look(&l->deadlines);
	if (stop && l->end_at == 0)
		begin_end(l);
	if (l->end_at > 0) {
		/* one more tick for the last replies to go out */
		l->quiet = l->working == 0 ? l->quiet + 1 : 0;
		if (l->quiet > 1 || clock_steady_ms() > l->end_at)
			event_base_loopexit(l->base, NULL);
	} else {
		set_doors(l, true);
	}
}

static int open_door(struct loop *l, enum listener which)
{
	struct door *d = &l->door[which];
	const struct collector_config *c = l->server->config;
	int fd = fcntl(l->server->socket[which], F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	d->loop = l;
	d->which = which;
	d->http = evhttp_new(l->base);
	d->accept = evconnlistener_new(l->base, NULL, NULL,
		LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (!d->accept)
		close(fd);
	if (!d->http || !d->accept || !evhttp_bind_listener(d->http, d->accept))
		return -ENOMEM;
	evhttp_set_bevcb(d->http, on_accept, d);
	evhttp_set_gencb(d->http, on_request, d);
	evhttp_set_default_content_type(d->http, NULL);
	evhttp_set_max_headers_size(d->http, MAX_HEADERS);
	evhttp_set_max_body_size(d->http, (ev_ssize_t)route_max_body(which,
						(size_t)c->max_body));
	/* lets a client that sends too much see why it is refused */
	evhttp_set_flags(d->http, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_allowed_methods(d->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST |
		EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
		EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT |
		EVHTTP_REQ_PATCH);
	return 0;
}

void loop_free(struct loop *l)
{
	/* first, since a connection tells its exchange that it goes */
	for (int i = 0; i < LISTENER_END; i++)
		if (l->door[i].http)
			evhttp_free(l->door[i].http);
	for (struct exchange *x = l->done, *next; x; x = next) {
		next = x->next;
		send_free(x);
	}
	if (l->wake)
		event_free(l->wake);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	if (l->tick)
		event_free(l->tick);
	if (l->base)
		event_base_free(l->base);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void *loop_main(void *arg)
{
	struct loop *l = arg;
	int r = 0;

	/* what one round has read is one group to be written */
	while (r == 0 && !event_base_got_exit(l->base)) {
		r = event_base_loop(l->base, EVLOOP_ONCE);
		writer_kick(l->server->writer);
	}
	return NULL;
}

/* Changes of what is waited for go to the kernel together, before the wait.
 * Other threads use nothing of it, so that it needs no locks. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config && event_config_set_flag(config,
			EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST |
			EVENT_BASE_FLAG_NOLOCK) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

static int prepare(struct loop *l)
{
	struct timeval tick = { .tv_usec = TICK_MS * 1000 };
	int r = 0;

	l->base = new_base();
	if (!l->base)
		return -ENOMEM;
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake_fd < 0)
		return -errno;
	l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake,
			    l);
	l->tick = event_new(l->base, -1, EV_PERSIST, on_tick, l);
	if (!l->wake || !l->tick || event_add(l->wake, NULL) < 0 ||
	    event_add(l->tick, &tick) < 0)
		return -ENOMEM;
	for (int i = 0; r == 0 && i < LISTENER_END; i++)
		r = open_door(l, (enum listener)i);
	return r;
}

int loop_start(struct server *srv, struct loop **ret)
{
	struct loop *l = calloc(1, sizeof(*l));
	sigset_t all, old;
	int r = 0;

	if (!l)
		return -ENOMEM;
	l->server = srv;
	l->wake_fd = -1;
	deadlines_init(&l->deadlines);
	l->done_tail = &l->done;
	pthread_mutex_init(&l->lock, NULL);
	r = prepare(l);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (r == 0)
		r = -pthread_create(&l->thread, NULL, loop_main, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0)
		loop_free(l);
	else
		*ret = l;
	return r;
}

void loop_stop(struct loop *l)
{
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_mutex_unlock(&l->lock);
}

void loop_join(struct loop *l)
{
	pthread_join(l->thread, NULL);
}
