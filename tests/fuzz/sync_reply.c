/* SPDX-License-Identifier: Apache-2.0 */
/* What the sync role takes from the collector and from its own files.  The
 * first byte of an input tells which:
 *
 *	r SyncReply   c Credential   p Problem   h Retry-After
 *	s state/current   a state/acknowledged   i identity.pem   t state/status
 *	o os-release */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sync/backoff.h"
#include "agent/sync/credential.h"
#include "agent/sync/host.h"
#include "agent/sync/outcome.h"
#include "agent/sync/session.h"
#include "agent/sync/status.h"
#include "lib/file.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char dir[] = "/tmp/certwalk-fuzz.XXXXXX";

static void write_snapshot(const char *path)
{
	static const uint8_t location[] = {8, 1};
	struct snapshot_writer w = {0};

	if (snapshot_begin(&w, path) < 0 ||
	    snapshot_add(&w, location, sizeof(location), NULL) < 0 ||
	    snapshot_commit(&w, 1, 1, NULL) < 0)
		abort();
}

static void remove_dir(void)
{
	static const char *const names[] = {STATE_CURRENT, STATE_ACKNOWLEDGED,
		"file", STATUS_FILE};
	char path[4096];

	for (size_t i = 0; i < 4; i++) {
		file_path(path, sizeof(path), dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static const char *make_dir(void)
{
	static char path[4096];

	if (!path[0]) {
		if (!mkdtemp(dir))
			abort();
		atexit(remove_dir);
		file_path(path, sizeof(path), dir, STATE_CURRENT);
		write_snapshot(path);
	}
	return dir;
}

static const char *put_file(const char *name, const uint8_t *data, size_t len)
{
	static char path[4096];
	int fd;

	file_path(path, sizeof(path), make_dir(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || file_write_all(fd, data, len) < 0)
		abort();
	close(fd);
	return path;
}

static void reply(const uint8_t *data, size_t len)
{
	Cw__HostFacts host = CW__HOST_FACTS__INIT;
	struct session s = {0};
	struct state state;
	const char *why = NULL;
	int64_t heartbeat = 0;
	struct buf body;

	buf_init(&body, LIMIT_SYNC_BODY);
	state_load(&state, make_dir());
	if (session_init(&s, &state, &host) == 0 && session_begin(&s) > 0) {
		for (int i = 0; i < 3 && session_request(&s, &body) > 0; i++)
			session_reply(&s, data, len, &heartbeat, &why);
	}
	session_free(&s);
	state_free(&state);
	buf_free(&body);
}

static void credential(const uint8_t *data, size_t len)
{
	static const uint8_t pin[HASH_SIZE] = {0};
	static EVP_PKEY *key;
	struct identity id = {0};
	const char *why = NULL;

	if (!key)
		key = credential_key();
	if (credential_take(data, len, key, pin, NULL, 1, &id, &why) == 0)
		identity_free(&id);
}

static void snapshot(const uint8_t *data, size_t len)
{
	struct snapshot_span span = {0};
	struct snapshot s = {0};
	const char *why = NULL;
	uint8_t hash[HASH_SIZE];
	size_t at = 0;

	if (snapshot_open(put_file("file", data, len), &s, &why) < 0)
		return;
	while (snapshot_object(&s, &at, &span)) {
		snapshot_object_hash(&span, hash);
		snapshot_object_is_whole(&span);
	}
	snapshot_close(&s);
}

static void acknowledged(const uint8_t *data, size_t len)
{
	struct acked a = {0};
	const char *why = NULL;

	if (acked_load(put_file("file", data, len), &a, &why) == 0)
		acked_free(&a);
}

static void identity(const uint8_t *data, size_t len)
{
	struct identity id = {0};
	const char *why = NULL;

	if (identity_read(put_file("file", data, len), &id, &why) == 0)
		identity_free(&id);
}

static void status(const uint8_t *data, size_t len)
{
	Ipc__Status *s = NULL;

	put_file(STATUS_FILE, data, len);
	if (status_read(make_dir(), &s) == 0)
		ipc__status__free_unpacked(s, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct outcome o = {0};
	char text[512], os[256];

	if (len == 0)
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)(len < 500 ? len - 1 : 500),
		 (const char *)data + 1);
	switch (*data++) {
	case 'r': reply(data, len - 1); break;
	case 'c': credential(data, len - 1); break;
	case 'p': outcome_http(&o, "h", 403, data, len - 1, -1); break;
	case 'h': backoff_retry_after(text, 1000000000, 86400); break;
	case 's': snapshot(data, len - 1); break;
	case 'a': acknowledged(data, len - 1); break;
	case 'i': identity(data, len - 1); break;
	case 't': status(data, len - 1); break;
	case 'o': host_pretty_name(text, os, sizeof(os)); break;
	default: break;
	}
	return 0;
}
