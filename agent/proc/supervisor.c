/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/listen/vigil.h"
#include "agent/proc/beside.h"
#include "agent/proc/child.h"
#include "agent/proc/commander.h"
#include "agent/proc/figures.h"
#include "agent/proc/index.h"
#include "agent/proc/ipc.h"
#include "agent/proc/remount.h"
#include "agent/proc/scan.h"
#include "agent/proc/snapshot_feed.h"
#include "agent/proc/syncing.h"
#include "agent/proc/trim.h"
#include "agent/proc/watching.h"
#include "agent/walk/silence.h"
#include "lib/clock.h"
#include "lib/debian_key.h"
#include "lib/file.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/notify.h"

#define IDLE_MS 1000		/* a wait before which memory is given back */
#define CHANGES_SHARE 4		/* a scan for changes waits, after another, for
				 * as many times as long as that took */
#define RESCAN_MS 60000		/* after a scan that failed or was lost */

struct supervisor {
	const char *config_path;
	struct agent_config config;
	int lock;		/* of the state directory */
	int signals;
	int clock;		/* readable when the clock was set; -1 */
	struct syncing sync;
	struct syncing_hooks sync_hooks;
	struct watching watching;
	struct vigil vigil;
	struct agent_config urgent;	/* shallow: without low priority */
	struct scan *scan;	/* NULL between scans */
	int64_t scan_started;	/* steady ms */
	bool for_changes;	/* it began before its time */
	bool updating;		/* it looks at what changed alone */
	bool update_failed;	/* since the last scan of all began */
	bool asking;		/* nothing has: it asks the listeners again */
	int64_t changes_from;	/* no scan for changes before, steady ms */
	int64_t update_from;	/* no update before, steady ms: after one, as
				 * long as that took */
	struct index index;
	struct remount remount;
	struct silence *silence;	/* of the configured paths */
	struct snapshot_feed feed;
	struct scan_sink sink;
	struct beside beside;
	int64_t next_scan;	/* steady ms */
	bool trimmed;		/* since the last work */
	struct commander commander;
	struct commander_hooks hooks;
	struct figures figures;
	bool ending;
};

static int64_t random_below(int64_t n)
{
	uint64_t v = 0;

	if (n <= 0 || getrandom(&v, sizeof(v), 0) != sizeof(v))
		return 0;
	return (int64_t)(v % (uint64_t)n);
}

/* The directory is the roles' own; the supervisor only makes it and keeps
 * others out. */
static int claim_state(struct supervisor *s)
{
	const char *dir = s->config.state_dir;
	char path[4096];
	uid_t uid = 0;
	gid_t gid = 0;
	int r = file_make_directories(dir, 0700);

	if (r == -EROFS && access(dir, F_OK) == 0)
		r = 0;
	if (r < 0) {
		log_error("%s: %s", dir, strerror(-r));
		return r;
	}
	if (child_user(&s->config, &uid, &gid) && chown(dir, uid, gid) < 0 &&
	    errno != EROFS)
		log_warn("%s: cannot give it to user %u: %s", dir, uid,
			 strerror(errno));
	r = file_path(path, sizeof(path), dir, "lock");
	if (r < 0)
		return r;
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0) {
		log_warn("%s: %s: a second agent would not be noticed", path,
			 strerror(errno));
		return 0;
	}
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		log_error("%s: another agent is running with it", dir);
		return -EBUSY;
	}
	return 0;
}

static int watch_signals(struct supervisor *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals < 0 ? -errno : 0;
}

/* --------------------------------------------------- what sync says */

static void tell_watching(struct supervisor *s)
{
	const struct buf *how = &s->watching.how;

	if (how->len > 0)
		syncing_send(&s->sync, IPC_SYNC_WATCHING, how->data, how->len);
}

static void sync_started(void *arg)
{
	struct supervisor *s = arg;

	commander_resume(&s->commander);
	tell_watching(s);
}

/* What it was being given is lost, so the host is scanned again once it is
 * back. */
static void sync_ended(void *arg)
{
	struct supervisor *s = arg;

	if (s->scan)
		snapshot_feed_lost(&s->feed);
	snapshot_feed_lost(&s->beside.feed);
}

static void sync_status(void *arg, const Ipc__Status *m, bool stored)
{
	struct supervisor *s = arg;

	figures_status(&s->figures, m);
	if (stored && m->full_wanted) {
		log_warn("objects of the last snapshot are lost: every file is "
			 "looked at again");
		index_drop(&s->index);
		s->next_scan = clock_steady_ms();
	}
}

static void sync_command(void *arg, const struct frame *f)
{
	struct supervisor *s = arg;

	commander_take(&s->commander, f);
}

static int to_sync(void *arg, uint32_t op, const void *data, size_t len)
{
	struct supervisor *s = arg;

	return syncing_send(&s->sync, op, data, len);
}

/* --------------------------------------------------------------- scans */

static void plan_scan(struct supervisor *s, bool good)
{
	int64_t wait = s->config.interval * 1000 +
		       random_below(s->config.splay * 1000);

	if (!good && wait > RESCAN_MS)
		wait = RESCAN_MS;
	s->next_scan = clock_steady_ms() + wait;
}

/* Never readable but by ECANCELED: when the clock is set, or the host wakes. */
static int watch_clock(void)
{
	const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};
	int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && timerfd_settime(fd,
				       TFD_TIMER_ABSTIME |
					       TFD_TIMER_CANCEL_ON_SET,
				       &never, NULL) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void scan_now(void *arg)
{
	struct supervisor *s = arg;

	/* one that is under way may have passed what has changed since */
	if (s->scan) {
		scan_free(s->scan);
		s->scan = NULL;
		beside_end(&s->beside);
	}
	s->next_scan = 0;
}

/* A scan under way is begun anew if it stands on what no longer does; one
 * that looks at everything goes on, but another cannot stand on it: the clock
 * may have been set back and forth since it began. */
static void check_clock(struct supervisor *s)
{
	bool set = false;
	uint64_t n = 0;

	if (s->clock >= 0 && read(s->clock, &n, sizeof(n)) < 0 &&
	    errno == ECANCELED) {
		close(s->clock);
		s->clock = watch_clock();
		set = true;
	}
	if (index_check_clock(&s->index)) {
		log_warn("the clock was set back: the next scan looks at every "
			 "file");
		if (s->scan)
			scan_now(s);
	} else if (set && s->scan) {
		scan_clock_set(s->scan);
	}
}

/* What does not stand for another scan. */
static void check_index(struct supervisor *s)
{
	check_clock(s);
	if (index_check_lists(&s->index,
			      debian_keys_stamp(s->config.weak_keys)))
		log_info("the lists of weak keys below %s have changed: every "
			 "file is looked at again", s->config.weak_keys);
	if (clock_now() - s->index.full >= s->config.full_interval)
		index_drop(&s->index);
}

/* What each kind of scan begins with; ${since}: in directories that are watched
 * from now on, changes since then are noticed. */
static void prepare_scan(struct supervisor *s, int64_t since)
{
	s->scan_started = clock_steady_ms();
	watching_known_begin(&s->watching, since);
	vigil_begin(&s->vigil);
	beside_scan_began(&s->beside);
	snapshot_feed_begin(&s->feed, syncing_sock(&s->sync));
	figures_scan(&s->figures);
}

static void scan_begun(struct supervisor *s, int r)
{
	if (r < 0) {
		log_error("cannot start a scan: %s", strerror(-r));
		s->scan = NULL;
		plan_scan(s, false);
		/* what was told by name is no longer known */
		s->watching.scan_wanted = true;
		s->changes_from = s->next_scan;
	} else if (s->watching.how.len > 0) {
		scan_note(s->scan, buf_str(&s->watching.how));
	}
}

/* Nor would the next one do: a scan needs no names, and asks all listeners. */
static void update_failed(struct supervisor *s)
{
	s->update_failed = s->watching.scan_wanted = true;
	vigil_forgo(&s->vigil);
}

/* Looks at what changed alone. */
static void start_update(struct supervisor *s)
{
	struct buf names = s->watching.names;
	int r;

	s->asking = names.len == 0 && s->index.behind.len == 0;
	if (s->asking && !s->index.stands) {
		vigil_forgo(&s->vigil);
		return;
	}
	buf_init(&s->watching.names, names.max);
	/* what changed is to be known within a second, on a busy host too */
	s->urgent = s->config;
	s->urgent.idle_priority = false;
	s->urgent.mount_namespaces = false;
	s->updating = true;
	check_index(s);
	silence_told(s->silence, names.data, names.len);
	silence_told(s->silence, s->index.behind.data, s->index.behind.len);
	prepare_scan(s, s->index.since.tv_sec);
	r = scan_start_update(&s->urgent, &s->sink, &s->index, names.data,
			      names.len, &s->scan);
	buf_free(&names);
	if (r == -EAGAIN)
		update_failed(s);
	else
		scan_begun(s, r);
}

static void start_scan(struct supervisor *s)
{
	/* who has ordered it waits for it */
	s->urgent = s->config;
	s->urgent.idle_priority = s->config.idle_priority &&
				  !s->commander.scanning;
	s->updating = s->asking = false;
	check_index(s);
	silence_forget(s->silence);
	s->for_changes = clock_steady_ms() < s->next_scan;
	/* it sees them all */
	s->watching.scan_wanted = s->update_failed = false;
	buf_free(&s->watching.names);
	prepare_scan(s, clock_now());
	scan_begun(s, scan_start_index(&s->urgent, &s->sink, &s->index,
				       &s->scan));
}

/* What a scan found, for sync and for watch. */
static int take_location(void *arg, const Cw__Location *l,
			 const Ipc__Finding *f)
{
	struct supervisor *s = arg;

	if (l->place_case == CW__LOCATION__PLACE_FILE)
		watching_known(&s->watching, &l->file->path);
	else if (l->place_case == CW__LOCATION__PLACE_ENDPOINT)
		vigil_endpoint(&s->vigil, l);
	figures_location(&s->figures, l, f);
	return snapshot_feed_location(&s->feed, l, f);
}

static void take_serves(void *arg, const Ipc__Listener *l)
{
	struct supervisor *s = arg;

	vigil_listener(&s->vigil, l);
}

/* Other lines may name other files. */
static void take_asked(void *arg, const char *path)
{
	struct supervisor *s = arg;
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};

	watching_known(&s->watching, &p);
}

/* Where there is a gap, a change may close it. */
static void tell_known(struct supervisor *s, const Cw__Coverage *c)
{
	for (size_t i = 0; i < c->n_gaps; i++) {
		if (c->gaps[i]->kind != CW__GAP_KIND__GAP_SKIPPED)
			watching_known(&s->watching, &c->gaps[i]->path);
	}
	watching_known_end(&s->watching);
}

static bool may_scan(const struct supervisor *s)
{
	return !s->scan && syncing_sock(&s->sync) >= 0 &&
	       watching_is_settled(&s->watching);
}

/* What the index is behind with needs a scan, and so would each update. */
static bool is_stuck(const struct supervisor *s)
{
	return s->update_failed && s->index.behind.len > 0;
}

/* When something that changed is to be looked at, or listeners are to be asked
 * again, steady ms; INT64_MAX. */
static int64_t update_due(const struct supervisor *s)
{
	int64_t due = vigil_due(&s->vigil);

	if (is_stuck(s))
		return INT64_MAX;
	if (s->watching.names.len > 0 || s->index.behind.len > 0)
		due = 0;
	return due < s->update_from ? s->update_from : due;
}

/* The same where all has to be. */
static int64_t scan_due(const struct supervisor *s)
{
	return s->watching.scan_wanted && s->changes_from < s->next_scan
		       ? s->changes_from : s->next_scan;
}

static void say_scanned(const struct supervisor *s, const Cw__Coverage *c)
{
	if (s->asking)
		log_info("asked the listeners again in %lld ms: %llu locations",
			 (long long)(clock_steady_ms() - s->scan_started),
			 (unsigned long long)c->locations);
	else if (s->updating)
		log_info("looked at what changed in %lld ms: %llu locations",
			 (long long)(clock_steady_ms() - s->scan_started),
			 (unsigned long long)c->locations);
	else
		log_info("scanned %llu files%s in %lld s: %llu locations",
			 (unsigned long long)c->files,
			 c->last_full == c->started ? ""
						    : " for what had changed",
			 (long long)(c->finished - c->started),
			 (unsigned long long)c->locations);
}

/* Gives what was found to sync, if the scan came to its end: did it? */
static bool pass_result(struct supervisor *s, const Cw__Coverage *c, bool good)
{
	int r;

	beside_scan_ended(&s->beside, &s->index);
	if (!good) {
		log_error("the scan did not come to its end: what was known "
			  "before stands");
		snapshot_feed_incomplete(&s->feed, c);
		return false;
	}
	r = snapshot_feed_commit(&s->feed, c);
	if (r < 0)
		log_error("the scan's result did not reach sync: %s",
			  strerror(-r));
	else
		say_scanned(s, c);
	return r == 0;
}

/* How long it is until changes are looked at again. */
static void note_pauses(struct supervisor *s, int64_t now)
{
	int64_t took = now - s->scan_started;

	if (s->updating)
		s->update_from = now + took;
	else
		s->changes_from = now + (s->for_changes
						 ? CHANGES_SHARE * took : 0);
}

static void scan_ended(struct supervisor *s, int result)
{
	const Cw__Coverage *c = scan_coverage(s->scan);
	bool unfit = s->updating && result >= 0 && scan_is_unfit(s->scan);
	int64_t now = clock_steady_ms();
	bool good = false;

	if (!unfit) {
		note_pauses(s, now);
		tell_known(s, c);
		good = pass_result(s, c, result >= 0 && c->complete);
		figures_scanned(&s->figures, c, good);
		if (s->config.ports)
			vigil_end(&s->vigil, s->asking);
	}
	scan_free(s->scan);
	s->scan = NULL;
	if (s->updating && !good)
		update_failed(s);
	if (!unfit && (!s->updating || !good))
		plan_scan(s, good);
	if (!s->updating)
		commander_scanned(&s->commander, good);
}

/* One that comes again may have changed under another host's clock. */
static void check_mounts(struct supervisor *s, const struct pollfd *fds)
{
	if (!remount_step(&s->remount, fds))
		return;
	log_info("a file system was unmounted: the next scan looks at every "
		 "file");
	index_drop(&s->index);
	if (s->scan)
		scan_now(s);
}

static void start_roles(struct supervisor *s)
{
	silence_free(s->silence);
	s->silence = s->config.silence = silence_new(s->config.paths.count);
	remount_start(&s->remount, &s->config, remount_has_numbers());
	watching_begin(&s->watching, &s->config);
	figures_begin(&s->figures, &s->config);
	syncing_begin(&s->sync, &s->config, &s->sync_hooks);
}

static void reload(struct supervisor *s)
{
	struct agent_config fresh;
	int r;

	notify_systemd("RELOADING=1");
	r = agent_config_load(&fresh, s->config_path);
	if (r < 0) {
		log_error("the configuration is wrong: the old one stays in "
			  "force");
		notify_systemd("READY=1");
		return;
	}
	if (strcmp(fresh.state_dir, s->config.state_dir) != 0) {
		log_error("state_dir cannot change while the agent runs: the "
			  "old configuration stays in force");
		agent_config_free(&fresh);
		notify_systemd("READY=1");
		return;
	}
	log_info("configuration read again; scanning anew");
	scan_free(s->scan);
	s->scan = NULL;
	beside_end(&s->beside);
	watching_end(&s->watching);
	figures_end(&s->figures);
	remount_end(&s->remount);
	vigil_free(&s->vigil);
	commander_free(&s->commander);
	index_drop(&s->index);
	syncing_end(&s->sync);
	agent_config_free(&s->config);
	s->config = fresh;
	s->index.dir = s->config.state_dir;
	start_roles(s);
	s->next_scan = 0;
	notify_systemd("READY=1");
}

static void read_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(s);
		else
			s->ending = true;
	}
}

/* Of what changed, while all is looked at, or before that? */
static bool may_look_beside(const struct supervisor *s)
{
	return syncing_sock(&s->sync) >= 0 &&
	       (s->scan ? !s->updating : is_stuck(s));
}

/* When a scan or an update may begin, or has to be looked after. */
static int64_t next_look(const struct supervisor *s, int64_t now)
{
	int64_t at = INT64_MAX;

	if (may_scan(s))
		at = scan_due(s);
	if (may_scan(s) && update_due(s) < at)
		at = update_due(s);
	if (s->beside.scan && now + scan_timeout(s->beside.scan) < at)
		at = now + scan_timeout(s->beside.scan);
	if (may_look_beside(s) && beside_due(&s->beside) < at)
		at = beside_due(&s->beside);
	return at;
}

static int wait_ms(const struct supervisor *s)
{
	int64_t now = clock_steady_ms();
	int64_t until = s->scan ? now + scan_timeout(s->scan) : INT64_MAX;

	if (syncing_due(&s->sync) < until)
		until = syncing_due(&s->sync);
	if (figures_due(&s->figures) < until)
		until = figures_due(&s->figures);
	if (vigil_next(&s->vigil) < until)
		until = vigil_next(&s->vigil);
	if (watching_due(&s->watching) < until)
		until = watching_due(&s->watching);
	if (next_look(s, now) < until)
		until = next_look(s, now);
	if (until - now > 3600000)
		return 3600000;
	return until <= now ? 0 : (int)(until - now);
}

/* Before a long wait memory is given back. */
static int idle_ms(struct supervisor *s)
{
	int wait = wait_ms(s);

	if (wait > IDLE_MS && !s->scan && !s->trimmed) {
		s->trimmed = true;
		trim_memory();
	}
	return wait;
}

static void start_what_is_due(struct supervisor *s)
{
	int64_t now = clock_steady_ms();

	if (may_look_beside(s) && now >= beside_due(&s->beside)) {
		silence_told(s->silence, s->watching.names.data,
			     s->watching.names.len);
		beside_start(&s->beside, &s->config, &s->index,
			     syncing_sock(&s->sync));
	} else if (may_scan(s) && now >= scan_due(s))
		start_scan(s);
	else if (may_scan(s) && now >= update_due(s))
		start_update(s);
}

static void step(struct supervisor *s)
{
	struct pollfd fds[2 * SCAN_FDS + COMMANDER_FDS + REMOUNT_FDS + 6];
	size_t n = 0;
	int r = 0;

	fds[n++] = (struct pollfd){.fd = s->signals, .events = POLLIN};
	fds[n++] = syncing_fd(&s->sync);
	fds[n++] = watching_fd(&s->watching);
	fds[n++] = (struct pollfd){.fd = s->clock, .events = POLLIN};
	fds[n++] = figures_fd(&s->figures);
	fds[n++] = vigil_fd(&s->vigil);
	remount_fds(&s->remount, fds + n);
	n += REMOUNT_FDS;
	if (s->scan)
		n += scan_fds(s->scan, fds + n);
	if (s->beside.scan)
		n += scan_fds(s->beside.scan, fds + n);
	n += commander_fds(&s->commander, fds + n);
	if (poll(fds, n, idle_ms(s)) < 0 && errno != EINTR)
		log_error("poll: %s", strerror(errno));
	read_signals(s);
	if (s->ending)
		return;
	if (fds[3].revents)
		check_clock(s);
	check_mounts(s, fds + 6);
	vigil_step(&s->vigil);
	syncing_step(&s->sync, !s->scan && !s->beside.scan);
	commander_step(&s->commander);
	figures_step(&s->figures, fds[4].revents);
	if (watching_step(&s->watching))
		tell_watching(s);
	if (s->scan) {
		s->trimmed = false;
		r = scan_step(s->scan);
	}
	if (r != 0)
		scan_ended(s, r);
	beside_step(&s->beside);
	if (!s->scan && s->beside.told.len > 0)
		beside_scan_ended(&s->beside, &s->index);
	start_what_is_due(s);
}

int supervisor_run(const char *config_path)
{
	struct supervisor s = {.config_path = config_path, .lock = -1,
			       .signals = -1, .clock = -1,
			       .sync = {.child = {.sock = -1}},
			       .remount = {NULL, -1, -1},
			       .watching = {.child = {.sock = -1}},
			       .figures = {.child = {.sock = -1}}};
	enum log_level level;
	int r = agent_config_load(&s.config, config_path);

	if (r < 0)
		return -EINVAL;
	if (log_level_parse(s.config.log_level, &level) == 0)
		log_level(level);
	s.sink = (struct scan_sink){.location = take_location,
				    .asked = take_asked,
				    .serves = take_serves, .arg = &s};
	s.hooks = (struct commander_hooks){to_sync, scan_now, &s};
	s.sync_hooks = (struct syncing_hooks){sync_started, sync_ended,
					      sync_status, sync_command, &s};
	commander_init(&s.commander, &s.config, &s.hooks);
	index_init(&s.index, s.config.state_dir);
	vigil_init(&s.vigil);
	beside_init(&s.beside, &s.watching);
	r = claim_state(&s);
	if (r == 0)
		r = watch_signals(&s);
	if (r == 0) {
		s.clock = watch_clock();
		start_roles(&s);
		notify_systemd("READY=1");
		while (!s.ending)
			step(&s);
		notify_systemd("STOPPING=1");
		log_info("ends");
	}
	scan_free(s.scan);
	beside_end(&s.beside);
	watching_end(&s.watching);
	figures_end(&s.figures);
	remount_end(&s.remount);
	commander_free(&s.commander);
	index_free(&s.index);
	vigil_free(&s.vigil);
	if (s.clock >= 0)
		close(s.clock);
	syncing_end(&s.sync);
	if (s.lock >= 0)
		close(s.lock);
	if (s.signals >= 0)
		close(s.signals);
	snapshot_feed_free(&s.feed);
	silence_free(s.silence);
	agent_config_free(&s.config);
	return r;
}
