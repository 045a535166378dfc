/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/message.h"

#include "lib/frame.h"

int message_pack(struct buf *out, const ProtobufCMessage *m)
{
	int r = buf_reserve(out, protobuf_c_message_get_packed_size(m));

	if (r == 0)
		out->len += protobuf_c_message_pack(m, out->data + out->len);
	return r;
}

int message_send(struct buf *work, int sock, uint32_t op,
		 const ProtobufCMessage *m, int fd)
{
	int r = 0;

	buf_reset(work);
	r = message_pack(work, m);
	return r < 0 ? r : frame_send(sock, op, work->data, work->len, fd);
}
