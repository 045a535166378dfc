/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between processes of one program, over a SOCK_SEQPACKET pair.
 *
 * One frame is one message: a header of four 32-bit words in host order, then
 * the payload.
 *
 *	0       4       8       12      16
 *	+-------+-------+-------+-------+---------...
 *	| magic |  op   | length| flags | payload
 *	+-------+-------+-------+-------+---------...
 *
 * Flag FRAME_FD: a descriptor for the receiver comes along (SCM_RIGHTS).  Flag
 * FRAME_MEMFD: the payload is not in the message but in a sealed memfd, which
 * comes along too, first.  The receiver refuses a wrong magic, op zero or above
 * its bound, a length that is not the payload's or is above the limit, unknown
 * flags, and more or fewer descriptors than the flags say. */
#ifndef CW_LIB_FRAME_H
#define CW_LIB_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

#define FRAME_MAGIC 0x43574631u
#define FRAME_FD 1u
#define FRAME_MEMFD 2u

struct frame_header {
	uint32_t magic;
	uint32_t op;
	uint32_t length;
	uint32_t flags;
};

/* What was received.  ${data} points into the receiver, until its next frame;
 * ${fd} is -1 or belongs to the caller now, who closes it. */
struct frame {
	uint32_t op;
	const uint8_t *data;
	size_t len;
	int fd;
};

struct frame_receiver {
	uint8_t *message;
	void *mapped;
	size_t mapped_len;
};

/* A connected pair, close-on-exec: 0 or -errno. */
int frame_pair(int ret[2]);

/* Sends one frame; ${fd} is borrowed, -1 for none.  0; -EAGAIN where the
 * socket does not block and is full; -EMSGSIZE above LIMIT_FRAME; -errno. */
int frame_send(int sock, uint32_t op, const void *data, size_t len, int fd);

/* Receives one frame with an op below ${op_end}.  1; 0 when the other side has
 * closed; -EAGAIN where the socket does not block and is empty; -EPROTO for a
 * broken frame (the caller ends the other side); -errno. */
int frame_recv(struct frame_receiver *r, int sock, uint32_t op_end,
	       struct frame *ret);

/* Overwrites what the last frame held inline, for secrets. */
void frame_receiver_wipe(struct frame_receiver *r);
void frame_receiver_free(struct frame_receiver *r);

#endif
