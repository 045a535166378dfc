/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/inbox.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void inbox_job_free(struct inbox_job *j)
{
	ipc__job__free_unpacked(j->job, NULL);
	if (j->fd >= 0)
		close(j->fd);
	*j = (struct inbox_job){ .fd = -1 };
}

void inbox_wipe(struct inbox *b)
{
	frame_receiver_wipe(&b->in);
}

void inbox_free(struct inbox *b)
{
	for (size_t i = 0; i < b->count; i++)
		inbox_job_free(&b->waiting[i]);
	b->count = 0;
	frame_receiver_free(&b->in);
}

/* Takes the descriptor too, whatever comes of it. */
static int take_job(const struct frame *f, struct inbox_job *ret)
{
	struct inbox_job j = { .fd = f->fd };

	if (f->op == IPC_PARSE_JOB && f->fd >= 0)
		j.job = ipc__job__unpack(NULL, f->len, f->data);
	if (!j.job) {
		inbox_job_free(&j);
		return -EPROTO;
	}
	*ret = j;
	return 1;
}

int inbox_job(struct inbox *b, struct inbox_job *ret)
{
	struct frame f = { .fd = -1 };
	int r = 0;

	if (b->count > 0) {
		*ret = b->waiting[0];
		b->count--;
		memmove(&b->waiting[0], &b->waiting[1],
			b->count * sizeof(b->waiting[0]));
		return 1;
	}
	r = frame_recv(&b->in, b->sock, IPC_PARSE__END, &f);
	return r == 1 ? take_job(&f, ret) : r;
}

int inbox_answer(struct inbox *b, struct frame *ret)
{
	struct frame f = { .fd = -1 };
	int r = 0;

	for (;;) {
		r = frame_recv(&b->in, b->sock, IPC_PARSE__END, &f);
		if (r != 1 || f.op != IPC_PARSE_JOB)
			break;
		if (b->count == IPC_PARSE_QUEUE) {
			close(f.fd);
			return -EPROTO;
		}
		r = take_job(&f, &b->waiting[b->count]);
		if (r < 0)
			return r;
		b->count++;
	}
	if (r == 1)
		*ret = f;
	return r;
}
