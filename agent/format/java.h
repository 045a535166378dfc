/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as Java's DataOutputStream and ObjectOutputStream write them. */
#ifndef CW_AGENT_FORMAT_JAVA_H
#define CW_AGENT_FORMAT_JAVA_H

#include <stddef.h>
#include <stdint.h>

/* What is left to read.  A read beyond the end sets ${failed}, gives zeros, and
 * so does every read after it. */
struct java {
	const uint8_t *p;
	size_t left;
	int failed;
};

struct java_bytes {
	const uint8_t *p;	/* never NULL; borrowed */
	size_t len;
};

static inline struct java java_of(const uint8_t *p, size_t len)
{
	return (struct java){ .p = p, .left = len };
}

uint8_t java_u8(struct java *j);
uint16_t java_u16(struct java *j);
uint32_t java_u32(struct java *j);
uint64_t java_u64(struct java *j);
struct java_bytes java_take(struct java *j, size_t len);
/* writeUTF(): two bytes of length, then "modified UTF-8" */
struct java_bytes java_utf(struct java *j);
/* four bytes of length, then as many */
struct java_bytes java_block(struct java *j);

/* objects inside objects of a serialised one, and classes of one stream */
#define JAVA_DEPTH 16
#define JAVA_CLASSES 64

/* Passes over one whole serialised object (Java Object Serialization
 * Specification, section 6.4), stream header included.  0; -EBADMSG where none
 * is there or it exceeds the limits: ${j} is then unchanged. */
int java_skip_object(struct java *j);

#endif
