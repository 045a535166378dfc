/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/keyring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"

#define STAMPS 3

void keyring_init(struct keyring *k, const struct agent_config *config)
{
	*k = (struct keyring){.config = config};
}

static void drop(struct keyring *k)
{
	identity_free(&k->own);
	identity_free(&k->next);
	k->has_own = k->has_next = false;
}

void keyring_free(struct keyring *k)
{
	drop(k);
}

static bool is_configured(const struct keyring *k)
{
	return k->config->certificate && *k->config->certificate;
}

static int own_path(const struct keyring *k, const char *name,
		    char path[static 4096])
{
	return file_path(path, 4096, k->config->state_dir, name);
}

static void stamp(const char *path, struct keyring_stamp *ret)
{
	struct stat st = {0};

	if (stat(path, &st) == 0)
		*ret = (struct keyring_stamp){st.st_ino, st.st_ctim,
					      st.st_size};
}

static void look(const struct keyring *k, struct keyring_stamp s[static STAMPS])
{
	char path[4096];

	if (is_configured(k)) {
		stamp(k->config->certificate, &s[0]);
		stamp(k->config->key, &s[1]);
		stamp(k->config->ca, &s[2]);
		return;
	}
	if (own_path(k, IDENTITY_FILE, path) == 0)
		stamp(path, &s[0]);
	if (own_path(k, IDENTITY_NEXT, path) == 0)
		stamp(path, &s[1]);
}

static bool is_same(const struct keyring_stamp *a,
		    const struct keyring_stamp *b)
{
	for (int i = 0; i < STAMPS; i++) {
		if (a[i].inode != b[i].inode || a[i].size != b[i].size ||
		    a[i].ctime.tv_sec != b[i].ctime.tv_sec ||
		    a[i].ctime.tv_nsec != b[i].ctime.tv_nsec)
			return false;
	}
	return true;
}

static int read_one(const struct keyring *k, const char *name,
		    struct identity *ret)
{
	const char *why = NULL;
	char path[4096];
	int r = own_path(k, name, path);

	if (r == 0)
		r = identity_read(path, ret, &why);
	if (r == -EPERM)
		why = "must be readable by its owner alone (mode 0600), and "
		      "belong to this user or to root";
	if (r < 0 && r != -ENOENT)
		log_error("%s: %s", path, why ? why : strerror(-r));
	return r;
}

static int read_all(struct keyring *k)
{
	const char *why = NULL, *file = NULL;
	int r;

	if (!is_configured(k)) {
		k->has_next = read_one(k, IDENTITY_NEXT, &k->next) == 0;
		r = read_one(k, IDENTITY_FILE, &k->own);
		k->has_own = r == 0;
		return k->has_next ? 0 : r;
	}
	r = identity_read_configured(k->config, &k->own, &file, &why);
	k->has_own = r == 0;
	if (r < 0)
		log_error("%s: %s", file, why);
	return r == -ENOENT ? -EBADMSG : r;
}

int keyring_refresh(struct keyring *k, bool *ret_changed)
{
	struct keyring_stamp now[STAMPS] = {{0}};

	look(k, now);
	*ret_changed = false;
	if (k->looked && is_same(now, k->stamps)) {
		if (keyring_identity(k))
			return 0;
		return now[0].inode ? -EBADMSG : -ENOENT;
	}
	drop(k);
	*ret_changed = true;
	memcpy(k->stamps, now, sizeof(now));
	k->looked = true;
	return read_all(k);
}

const struct identity *keyring_identity(const struct keyring *k)
{
	return k->has_next ? &k->next : k->has_own ? &k->own : NULL;
}

int keyring_add_next(struct keyring *k, struct identity *next)
{
	char path[4096];
	int r = own_path(k, IDENTITY_NEXT, path);

	if (r == 0)
		r = identity_write(path, next, (uid_t)-1, (gid_t)-1);
	if (r < 0)
		return r;
	identity_free(&k->next);
	k->next = *next;
	*next = (struct identity){0};
	k->has_next = true;
	look(k, k->stamps);
	return 0;
}

int keyring_promote(struct keyring *k)
{
	char from[4096], to[4096];
	int r = own_path(k, IDENTITY_NEXT, from);

	if (r == 0)
		r = own_path(k, IDENTITY_FILE, to);
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		return r;
	identity_free(&k->own);
	k->own = k->next;
	k->next = (struct identity){0};
	k->has_own = true;
	k->has_next = false;
	memset(k->stamps, 0, sizeof(k->stamps));
	look(k, k->stamps);
	return 0;
}

void keyring_drop_next(struct keyring *k)
{
	char path[4096];

	if (own_path(k, IDENTITY_NEXT, path) == 0)
		unlink(path);
	identity_free(&k->next);
	k->has_next = false;
	memset(k->stamps, 0, sizeof(k->stamps));
	look(k, k->stamps);
}
