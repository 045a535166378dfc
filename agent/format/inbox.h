/* SPDX-License-Identifier: Apache-2.0 */
/* What the parse role receives.  Jobs are sent ahead, so some arrive while the
 * answer to a question is awaited: they wait here. */
#ifndef CW_AGENT_FORMAT_INBOX_H
#define CW_AGENT_FORMAT_INBOX_H

#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"

struct inbox_job {
	Ipc__Job *job;
	int fd;
};

struct inbox {
	int sock;
	struct frame_receiver in;
	struct inbox_job waiting[IPC_PARSE_QUEUE];
	size_t count;
};

/* The next job: 1, and it belongs to the caller; 0 when the other side has
 * closed; -EPROTO for what is no job; -errno. */
int inbox_job(struct inbox *b, struct inbox_job *ret);

/* The next frame of an answer (IPC_PARSE_CONFIGURATION or IPC_PARSE_ANSWER), as
 * of frame_recv(): 1, or as above. */
int inbox_answer(struct inbox *b, struct frame *ret);

/* Overwrites the last frame: it held secrets. */
void inbox_wipe(struct inbox *b);

void inbox_job_free(struct inbox_job *j);
void inbox_free(struct inbox *b);

#endif
