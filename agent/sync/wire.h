/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf field by field (protobuf.dev, "Encoding"), for messages that are
 * too large to be held whole: the agent's snapshot and the body of a sync. */
#ifndef CW_AGENT_SYNC_WIRE_H
#define CW_AGENT_SYNC_WIRE_H

#include "lib/buf.h"

/* bytes of the longest field header: key and length */
#define WIRE_HEADER 15

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2,
	WIRE_FIXED32 = 5 };

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;		/* of a varint or fixed field */
	const uint8_t *data;	/* of bytes: into the message */
	size_t len;
};

/* Reads the field at ${*at} and moves ${*at} past it.  1; 0 at ${end};
 * -EBADMSG where there is no whole field (groups are refused). */
int wire_next(const uint8_t **at, const uint8_t *end, struct wire_field *ret);

/* Each appends one field: 0, or the error of the buffer. */
int wire_put_varint(struct buf *out, uint32_t number, uint64_t value);
int wire_put_fixed64(struct buf *out, uint32_t number, uint64_t value);
int wire_put_bytes(struct buf *out, uint32_t number, const void *data,
		   size_t len);

/* The header of a field of ${len} bytes; returns its size. */
size_t wire_header(uint8_t out[static WIRE_HEADER], uint32_t number,
		   size_t len);

#endif
