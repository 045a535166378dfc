/* SPDX-License-Identifier: Apache-2.0 */
/* A protobuf message into a buffer, and into a frame. */
#ifndef CW_LIB_MESSAGE_H
#define CW_LIB_MESSAGE_H

#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "lib/buf.h"

/* Appends the packed message: 0, or -ENOBUFS or -ENOMEM as buf_reserve(), and
 * then appends nothing. */
int message_pack(struct buf *out, const ProtobufCMessage *m);

/* Sends the message as one frame: as message_pack() and frame_send().  It is
 * packed into ${work}, whose contents are lost; ${fd} is borrowed, -1 for
 * none. */
int message_send(struct buf *work, int sock, uint32_t op,
		 const ProtobufCMessage *m, int fd);

#endif
