/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the sync role alone, in place of the supervisor:
 *
 *	sync_driver CONFIG DER
 *
 * Lines on standard input: "scan FROM TO" hands over a snapshot with locations
 * of these numbers (FROM up to, without, TO), each of the object in the file
 * DER; "quit" ends.  What the role says goes to standard output, a line each:
 * "stored ..." and "status ...". */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/sync/sync.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/frame.h"
#include "lib/hash.h"
#include "lib/log.h"

struct driver {
	int sock;
	struct frame_receiver frames;
	struct buf der;
	bool stored;
	bool end;
};

static int send_item(struct driver *d, unsigned int n)
{
	Ipc__SnapshotItem m = IPC__SNAPSHOT_ITEM__INIT;
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	Cw__Object o = CW__OBJECT__INIT;
	uint8_t hash[HASH_SIZE], location[512], item[8192];
	char path[64];

	hash_sha256(d->der.data, d->der.len, hash);
	snprintf(path, sizeof(path), "/srv/%u.pem", n);
	f.path = (ProtobufCBinaryData){strlen(path), (uint8_t *)path};
	f.mode = 0644;
	o.kind = l.kind = CW__KIND__KIND_CERTIFICATE;
	o.sha256 = l.object = (ProtobufCBinaryData){HASH_SIZE, hash};
	o.der = (ProtobufCBinaryData){d->der.len, d->der.data};
	l.format = (char *)(uintptr_t)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	m.location.len = cw__location__pack(&l, location);
	m.location.data = location;
	m.object = &o;
	return frame_send(d->sock, IPC_SYNC_ITEM, item,
			  ipc__snapshot_item__pack(&m, item), -1);
}

static void print_status(const char *word, const struct frame *f)
{
	Ipc__Status *s = ipc__status__unpack(NULL, f->len, f->data);

	if (!s)
		exit(3);
	printf("%s class=%s acked=%" PRIu64 " generation=%" PRIu64
	       " locations=%" PRIu64 " pending=%" PRIu64 "/%" PRIu64
	       " error=%s\n", word,
	       *s->last_error_class ? s->last_error_class : "-",
	       s->acknowledged_generation, s->generation, s->locations,
	       s->pending_added, s->pending_removed, s->last_error);
	fflush(stdout);
	ipc__status__free_unpacked(s, NULL);
}

static void take_frame(struct driver *d)
{
	struct frame f = {.fd = -1};
	int r = frame_recv(&d->frames, d->sock, IPC_SYNC__END, &f);

	if (r <= 0) {
		d->end = true;
		return;
	}
	if (f.op == IPC_SYNC_STORED)
		d->stored = true;
	print_status(f.op == IPC_SYNC_STORED ? "stored" : "status", &f);
}

static void scan(struct driver *d, unsigned int from, unsigned int to)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	uint8_t packed[256];

	/* whole seconds would make two quick scans one */
	c.started = clock_now() * 1000 + clock_steady_ms() % 1000;
	c.finished = clock_now();
	c.complete = true;
	c.locations = to - from;
	if (frame_send(d->sock, IPC_SYNC_BEGIN, NULL, 0, -1) < 0)
		d->end = true;
	for (unsigned int i = from; i < to && !d->end; i++)
		d->end = send_item(d, i) < 0;
	if (frame_send(d->sock, IPC_SYNC_COMMIT, packed,
		       cw__coverage__pack(&c, packed), -1) < 0)
		d->end = true;
	for (d->stored = false; !d->stored && !d->end;)
		take_frame(d);
}

static void take_line(struct driver *d)
{
	char line[256] = "", *at = line + strlen("scan ");
	unsigned long from = 0;
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(0, line + n, 1) == 1 &&
	       line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strncmp(line, "scan ", strlen("scan ")) != 0) {
		d->end = true;
		return;
	}
	from = strtoul(at, &at, 10);
	scan(d, (unsigned int)from, (unsigned int)strtoul(at, NULL, 10));
}

static int drive(struct driver *d)
{
	struct pollfd p[2] = {{.fd = 0, .events = POLLIN},
			      {.fd = d->sock, .events = POLLIN}};

	while (!d->end) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return 1;
		if (p[1].revents)
			take_frame(d);
		if (p[0].revents && !d->end)
			take_line(d);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct agent_config config;
	struct driver d = {0};
	int pair[2], status = 0, r;
	enum log_level level;
	pid_t pid;

	buf_init(&d.der, 4096);
	if (argc != 3 || agent_config_load(&config, argv[1]) < 0 ||
	    file_read(argv[2], &d.der) < 0 || frame_pair(pair) < 0)
		return 2;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		log_name("sync");
		if (log_level_parse(config.log_level, &level) == 0)
			log_level(level);
		close(pair[0]);
		r = sync_role(pair[1], &config);
		agent_config_free(&config);
		buf_free(&d.der);
		exit(r);
	}
	close(pair[1]);
	d.sock = pair[0];
	printf("pid %d\n", (int)pid);
	fflush(stdout);
	r = drive(&d);
	close(pair[0]);
	waitpid(pid, &status, 0);
	agent_config_free(&config);
	frame_receiver_free(&d.frames);
	buf_free(&d.der);
	printf("end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return r;
}
