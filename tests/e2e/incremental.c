/* SPDX-License-Identifier: Apache-2.0 */
/* Changes a tree at random in every way that a file system allows, and after
 * each round compares what an incremental scan, or an update of what changed
 * alone, finds with what a full scan does.
 *
 *	incremental TREE MATERIAL SEED ROUNDS SLACK-MS LINKS [SUBVOLUMES]
 *
 * TREE: a folder of its own, with TREE.out beside it, on the same file system.
 * MATERIAL: a folder with files to copy from.  SLACK-MS: see INDEX_SLACK_MS.
 * LINKS: 1: files get several names, and fewer rounds are updates; 0.
 * SUBVOLUMES: a program to call for btrfs.  Exits with 1 at the first
 * difference, and prints it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/proc/scan.h"
#include "lib/log.h"

#define LIST_MAX 4000
#define ENTRIES_MOST 160	/* of the tree: then it is thinned out */

static uint64_t dice_state;
static char top[2000], out[2100];
static char *material[100];
static size_t n_material;
static char *files[LIST_MAX], *dirs[LIST_MAX];
static size_t n_files, n_dirs;
static const char *subvolumes;
static char trace[16384];
/* what changed, as IPC_WATCH_CHANGED has it; and is that all? */
static char told[65536];
static size_t told_len;
static bool told_all;
/* with files of several names few updates do */
static bool links;

static uint64_t dice(uint64_t n)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return (dice_state >> 11) % n;
}

/* ------------------------------------------------------------- the tree */

static int note_entry(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D && n_dirs < LIST_MAX)
		dirs[n_dirs++] = strdup(path);
	else if (type == FTW_F && n_files < LIST_MAX)
		files[n_files++] = strdup(path);
	return 0;
}

static void list(void)
{
	while (n_files > 0)
		free(files[--n_files]);
	while (n_dirs > 0)
		free(dirs[--n_dirs]);
	nftw(top, note_entry, 20, FTW_PHYS);
	nftw(out, note_entry, 20, FTW_PHYS);
}

static const char *any_file(void)
{
	static char none[PATH_MAX];

	/* what is written through a link to it stays in the test's folder */
	snprintf(none, sizeof(none), "%s/none", out);
	return n_files ? files[dice(n_files)] : none;
}

static const char *any_dir(void)
{
	return dirs[dice(n_dirs)];
}

/* A name in some directory: few names, so that they come again. */
static const char *any_name(char name[static 4200])
{
	static const char *const names[] = {
		"a", "b", "c", "d.pem", "e.crt", "f.key", "id_rsa",
		"authorized_keys", "x y", "\xff\xfe",
	};

	snprintf(name, 4200, "%s/%s", any_dir(), names[dice(10)]);
	return name;
}

/* As the watch would: a file with other names is changed under those too, and
 * what was written through a symlink is another file. */
static void tell(const char *path)
{
	struct stat st = {0};
	size_t len = strlen(top);
	char target[PATH_MAX];

	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) &&
	    realpath(path, target))
		tell(target);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1)
		told_all = false;
	if (strncmp(path, top, len) != 0 || path[len] != '/' ||
	    told_len + strlen(path) + 2 > sizeof(told))
		return;
	told[told_len++] = 'f';
	memcpy(told + told_len, path, strlen(path) + 1);
	told_len += strlen(path) + 1;
}

static void said(const char *what, const char *a, const char *b)
{
	size_t n = strlen(trace);

	tell(a);
	tell(b);

	snprintf(trace + n, sizeof(trace) - n, "  %s %s %s\n", what, a, b);
}

static void copy(const char *from, const char *to, int flags)
{
	char block[65536];
	int in = open(from, O_RDONLY), fd = open(to, O_WRONLY | flags, 0644);
	ssize_t n;

	while (in >= 0 && fd >= 0 && (n = read(in, block, sizeof(block))) > 0)
		if (write(fd, block, (size_t)n) != n)
			break;
	if (in >= 0)
		close(in);
	if (fd >= 0)
		close(fd);
}

static const char *some_material(void)
{
	return material[dice(n_material)];
}

static int remove_entry(const char *path, const struct stat *st, int type,
			struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D || type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

static void remove_all(const char *path)
{
	nftw(path, remove_entry, 20, FTW_PHYS | FTW_DEPTH | FTW_MOUNT);
}

/* ---------------------------------------------------------- the changes */

static void create(void)
{
	char to[4200];

	copy(some_material(), any_name(to), O_CREAT | O_TRUNC);
	said("create", to, "");
}

static void append(void)
{
	const char *to = any_file();

	copy(some_material(), to, O_APPEND);
	said("append", to, "");
}

static void cut(void)
{
	const char *to = any_file();

	if (truncate(to, (off_t)dice(3000)) == 0)
		said("truncate", to, "");
}

static void change_mode(void)
{
	const char *to = dice(4) ? any_file() : any_dir();

	if (strcmp(to, top) != 0 && chmod(to, dice(2) ? 0755 : 0700) == 0)
		said("chmod", to, "");
}

static void change_owner(void)
{
	const char *to = any_file();

	if (chown(to, (uid_t)dice(3), (gid_t)dice(3)) == 0)
		said("chown", to, "");
}

static void move(const char *from, unsigned int flags)
{
	char to[4200], was[4200];

	snprintf(was, sizeof(was), "%s", from);
	any_name(to);
	if (renameat2(AT_FDCWD, was, AT_FDCWD, to, flags) == 0)
		said("rename", was, to);
}

static void move_file(void)
{
	move(any_file(), 0);
}

static void move_dir(void)
{
	const char *d = any_dir();

	if (strcmp(d, top) != 0 && strcmp(d, out) != 0)
		move(d, 0);
}

static void exchange(void)
{
	const char *d = dice(2) ? any_dir() : any_file();

	if (strcmp(d, top) != 0 && strcmp(d, out) != 0)
		move(d, 2);	/* RENAME_EXCHANGE */
}

static void hard_link(void)
{
	char to[4200];
	const char *from = any_file();

	if (links && link(from, any_name(to)) == 0)
		said("link", from, to);
}

static void delete(void)
{
	const char *to = any_file();

	if (unlink(to) == 0)
		said("unlink", to, "");
}

static void make_dir(void)
{
	char to[4200];

	if (mkdir(any_name(to), 0755) == 0)
		said("mkdir", to, "");
}

static void remove_dir(void)
{
	const char *d = any_dir();

	if (strcmp(d, top) == 0 || strcmp(d, out) == 0 || dice(3))
		return;
	said("rm -r", d, "");
	remove_all(d);
}

/* As tar, rsync and cp -p do. */
static void restore(void)
{
	const struct timespec old[2] = {{.tv_sec = 1000000000},
					{.tv_sec = 1000000000}};
	const char *to = any_file();

	copy(some_material(), to, O_TRUNC);
	utimensat(AT_FDCWD, to, old, 0);
	said("restore", to, "");
}

static void swap_by_link(void)
{
	char was[4200], to[4200];
	const char *from = dice(2) ? any_dir() : any_file();

	if (strcmp(from, top) == 0 || strcmp(from, out) == 0)
		return;
	snprintf(was, sizeof(was), "%s", from);
	if (rename(was, any_name(to)) == 0 && symlink(to, was) == 0)
		said("swap by symlink", was, to);
}

/* The next file or folder takes the inode that became free. */
static void reuse(void)
{
	char was[4200];

	if (dice(2)) {
		snprintf(was, sizeof(was), "%s", any_file());
		unlink(was);
		copy(some_material(), was, O_CREAT);
	} else {
		snprintf(was, sizeof(was), "%s", any_dir());
		if (rmdir(was) < 0 || mkdir(was, 0755) < 0)
			return;
	}
	said("reuse", was, "");
}

static void write_mapped(void)
{
	const char *to = any_file();
	int fd = open(to, O_RDWR);
	struct stat st = {0};
	char *p = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 100)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	if (p != MAP_FAILED) {
		p[dice((uint64_t)st.st_size)] ^= 1;
		munmap(p, (size_t)st.st_size);
		said("mmap", to, "");
	}
	if (fd >= 0)
		close(fd);
}

static void bind_mount(void)
{
	char to[4200];
	const char *from;

	if (dice(2)) {
		from = any_file();
		snprintf(to, sizeof(to), "%s", any_file());
	} else {
		from = any_dir();
		snprintf(to, sizeof(to), "%s", any_dir());
	}
	if (strcmp(to, top) == 0 || strcmp(to, out) == 0 ||
	    strncmp(to, from, strlen(from)) == 0)
		return;
	if (mount(from, to, NULL, MS_BIND, NULL) == 0)
		said("bind", from, to);
}

/* The last mount below the tree, or "". */
static void last_mount(char last[static 8192])
{
	FILE *f = fopen("/proc/self/mounts", "r");
	char line[8192];

	*last = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		char *p = strchr(line, ' ');

		if (p && (strncmp(p + 1, top, strlen(top)) == 0) &&
		    (p[1 + strlen(top)] == '/' || p[1 + strlen(top)] == '.'))
			snprintf(last, 8192, "%s", p + 1);
	}
	if (f)
		fclose(f);
	last[strcspn(last, " ")] = '\0';
	for (char *p = last; (p = strstr(p, "\\040"));) {
		*p = ' ';
		memmove(p + 1, p + 4, strlen(p + 4) + 1);
	}
}

static void unmount(void)
{
	char last[8192];

	last_mount(last);
	if (!*last || umount2(last, MNT_DETACH) < 0)
		return;
	said("umount", last, "");
	/* what was changed through it has another name now */
	told_all = false;
}

static void subvolume(void)
{
	const char *from = any_dir();
	char to[4200];
	int status = -1;
	pid_t pid;

	if (!subvolumes)
		return;
	any_name(to);
	pid = fork();
	if (pid == 0) {
		execl(subvolumes, subvolumes, from, to, NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == pid && status == 0)
		said("subvolume", from, to);
}

static void nothing(void)
{
}

static void (*const changes[])(void) = {
	create, create, create, create, append, cut, change_mode, change_owner,
	move_file, move_file, move_dir, move_dir, move_dir, exchange,
	hard_link, hard_link, delete, delete, make_dir, make_dir, remove_dir,
	restore, swap_by_link, reuse, reuse, write_mapped, nothing,
	bind_mount, unmount, unmount, subvolume,
};

static void change(void)
{
	list();
	if (n_files + n_dirs > ENTRIES_MOST) {
		delete();
		remove_dir();
		return;
	}
	changes[dice(sizeof(changes) / sizeof(changes[0]))]();
}

static void populate(void)
{
	for (int i = 0; i < 60; i++) {
		list();
		make_dir();
		create();
		create();
		hard_link();
	}
}

/* ------------------------------------------------------------ the scans */

struct result {
	char **lines;
	size_t n;
	uint64_t bytes;
};

static void hex(char *to, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(to + 2 * i, 3, "%02x", p[i]);
}

static void add_line(struct result *r, char *line)
{
	r->lines = realloc(r->lines, (r->n + 1) * sizeof(char *));
	r->lines[r->n++] = line;
}

static int take(void *arg, const Cw__Location *l, const Ipc__Finding *f)
{
	size_t len = cw__location__get_packed_size(l);
	uint8_t *packed = malloc(len + 1);
	char *line = malloc(2 * len + 5000);
	int n = snprintf(line, 4900, "%.*s %s %s ", (int)l->file->path.len,
			 (char *)l->file->path.data, l->format, l->entry);

	(void)f;
	cw__location__pack(l, packed);
	hex(line + n, packed, len);
	free(packed);
	add_line(arg, line);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_coverage(struct result *r, const Cw__Coverage *c)
{
	char *line = NULL;

	for (size_t i = 0; i < c->n_gaps; i++) {
		const Cw__Gap *g = c->gaps[i];

		if (asprintf(&line, "gap %d %.*s %s", (int)g->kind,
			     (int)g->path.len, (char *)g->path.data,
			     g->reason) > 0)
			add_line(r, line);
	}
	for (size_t i = 0; i < c->n_counts; i++)
		if (asprintf(&line, "gaps %d: %llu", (int)c->counts[i]->kind,
			     (unsigned long long)c->counts[i]->count) > 0)
			add_line(r, line);
	if (asprintf(&line, "complete %d directories %llu files %llu",
		     c->complete, (unsigned long long)c->directories,
		     (unsigned long long)c->files) > 0)
		add_line(r, line);
	r->bytes = c->bytes;
}

static void result_free(struct result *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->lines[i]);
	free(r->lines);
}

static void run(struct scan *s)
{
	if (scan_run(s) < 0) {
		fprintf(stderr, "the scan failed\n");
		exit(2);
	}
}

static struct result finish(struct scan *s, struct result *r)
{
	add_coverage(r, scan_coverage(s));
	scan_free(s);
	qsort(r->lines, r->n, sizeof(char *), compare);
	return *r;
}

static struct result scan(const struct agent_config *config,
			  struct index *index)
{
	struct result r = {0};
	struct scan_sink sink = {.location = take, .arg = &r};
	struct scan *s = NULL;

	if (scan_start_index(config, &sink, index, &s) < 0) {
		fprintf(stderr, "a scan does not start\n");
		exit(2);
	}
	run(s);
	return finish(s, &r);
}

/* False where it does not do, and all has to be looked at. */
static bool update(const struct agent_config *config, struct index *index,
		   struct result *ret)
{
	struct result r = {0};
	struct scan_sink sink = {.location = take, .arg = &r};
	struct scan *s = NULL;
	char mount[8192];
	int e = -EAGAIN;

	/* changes elsewhere may show through a mount */
	last_mount(mount);
	if (told_all && !*mount && told_len > 0)
		e = scan_start_update(config, &sink, index, told, told_len,
				      &s);
	if (e < 0 && e != -EAGAIN) {
		fprintf(stderr, "an update does not start: %s\n", strerror(-e));
		exit(2);
	}
	if (e < 0)
		return false;
	run(s);
	if (scan_is_unfit(s)) {
		scan_free(s);
		result_free(&r);
		return false;
	}
	*ret = finish(s, &r);
	return true;
}

static bool is_total(const struct result *r, size_t i)
{
	return i < r->n && strncmp(r->lines[i], "complete 1 ", 11) == 0;
}

static bool is_same(const struct result *full, const struct result *inc,
		    bool updated)
{
	size_t i = 0, k = 0;
	bool same = true;

	while (i < full->n || k < inc->n) {
		int c;

		/* an update does not count them */
		if (updated && (is_total(full, i) || is_total(inc, k))) {
			i += is_total(full, i);
			k += is_total(inc, k);
			continue;
		}
		c = i == full->n  ? 1
			: k == inc->n ? -1
				      : strcmp(full->lines[i], inc->lines[k]);

		if (c != 0) {
			printf("only %s: %.300s\n",
			       c < 0 ? "full" : "incremental",
			       c < 0 ? full->lines[i] : inc->lines[k]);
			same = false;
		}
		i += c <= 0;
		k += c >= 0;
	}
	return same;
}

static void load_material(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d)) && n_material < 100)
		if (e->d_name[0] != '.' &&
		    asprintf(&material[n_material], "%s/%s", path,
			     e->d_name) > 0)
			n_material++;
	if (d)
		closedir(d);
}

/* Sometimes the last scan was by a clock that was an hour ahead. */
static bool set_clock_back(struct index *x)
{
	if (!x->stands || dice(12) > 0)
		return false;
	x->offset_ms += 3600 * 1000;
	x->since.tv_sec += 3600;
	if (!index_check_clock(x) || x->stands) {
		printf("a clock that was set back does not show\n");
		exit(1);
	}
	return true;
}

int main(int argc, char **argv)
{
	struct agent_config config;
	struct index index;
	uint64_t looked_at = 0, all = 0, found = 0;
	unsigned long rounds, updates = 0, made = 0, clocks = 0;

	if (argc < 7)
		return 2;
	log_level(LOG_LEVEL_ERROR);
	snprintf(top, sizeof(top), "%s", argv[1]);
	snprintf(out, sizeof(out), "%s.out", top);
	load_material(argv[2]);
	dice_state = strtoull(argv[3], NULL, 10) * 2654435761u + 88172645463u;
	links = argv[6][0] == '1';
	rounds = strtoul(argv[4], NULL, 10);
	subvolumes = argc > 7 ? argv[7] : NULL;
	if (agent_config_load(&config, NULL) < 0)
		return 2;
	free(config.paths.items[0]);
	config.paths.items[0] = strdup(top);
	config.max_text_size = 100000;
	config.threads = 3;
	config.bindings = false;
	config.idle_priority = false;
	index_init(&index, argv[2]);
	index.slack_ms = strtol(argv[5], NULL, 10);
	populate();
	for (unsigned long i = 0; i < rounds; i++) {
		struct result full, inc;
		bool same, updated;

		trace[0] = '\0';
		told_len = 0;
		told_all = true;
		for (uint64_t n = 1 + dice(15); n > 0; n--, made++)
			change();
		clocks += set_clock_back(&index);
		updated = index.stands && dice(4) < (links ? 1 : 3) &&
			  update(&config, &index, &inc);
		updates += updated;
		if (!updated)
			inc = scan(&config, &index);
		full = scan(&config, NULL);
		same = is_same(&full, &inc, updated);
		found += full.n;
		if (i > 0) {
			looked_at += inc.bytes;
			all += full.bytes;
		}
		result_free(&full);
		result_free(&inc);
		if (!same) {
			printf("seed %s, round %lu%s, after:\n%s", argv[3], i,
			       updated ? ", an update" : "", trace);
			return 1;
		}
		if (!index.stands) {
			printf("seed %s, round %lu: no index\n", argv[3], i);
			return 1;
		}
	}
	printf("seed %s: %lu rounds equal, %lu of them updates, %lu changes%s, "
	       "the clock set back %lu times, %llu lines, bytes read %llu of "
	       "%llu\n", argv[3], rounds, updates, made,
	       links ? " with links" : "", clocks,
	       (unsigned long long)found, (unsigned long long)looked_at,
	       (unsigned long long)all);
	index_free(&index);
	agent_config_free(&config);
	return 0;
}
