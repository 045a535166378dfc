/* SPDX-License-Identifier: Apache-2.0 */
/* A frame as a hostile process sends it, then the messages of the IPC. */
#include <sys/socket.h>
#include <unistd.h>

#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define UNPACK(name, f) \
	ipc__##name##__free_unpacked( \
		ipc__##name##__unpack(NULL, (f)->len, (f)->data), NULL)

static void messages(const struct frame *f)
{
	UNPACK(candidate, f);
	UNPACK(job, f);
	UNPACK(finding, f);
	UNPACK(job_done, f);
	UNPACK(walk_progress, f);
	UNPACK(snapshot_item, f);
	UNPACK(status, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct frame_receiver r = {0};
	struct frame f = {.fd = -1};
	int pair[2];

	if (frame_pair(pair) < 0)
		return 0;
	if (send(pair[0], data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 &&
	    len > 0 && frame_recv(&r, pair[1], 4, &f) == 1)
		messages(&f);
	if (f.fd >= 0)
		close(f.fd);
	/* the payload alone too: the fuzzer need not find the magic */
	f.data = data;
	f.len = len;
	messages(&f);
	frame_receiver_free(&r);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
