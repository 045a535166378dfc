/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text and back: hex, base64, UTF-8. */
#ifndef CW_LIB_ENCODE_H
#define CW_LIB_ENCODE_H

#include "lib/buf.h"

/* Lower-case hex and a NUL: ${text} holds 2 * len + 1 bytes. */
void encode_hex(const uint8_t *in, size_t len, char *text);
/* Exactly 2 * ${len} hex digits of either case, then NUL: 0 or -EINVAL. */
int decode_hex(const char *text, uint8_t *out, size_t len);

/* Base64 (RFC 4648 section 4), padded, or (section 5) URL-safe, unpadded.
 * 0, or the error of the buffer. */
int encode_base64(struct buf *out, const void *in, size_t len);
int encode_base64url(struct buf *out, const void *in, size_t len);

/* Value of a digit of either alphabet, 0 to 63, or what else it is. */
enum { BASE64_PAD = 64, BASE64_SPACE, BASE64_OTHER };
uint8_t base64_value(uint8_t c);

/* Either alphabet, padded or not; white space is passed over.  0, or -EINVAL
 * for any other byte, data after the padding or a lone sixth of a group, or
 * the error of the buffer; ${out} then holds what came before. */
int decode_base64(struct buf *out, const char *in, size_t len);

/* Length of the valid UTF-8 sequence at ${s} (1 to 4), or 0. */
size_t utf8_length(const uint8_t *s, size_t left);
bool is_utf8(const uint8_t *s, size_t len);
/* The length of ${s}, at most ${max}, so that no character is cut in two. */
size_t utf8_cut(const uint8_t *s, size_t len, size_t max);

#endif
