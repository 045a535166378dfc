/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/unlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/appconf/appconf.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/password_file.h"
#include "agent/walk/namespaces.h"
#include "lib/frame.h"
#include "lib/log.h"
#include "lib/message.h"

/* Where an application's configuration is, seen from its keystore; the nearest
 * first. */
static const char *const near[] = {
	"", "..", "conf", "config", "../conf", "../config", "etc", "../etc",
	"../start.d", "../configuration", "../resources", "../..",
	"../../conf", "../../config",
};
#define NEAR (sizeof(near) / sizeof(near[0]))

/* ------------------------------------------------------ the rules' files */

static bool fits(const char *item, const char *path, const char **ret_file)
{
	char pattern[LIMIT_CONFIG_LINE];
	size_t len = 0;

	if (!agent_config_password_rule(item, &len, ret_file) ||
	    len >= sizeof(pattern))
		return false;
	memcpy(pattern, item, len);
	pattern[len] = '\0';
	return fnmatch(pattern, path, 0) == 0;
}

bool unlock_has_rule(const struct unlock *u, const ProtobufCBinaryData *path)
{
	const struct option_list *rules = &u->config->passwords;
	const char *file = NULL;
	char *text = NULL;
	bool yes = false;

	if (rules->count > 0)
		text = strndup((const char *)path->data, path->len);
	for (size_t i = 0; text && i < rules->count && !yes; i++)
		yes = fits(rules->items[i], text, &file);
	free(text);
	return yes;
}

void unlock_start(struct unlock *u, const struct agent_config *config,
		  struct coverage *coverage)
{
	*u = (struct unlock){ .config = config, .coverage = coverage };
	for (size_t i = 0; i < config->passwords.count; i++) {
		const char *file = "";
		char note[LIMIT_CONFIG_LINE];
		size_t len = 0;
		struct buf text;
		int r = 0;

		agent_config_password_rule(config->passwords.items[i], &len,
					   &file);
		buf_init(&text, LIMIT_PASSWORD_FILE);
		r = password_file_read(file, &text);
		buf_free_secret(&text);
		if (r == 0)
			continue;
		snprintf(note, sizeof(note), "passwords: %s: %s", file,
			 password_file_fault(r));
		log_error("%s", note);
		coverage_note(coverage, note);
	}
}

/* --------------------------------------------------------- configurations */

static void forget_folder(struct unlock *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->paths[i]);
	u->count = 0;
	free(u->folder);
	u->folder = NULL;
	u->more = false;
}

void unlock_end(struct unlock *u)
{
	forget_folder(u);
}

static void take_name(struct unlock *u, const char *folder, const char *name)
{
	int kind = appconf_find(name);
	char *path = NULL;

	if (kind < 0)
		return;
	if (asprintf(&path, "%s/%s", folder[1] ? folder : "", name) < 0)
		return;
	for (size_t i = 0; i < u->count; i++) {
		if (strcmp(u->paths[i], path) == 0) {
			free(path);
			return;
		}
	}
	if (u->count == LIMIT_APPCONF) {
		u->more = true;
		free(path);
		return;
	}
	u->kinds[u->count] = (uint8_t)kind;
	u->paths[u->count++] = path;
}

/* In another mount namespace its paths are resolved, and lead nowhere else. */
static int open_folder(const char *path)
{
	struct directory *d = directory_new(NULL, path, strlen(path));
	struct directory_base base = {.fd = -1};
	int fd = d ? 0 : -ENOMEM;

	base.len = namespaces_prefix(path, strlen(path));
	if (d && base.len > 0) {
		char root[64];

		snprintf(root, sizeof(root), "%.*s", (int)base.len, path);
		base.fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = base.fd < 0 ? -errno : 0;
		d->base = &base;
	}
	if (fd == 0)
		fd = directory_open(d);
	if (base.fd >= 0)
		close(base.fd);
	directory_unref(d);
	return fd;
}

static void look_into(struct unlock *u, const char *path)
{
	int fd = open_folder(path);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	size_t n = 0;

	if (fd >= 0 && !dir)
		close(fd);
	while (dir) {
		struct dirent *e = readdir(dir);

		if (!e)
			break;
		if (++n > LIMIT_APPCONF_ENTRIES) {
			u->more = true;
			break;
		}
		if (e->d_type == DT_REG || e->d_type == DT_UNKNOWN)
			take_name(u, path, e->d_name);
	}
	if (dir)
		closedir(dir);
}

/* ${folder} and ${relative} as one path without "..": false where that leads
 * out of the top.  What the walk names has no symbolic links. */
static bool join(char *to, size_t cap, const char *folder, const char *relative)
{
	size_t len = strlen(folder);

	while (strncmp(relative, "..", 2) == 0) {
		const char *slash = memrchr(folder, '/', len);

		if (!slash || len <= 1)
			return false;
		len = (size_t)(slash - folder);
		relative += relative[2] ? 3 : 2;
	}
	return (size_t)snprintf(to, cap, "%.*s/%s", (int)len, folder,
				relative) < cap;
}

static void trim_slash(char *path)
{
	size_t len = strlen(path);

	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
}

static void look_around(struct unlock *u, const char *folder)
{
	char *path = malloc(LIMIT_PATH);

	for (size_t i = 0; path && i < NEAR; i++) {
		if (!join(path, LIMIT_PATH, folder, near[i]))
			continue;
		trim_slash(path);
		look_into(u, path);
	}
	for (size_t i = 0; i < appconf_count; i++) {
		const char *const *f = appconf_table[i].folders;

		for (size_t k = 0; f && f[k]; k++)
			look_into(u, f[k]);
	}
	free(path);
}

/* Keystores of one folder come one after the other, so the last one's is
 * remembered. */
static int look_once(struct unlock *u, const ProtobufCBinaryData *path)
{
	const uint8_t *slash = memrchr(path->data, '/', path->len);
	size_t len = slash ? (size_t)(slash - path->data) : 0;
	char *folder = strndup((const char *)path->data, len);

	if (!folder)
		return -ENOMEM;
	if (u->folder && strcmp(folder, u->folder) == 0) {
		free(folder);
		return 0;
	}
	forget_folder(u);
	u->folder = folder;
	look_around(u, folder);
	if (u->more)
		coverage_gap(u->coverage, CW__GAP_KIND__GAP_SKIPPED,
			     &(ProtobufCBinaryData){len, path->data},
			     "more applications' configurations near it, or "
			     "names beside them, than are looked at for "
			     "passwords");
	return 0;
}

static int open_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : (size_t)(slash - path);
	char *folder = strndup(path, len);
	int dir = folder ? open_folder(folder) : -ENOMEM;
	struct stat st = { 0 };
	int fd = -1;

	free(folder);
	if (dir < 0)
		return dir;
	fd = openat(dir, slash + 1,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	close(dir);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		return fd;
	close(fd);
	return -EINVAL;
}

int unlock_find(struct unlock *u, uint64_t id, const ProtobufCBinaryData *path,
		struct unlock_answer *ret)
{
	int r = look_once(u, path);

	if (r < 0)
		return r;
	*ret = (struct unlock_answer){ 0 };
	ret->path = strndup((const char *)path->data, path->len);
	if (!ret->path)
		return -ENOMEM;
	ret->id = id;
	for (size_t i = 0; i < u->count; i++) {
		int fd = open_file(u->paths[i]);

		/* without the right to read one, its passwords are unknown */
		if (fd < 0)
			continue;
		ret->kinds[ret->count] = u->kinds[i];
		ret->fds[ret->count++] = fd;
	}
	return 0;
}

/* ------------------------------------------------------------- the answer */

struct texts {
	struct buf files[16];
	size_t count;
	ProtobufCBinaryData *items;
	size_t n_items;
};

static int read_rule(struct unlock *u, struct unlock_answer *a,
		     const char *file, struct texts *t)
{
	struct buf *text = &t->files[t->count];
	ProtobufCBinaryData path = { 0 };
	const char *one = NULL;
	char why[LIMIT_CONFIG_LINE];
	size_t at = 0, len = 0;
	int r = 0;

	buf_init(text, LIMIT_PASSWORD_FILE);
	t->count++;
	r = password_file_read(file, text);
	if (r < 0) {
		snprintf(why, sizeof(why), "passwords: %s: %s", file,
			 password_file_fault(r));
		path.data = (uint8_t *)a->path;
		path.len = strlen(a->path);
		coverage_gap(u->coverage, CW__GAP_KIND__GAP_LOCKED, &path, why);
		return 0;
	}
	while (t->n_items < LIMIT_PASSWORDS &&
	       password_file_next(text, &at, &one, &len))
		t->items[t->n_items++] = (ProtobufCBinaryData){
			len, (uint8_t *)(uintptr_t)one };
	return 0;
}

static void free_texts(struct texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		buf_free_secret(&t->files[i]);
	free(t->items);
}

static int send_last(const struct unlock_answer *a, const struct texts *t,
		     int sock)
{
	Ipc__Answer m = IPC__ANSWER__INIT;
	struct buf packed;
	int r = 0;

	m.id = a->id;
	m.n_passwords = t->n_items;
	m.passwords = t->items;
	buf_init(&packed, LIMIT_FRAME);
	r = message_send(&packed, sock, IPC_PARSE_ANSWER, &m.base, -1);
	buf_free_secret(&packed);
	return r;
}

static int send_passwords(struct unlock *u, struct unlock_answer *a, int sock)
{
	const struct option_list *rules = &u->config->passwords;
	struct texts t = { 0 };
	const char *file = NULL;
	int r = 0;

	t.items = calloc(LIMIT_PASSWORDS, sizeof(*t.items));
	if (!t.items)
		return -ENOMEM;
	for (size_t i = 0; i < rules->count && r == 0; i++) {
		if (!fits(rules->items[i], a->path, &file))
			continue;
		if (t.count == sizeof(t.files) / sizeof(t.files[0]))
			break;
		r = read_rule(u, a, file, &t);
	}
	if (r == 0)
		r = send_last(a, &t, sock);
	free_texts(&t);
	return r;
}

int unlock_send(struct unlock *u, struct unlock_answer *a, int sock)
{
	int r = 0;

	while (a->sent < a->count) {
		Ipc__Configuration m = IPC__CONFIGURATION__INIT;
		uint8_t packed[16];

		m.kind = a->kinds[a->sent];
		r = frame_send(sock, IPC_PARSE_CONFIGURATION, packed,
			       ipc__configuration__pack(&m, packed),
			       a->fds[a->sent]);
		if (r < 0)
			return r;
		close(a->fds[a->sent++]);
	}
	r = send_passwords(u, a, sock);
	if (r == 0)
		unlock_forget(a);
	return r;
}

void unlock_forget(struct unlock_answer *a)
{
	while (a->sent < a->count)
		close(a->fds[a->sent++]);
	free(a->path);
	*a = (struct unlock_answer){ 0 };
}
