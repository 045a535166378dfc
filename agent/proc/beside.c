/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/beside.h"

#include <errno.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"

#define PATIENCE_MS 400	/* a scan may end in that time */

void beside_init(struct beside *b, struct watching *watching)
{
	*b = (struct beside){.watching = watching};
	buf_init(&b->names, INDEX_ANEW);
	buf_init(&b->told, INDEX_ANEW);
}

static void drop(struct beside *b)
{
	scan_free(b->scan);
	b->scan = NULL;
	path_list_free(&b->changed);
	snapshot_feed_free(&b->feed);
}

void beside_scan_began(struct beside *b)
{
	b->scan_began = clock_steady_ms();
	drop(b);
	buf_free(&b->names);
	buf_free(&b->told);
}

int64_t beside_due(const struct beside *b)
{
	int64_t due = b->scan_began + PATIENCE_MS;

	if (b->scan || b->watching->names.len == 0)
		return INT64_MAX;
	return due < b->from ? b->from : due;
}

/* As after an update that could not be made. */
static void give_up(struct beside *b)
{
	b->watching->scan_wanted = true;
	buf_free(&b->names);
}

/* All else is as the collector knows it, until the scan ends. */
static int take_location(void *arg, const Cw__Location *l,
			 const Ipc__Finding *f)
{
	struct beside *b = arg;

	if (l->place_case != CW__LOCATION__PLACE_FILE ||
	    !path_list_covers(&b->changed, (char *)l->file->path.data,
			      l->file->path.len))
		return 0;
	watching_known(b->watching, &l->file->path);
	return snapshot_feed_location(&b->feed, l, f);
}

/* The paths without what comes before each. */
static int begin_feed(struct beside *b, int sock)
{
	const char *at = (char *)b->names.data, *end = at + b->names.len;
	struct buf paths;
	int r = path_list_copy(&b->changed, at, b->names.len, 1);

	buf_init(&paths, INDEX_ANEW);
	for (; r == 0 && at < end; at += strlen(at) + 1)
		r = buf_add(&paths, at + 1, strlen(at));
	if (r == 0)
		snapshot_feed_begin_patch(&b->feed, sock, paths.data,
					  paths.len);
	buf_free(&paths);
	return r;
}

void beside_start(struct beside *b, const struct agent_config *config,
		  struct index *index, int sock)
{
	struct buf *names = &b->watching->names;
	int r = -ENOBUFS;

	b->config = *config;
	b->config.idle_priority = false;
	b->config.mount_namespaces = false;
	b->config.ports = false;
	/* half as much again while it runs, at most */
	b->config.cpu_limit = (config->cpu_limit + 1) / 2;
	b->sink = (struct scan_sink){.location = take_location, .arg = b};
	b->began = clock_steady_ms();
	/* an update has to look at all of them once more */
	if (b->told.len + names->len <= INDEX_ANEW)
		r = buf_add(&b->names, names->data, names->len);
	buf_free(names);
	if (r == 0)
		r = begin_feed(b, sock);
	if (r == 0)
		r = scan_start_aside(&b->config, &b->sink, index,
				     b->names.data, b->names.len, &b->scan);
	if (r == 0)
		return;
	drop(b);
	give_up(b);
	if (r != -EAGAIN && r != -ENOBUFS)
		log_error("changes wait for another scan: %s", strerror(-r));
}

static void ended(struct beside *b, int result)
{
	const Cw__Coverage *c = scan_coverage(b->scan);
	int64_t now = clock_steady_ms();

	if (result > 0 && c->complete && !scan_is_unfit(b->scan) &&
	    snapshot_feed_commit(&b->feed, c) == 0) {
		log_info("looked at what changed, beside the scan, in %lld ms",
			 (long long)(now - b->began));
		buf_add(&b->told, b->names.data, b->names.len);
		buf_free(&b->names);
	} else {
		give_up(b);
	}
	b->from = now + (now - b->began);
	drop(b);
}

void beside_step(struct beside *b)
{
	int r = b->scan ? scan_step(b->scan) : 0;

	if (r != 0)
		ended(b, r);
}

void beside_scan_ended(struct beside *b, struct index *index)
{
	struct watching *w = b->watching;

	if (b->told.len > 0 && index->stands &&
	    buf_add(&index->behind, b->told.data, b->told.len) < 0)
		index_drop(index);
	buf_free(&b->told);
	drop(b);
	if (b->names.len > 0 &&
	    buf_add(&w->names, b->names.data, b->names.len) < 0)
		give_up(b);
	buf_free(&b->names);
}

void beside_end(struct beside *b)
{
	drop(b);
	buf_free(&b->names);
	buf_free(&b->told);
}
