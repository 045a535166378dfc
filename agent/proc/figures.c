/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/figures.h"

#include <inttypes.h>
#include <string.h>

#include "agent/output/output.h"
#include "agent/proc/ipc.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/inventory_json.h"
#include "lib/log.h"

#define TEXT KIB(32)
#define RESTART_MS 60000

static void start(struct figures *f)
{
	int r = child_start(&f->child, &role_metrics, f->config);

	f->start = 0;
	if (r == 0)
		return;
	log_error("cannot start metrics: %s", strerror(-r));
	f->start = clock_steady_ms() + RESTART_MS;
}

static void one(struct buf *b, const char *name, const char *type,
		const char *help, int64_t value)
{
	buf_addf(b, "# HELP certwalk_agent_%s %s\n# TYPE certwalk_agent_%s %s\n"
		 "certwalk_agent_%s %" PRId64 "\n", name, help, name, type,
		 name, value);
}

/* All of it: the role shows the last one. */
static void tell(struct figures *f)
{
	struct buf b;

	if (f->child.sock < 0)
		return;
	buf_init(&b, 2 * TEXT + KIB(4));
	buf_adds(&b, "# HELP certwalk_agent_info The version.\n"
		 "# TYPE certwalk_agent_info gauge\n"
		 "certwalk_agent_info{version=\"" CW_VERSION "\"} 1\n");
	one(&b, "scans_failed_total", "counter", "Scans since the agent's "
	    "start that did not come to their end.", (int64_t)f->failed);
	buf_add(&b, f->scan.data, f->scan.len);
	buf_add(&b, f->sync.data, f->sync.len);
	if (!b.failed)
		frame_send(f->child.sock, IPC_METRICS_TEXT, b.data, b.len, -1);
	buf_free(&b);
}

void figures_begin(struct figures *f, const struct agent_config *config)
{
	*f = (struct figures){.config = config, .child = {.sock = -1}};
	buf_init(&f->scan, TEXT);
	buf_init(&f->sync, TEXT);
	if (!*config->metrics)
		return;
	start(f);
	tell(f);
}

void figures_end(struct figures *f)
{
	child_end(&f->child, 2);
	buf_free(&f->scan);
	buf_free(&f->sync);
	*f = (struct figures){.child = {.sock = -1}};
}

static bool is_on(const struct figures *f)
{
	return f->config && *f->config->metrics;
}

/* ----------------------------------------------------------------- scan */

void figures_scan(struct figures *f)
{
	f->counting = (struct figures_count){.soonest = 0};
	f->began = clock_now();
}

void figures_location(struct figures *f, const Cw__Location *l,
		      const Ipc__Finding *finding)
{
	const Cw__Facts *facts = l->facts ? l->facts :
				 finding ? finding->facts : NULL;
	struct figures_count *c = &f->counting;

	if (!is_on(f))
		return;
	if ((unsigned int)l->kind < FIGURES_KINDS)
		c->kinds[l->kind]++;
	if (l->kind != CW__KIND__KIND_CERTIFICATE || !facts ||
	    !facts->has_validity || facts->is_ca)
		return;
	if (facts->not_after <= f->began)
		c->ended++;
	else if (c->soonest == 0 || facts->not_after < c->soonest)
		c->soonest = facts->not_after;
}

static void add_kinds(struct buf *b, const struct figures_count *c)
{
	buf_adds(b, "# HELP certwalk_agent_locations Places that something was "
		 "found at.\n# TYPE certwalk_agent_locations gauge\n");
	for (int i = 1; i <= CW__KIND__KIND_ENDPOINT; i++)
		buf_addf(b, "certwalk_agent_locations{kind=\"%s\"} %" PRIu64
			 "\n", inventory_kind((Cw__Kind)i), c->kinds[i]);
	one(b, "certificates_ended", "gauge", "Certificates of no CA that had "
	    "ended when they were last looked at.", (int64_t)c->ended);
	if (c->soonest > 0)
		one(b, "soonest_end_timestamp_seconds", "gauge", "The first "
		    "end of those that had not.", c->soonest);
}

static void add_gaps(struct buf *b, const Cw__Coverage *c)
{
	uint64_t counts[FIGURES_KINDS] = {0};

	for (size_t i = 0; i < c->n_counts; i++)
		if ((unsigned int)c->counts[i]->kind < FIGURES_KINDS)
			counts[c->counts[i]->kind] += c->counts[i]->count;
	buf_adds(b, "# HELP certwalk_agent_gaps What could not be looked at, "
		 "by kind.\n# TYPE certwalk_agent_gaps gauge\n");
	for (int i = 1; i <= CW__GAP_KIND__GAP_UNSUPPORTED; i++)
		buf_addf(b, "certwalk_agent_gaps{kind=\"%s\"} %" PRIu64 "\n",
			 output_gap((Cw__GapKind)i), counts[i]);
}

void figures_scanned(struct figures *f, const Cw__Coverage *c, bool good)
{
	struct buf *b = &f->scan;

	if (!is_on(f))
		return;
	f->failed += !good;
	if (good) {
		f->counted = f->counting;
		buf_reset(b);
		one(b, "scan_started_timestamp_seconds", "gauge", "Start of "
		    "the last scan or update that came to its end.",
		    c->started);
		one(b, "scan_finished_timestamp_seconds", "gauge", "Its end.",
		    c->finished);
		one(b, "full_scan_started_timestamp_seconds", "gauge", "Start "
		    "of the last scan that looked at every file.",
		    c->last_full);
		one(b, "directories", "gauge", "Directories that were looked "
		    "at.", (int64_t)c->directories);
		one(b, "files", "gauge", "Files that were looked at.",
		    (int64_t)c->files);
		one(b, "read_bytes", "gauge", "Bytes that were read of them.",
		    (int64_t)c->bytes);
		one(b, "privileged", "gauge", "Whether all files could be "
		    "read.", c->privileged);
		add_kinds(b, &f->counted);
		add_gaps(b, c);
	}
	tell(f);
}

/* ----------------------------------------------------------------- sync */

void figures_status(struct figures *f, const Ipc__Status *s)
{
	struct buf *b = &f->sync;

	if (!is_on(f))
		return;
	buf_reset(b);
	one(b, "in_sync", "gauge", "Whether the last exchange with the "
	    "collector was good.", s->last_success > 0 && !*s->last_error);
	one(b, "sync_attempt_timestamp_seconds", "gauge", "Last exchange with "
	    "the collector.", s->last_attempt);
	one(b, "sync_success_timestamp_seconds", "gauge", "Last good one.",
	    s->last_success);
	one(b, "pending", "gauge", "Changes that the collector does not have "
	    "yet.", (int64_t)(s->pending_added + s->pending_removed));
	if (s->certificate_not_after > 0)
		one(b, "own_certificate_end_timestamp_seconds", "gauge",
		    "End of the agent's own certificate.",
		    s->certificate_not_after);
	tell(f);
}

/* ----------------------------------------------------------------- role */

struct pollfd figures_fd(const struct figures *f)
{
	return (struct pollfd){.fd = f->child.sock, .events = POLLIN};
}

int64_t figures_due(const struct figures *f)
{
	return f->start ? f->start : INT64_MAX;
}

void figures_step(struct figures *f, short revents)
{
	char fate[80];

	if (f->start && clock_steady_ms() >= f->start) {
		start(f);
		tell(f);
	} else if (revents) {
		log_error("metrics %s; it is started again in %d s",
			  child_fate(child_end(&f->child, 1), fate,
				     sizeof(fate)), RESTART_MS / 1000);
		f->start = clock_steady_ms() + RESTART_MS;
	}
}
