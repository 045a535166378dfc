/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "lib/buf.h"
#include "lib/encode.h"

#define PREFIX_LEN (sizeof(TOKEN_PREFIX) - 1)
#define CHECKSUM_SIZE 4
#define FIXED_SIZE (HASH_SIZE + TOKEN_SECRET_SIZE)
#define PACKED_MAX (FIXED_SIZE + TOKEN_ADDRESS_TEXT + CHECKSUM_SIZE)

int token_secret(char ret[static TOKEN_SECRET_TEXT])
{
	uint8_t raw[TOKEN_SECRET_SIZE];

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return -EIO;
	encode_hex(raw, sizeof(raw), ret);
	explicit_bzero(raw, sizeof(raw));
	return 0;
}

static int parse_port(const char *text, uint16_t *ret)
{
	unsigned int port = 0;

	if (!*text || strlen(text) > 5)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		port = port * 10 + (unsigned int)(*text - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

int token_split_address(const char *address, char *ret_host, size_t cap,
			uint16_t *ret_port)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_:%*";
	const char *colon = strrchr(address, ':');
	const char *host = address;
	size_t len = 0;
	uint16_t port = 0;

	if (!colon || parse_port(colon + 1, &port) < 0)
		return -EINVAL;
	len = (size_t)(colon - address);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len)) {
		return -EINVAL;
	}
	if (len == 0 || len >= cap)
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		if (!strchr(allowed, host[i]))
			return -EINVAL;
	memcpy(ret_host, host, len);
	ret_host[len] = '\0';
	*ret_port = port;
	return 0;
}

static int check_address(const char *address)
{
	char host[TOKEN_ADDRESS_TEXT];
	uint16_t port = 0;

	return token_split_address(address, host, sizeof(host), &port);
}

int token_encode(const struct token *t, char ret[static TOKEN_TEXT])
{
	uint8_t secret[TOKEN_SECRET_SIZE];
	uint8_t sum[HASH_SIZE];
	struct buf packed, text;
	int r = -EINVAL;

	if (check_address(t->address) < 0 ||
	    decode_hex(t->secret, secret, sizeof(secret)) < 0)
		return -EINVAL;
	buf_init(&packed, PACKED_MAX);
	buf_init(&text, TOKEN_TEXT - 1 + 4);
	buf_add(&packed, t->ca_sha256, HASH_SIZE);
	buf_add(&packed, secret, sizeof(secret));
	buf_adds(&packed, t->address);
	hash_sha256(packed.data, packed.len, sum);
	buf_add(&packed, sum, CHECKSUM_SIZE);
	buf_adds(&text, TOKEN_PREFIX);
	if (!packed.failed)
		encode_base64url(&text, packed.data, packed.len);
	if (!packed.failed && !text.failed && text.len < TOKEN_TEXT) {
		memcpy(ret, text.data, text.len);
		ret[text.len] = '\0';
		r = 0;
	}
	explicit_bzero(secret, sizeof(secret));
	buf_free_secret(&packed);
	buf_free_secret(&text);
	return r;
}

static int unpack(const uint8_t *p, size_t len, struct token *ret)
{
	struct token t = { .address = "" };
	uint8_t sum[HASH_SIZE];
	size_t address_len = 0;

	if (len < FIXED_SIZE + CHECKSUM_SIZE)
		return -EBADMSG;
	hash_sha256(p, len - CHECKSUM_SIZE, sum);
	if (memcmp(sum, p + len - CHECKSUM_SIZE, CHECKSUM_SIZE) != 0)
		return -EBADMSG;
	address_len = len - FIXED_SIZE - CHECKSUM_SIZE;
	if (address_len >= sizeof(t.address) ||
	    memchr(p + FIXED_SIZE, '\0', address_len))
		return -EBADMSG;
	memcpy(t.ca_sha256, p, HASH_SIZE);
	encode_hex(p + HASH_SIZE, TOKEN_SECRET_SIZE, t.secret);
	memcpy(t.address, p + FIXED_SIZE, address_len);
	if (check_address(t.address) < 0)
		return -EBADMSG;
	*ret = t;
	return 0;
}

int token_decode(const char *text, struct token *ret)
{
	struct buf packed;
	int r = -EINVAL;

	text += strspn(text, " \t\r\n");
	if (strncmp(text, TOKEN_PREFIX, PREFIX_LEN) != 0)
		return -EINVAL;
	text += PREFIX_LEN;
	buf_init(&packed, 2 * PACKED_MAX);
	r = decode_base64(&packed, text, strlen(text)) < 0 ?
		-EBADMSG : unpack(packed.data, packed.len, ret);
	buf_free_secret(&packed);
	return r;
}
