/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/format/format.h"
#include "agent/proc/child.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/walk/pool.h"
#include "agent/walk/search.h"
#include "lib/frame.h"
#include "lib/log.h"

int walker_init(struct walker *k, struct walk *w)
{
	*k = (struct walker){.walk = w, .block = malloc(WALK_BLOCK)};
	pthread_mutex_init(&k->stand.lock, NULL);
	buf_init(&k->path, LIMIT_PATH + 1024);
	buf_init(&k->message, LIMIT_FRAME);
	inode_writer_init(&k->directories, w->past.next);
	return k->block ? 0 : -ENOMEM;
}

void walk_count(struct walker *k)
{
	atomic_fetch_add_explicit(&k->walk->report.files, k->files,
				  memory_order_relaxed);
	k->files = 0;
}

void walker_free(struct walker *k)
{
	walk_count(k);
	if (inode_writer_flush(&k->directories) < 0)
		atomic_store(&k->walk->report.index_lost, true);
	free(k->block);
	buf_free(&k->path);
	buf_free(&k->message);
}

static void finish_links(struct walk *w)
{
	struct walker k;
	int r = walker_init(&k, w);

	if (r == 0 && w->failed == 0)
		r = links_finish(&w->links, &k);
	if (w->failed == 0)
		w->failed = r;
	walker_free(&k);
}

static void add_root(struct walk *w, const char *asked,
		     const struct root *root)
{
	struct directory *d = NULL;

	if (root->error == ETIMEDOUT) {
		pool_gap(w, asked);
		if (strcmp(asked, root->path) != 0)
			pool_gap(w, root->path);
		return;
	}
	if (root->error != 0) {
		report_gap(&w->report, CW__GAP_KIND__GAP_UNREADABLE, asked,
			   strlen(asked), strerror(root->error));
		return;
	}
	if (!S_ISREG(root->mode) && !S_ISDIR(root->mode)) {
		report_gap(&w->report, CW__GAP_KIND__GAP_SKIPPED, asked,
			   strlen(asked), "neither directory nor regular file");
		return;
	}
	d = directory_new(NULL, root->path, strlen(root->path));
	if (!d) {
		w->failed = -ENOMEM;
		return;
	}
	d->place.single = S_ISREG(root->mode);
	walk_push(w, d);
}

/* Is any of what alone is walked at it, in it or above it? */
static bool is_wanted(const struct walk *w, const char *root)
{
	size_t len = strlen(root);

	if (w->only.count == 0)
		return true;
	return path_list_covers(&w->only, root, len) ||
	       path_list_first(&w->only, root, len) < w->only.count;
}

/* Is it walked with another?  Of two that are the same, the first is. */
static bool is_in_another(const struct roots *r, size_t i)
{
	for (size_t k = 0; k < r->count; k++) {
		const struct root *it = &r->list[i], *other = &r->list[k];

		if (k == i || other->error != 0 ||
		    !mounts_is_beneath(it->path, other->path))
			continue;
		if (strcmp(it->path, other->path) != 0 || k < i)
			return true;
	}
	return false;
}

/* Without those that lie in another: no file is seen twice. */
static void add_roots(struct walk *w)
{
	const struct roots *r = &w->roots;

	for (size_t i = 0; i < r->count; i++) {
		const struct root *it = &r->list[i];

		if (is_wanted(w, it->path) &&
		    (it->error != 0 || !is_in_another(r, i)))
			add_root(w, w->config->paths.items[i], it);
	}
}

static int take_begin(struct past *n, const struct frame *f)
{
	Ipc__WalkBegin *m = ipc__walk_begin__unpack(NULL, f->len, f->data);

	if (!m)
		return -EPROTO;
	n->stands = m->stands;
	n->since = (struct timespec){m->since, m->since_nsec};
	n->seed = m->seed;
	ipc__walk_begin__free_unpacked(m, NULL);
	return 0;
}

static int take_first(struct walk *w, const struct frame *f)
{
	struct past *n = &w->past;

	switch (f->op) {
	case IPC_WALK_BEGIN:
		return take_begin(n, f);
	case IPC_WALK_ANEW:
		return path_list_copy(&w->anew, f->data, f->len, 0);
	case IPC_WALK_ONLY:
		return path_list_copy(&w->only, f->data, f->len, 0);
	case IPC_WALK_DIRECTORIES:
		return inode_map_open(&n->directories, f->fd);
	case IPC_WALK_RECORDS:
		return inode_map_open(&n->records, f->fd);
	case IPC_WALK_NEXT:
		n->next = f->fd;
		return f->fd < 0 ? -EPROTO : 0;
	default:
		return -EPROTO;
	}
}

/* What the supervisor says first. */
static int read_begin(struct walk *w, int sock)
{
	struct frame_receiver in = {0};
	struct frame f = {.fd = -1};
	int r = 0;

	while (r == 0 && f.op != IPC_WALK_BEGIN) {
		r = frame_recv(&in, sock, IPC_WALK__END, &f);
		r = r == 1 ? take_first(w, &f) : r == 0 ? -EPIPE : r;
		if (f.fd >= 0 && f.fd != w->past.next)
			close(f.fd);
	}
	frame_receiver_free(&in);
	return r;
}

/* What other mount namespaces have and no other walk shows; changes there are
 * not told by name. */
static void add_tops(struct walk *w)
{
	for (size_t i = 0; i < w->namespaces.n_tops; i++) {
		const struct namespace_top *t = &w->namespaces.tops[i];
		struct directory *d = directory_new(NULL, t->path,
						    strlen(t->path));

		if (!d) {
			w->failed = -ENOMEM;
			return;
		}
		d->base = &t->in->base;
		d->container = t->in->base.container;
		walk_push(w, d);
	}
}

/* Made before the sandbox closes: it hides other mount namespaces. */
static struct walk *prepared;

static int find_namespaces(struct walk *w)
{
	int r = namespaces_find(&w->namespaces, &w->mounts,
				w->roots.present);

	if (r < 0)
		log_warn("other mount namespaces: /proc: %s", strerror(-r));
	return r == -ENOMEM ? r : 0;
}

static int walk_prepare(const struct agent_config *config)
{
	struct walk *w = prepared = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->config = config;
	r = roots_find(&w->roots, &config->paths, config->answer_timeout,
		       config->silence);
	if (r < 0)
		return r;
	mounts_configure(config);
	r = mounts_read(&w->mounts, "/proc/self/mountinfo",
			w->roots.present);
	if (r < 0)
		log_warn("/proc/self/mountinfo: %s: all file systems are "
			 "walked", strerror(-r));
	return config->mount_namespaces ? find_namespaces(w) : 0;
}

static void walk_free(struct walk *w)
{
	roots_free(&w->roots);
	containers_free(w->containers);
	namespaces_free(&w->namespaces);
	mounts_free(&w->mounts);
	links_free(&w->links);
	past_free(&w->past);
	path_list_free(&w->anew);
	path_list_free(&w->only);
	free(w);
}

static int walk_run(int sock, const struct agent_config *config)
{
	struct walk *w = prepared;
	bool gone;
	int r;

	/* one heap for all threads: they allocate little */
	mallopt(M_ARENA_MAX, 1);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	links_init(&w->links);
	report_init(&w->report, sock);
	pace_init(&w->files, config->max_files_per_second);
	pace_init(&w->bytes, config->max_bytes_per_second);
	past_init(&w->past);
	r = read_begin(w, sock);
	if (r < 0)
		w->failed = r;
	format_configure(&(struct format_settings){
		.archives = config->archives, .deep = config->deep});
	search_prepare();
	w->containers = containers_new(&w->mounts);
	add_roots(w);
	if (w->only.count == 0)
		add_tops(w);
	gone = pool_run(w);
	finish_links(w);
	if (config->mount_namespaces && w->only.count == 0)
		namespaces_report(&w->namespaces, &w->report);
	r = w->failed < 0 ? w->failed : report_done(&w->report);
	if (r < 0 && r != -EPIPE)
		log_error("the walk ended: %s", strerror(-r));
	if (gone)
		walk_free(w);
	return r < 0 ? 1 : 0;
}

static const char *const walk_syscalls[] = {
	"read", "pread64", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
	"write", "lseek", "_llseek", "close", "fcntl", "fcntl64", "fstat",
	"newfstatat", "fstat64", "fstatat64", "statx", "stat", "lstat",
	"faccessat", "faccessat2", "access", "openat", "openat2", "open",
	"getdents64", "readlink", "readlinkat", "getcwd", "sendmsg",
	"memfd_create", "mmap", "mmap2", "munmap", "mprotect", "mremap",
	"madvise", "brk", "futex", "futex_time64", "set_robust_list", "rseq",
	"getrandom", "getrusage", "clock_gettime", "clock_gettime64",
	"clock_nanosleep", "nanosleep", "sched_yield", "sched_getaffinity",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"restart_syscall", "exit", "exit_group", "getpid", "gettid", "getppid",
	"membarrier", "sysinfo", "fstatfs", "fstatfs64", "recvmsg", "poll",
	"ppoll", "ppoll_time64", NULL,
};

static void walk_paths(const struct agent_config *config,
		       struct sandbox_path *ret, size_t max)
{
	(void)config;
	ret[0] = (struct sandbox_path){"/", SANDBOX_READ};
	namespaces_paths(&prepared->namespaces, ret + 1, max - 1);
}

const struct role role_walk = {
	.name = "walk",
	.prepare = walk_prepare,
	.run = walk_run,
	.paths = walk_paths,
	.gives_way = true,
	.sandbox = {
		.capabilities = 1ULL << CAP_DAC_READ_SEARCH,
		.syscalls = walk_syscalls,
	},
};
