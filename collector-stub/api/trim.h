/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile host reported can be long: one host must not make the reply
 * about all too large. */
#ifndef CW_COLLECTOR_TRIM_H
#define CW_COLLECTOR_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

/* Values of ${m}, as unpacked without an allocator of its own, that have more
 * than ROW_JSON_SHORT bytes share ${left} bytes, which get fewer: a text beyond
 * them is cut, a list ends before.  Submessages alike.  True where something
 * was left out. */
bool trim_message(ProtobufCMessage *m, size_t *left);

#endif
