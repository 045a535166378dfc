/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/interest.h"

#include <event2/event.h>

static void on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct interest *i = arg;

	(void)fd, (void)events;
	/* the first time may be for what evhttp has just read */
	if (!i->working || i->woken++ == 0)
		return;
	event_del(i->event);
	i->kept = false;
}

void interest_keep(struct interest *i, struct bufferevent *bev)
{
	i->working = true;
	i->woken = 0;
	if (i->event)
		return;
	i->event = event_new(bufferevent_get_base(bev),
			     bufferevent_getfd(bev), EV_READ | EV_PERSIST,
			     on_readable, i);
	i->kept = i->event && event_add(i->event, NULL) == 0;
}

void interest_resume(struct interest *i)
{
	i->working = false;
	if (i->event && !i->kept)
		i->kept = event_add(i->event, NULL) == 0;
}

void interest_end(struct interest *i)
{
	if (i->event)
		event_free(i->event);
}
