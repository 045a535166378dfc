/* SPDX-License-Identifier: Apache-2.0 */
/* The string by which a host enrols: where the collector is, the secret that
 * lets one in, and which CA the collector must show.
 *
 * "cw1_", then URL-safe base64 without padding of
 *
 *	0         32       48                n       n + 4
 *	+---------+--------+-----------------+----------+
 *	| CA hash | secret | host:port, text | checksum |
 *	+---------+--------+-----------------+----------+
 *
 * The checksum is the first four bytes of the SHA-256 of all before it: it
 * tells a token that was garbled on its way from one that is refused. */
#ifndef CW_LIB_TOKEN_H
#define CW_LIB_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"

#define TOKEN_PREFIX "cw1_"

/* bytes of the secret (128 bits), and of its text with its NUL */
#define TOKEN_SECRET_SIZE 16
#define TOKEN_SECRET_TEXT (2 * TOKEN_SECRET_SIZE + 1)

/* a host name of 253 bytes, or an IPv6 address in brackets; colon, port, NUL */
#define TOKEN_ADDRESS_TEXT 272

/* the longest token and its NUL */
#define TOKEN_TEXT 440

struct token {
	char address[TOKEN_ADDRESS_TEXT];	/* host:port, [IPv6]:port */
	char secret[TOKEN_SECRET_TEXT];		/* lower-case hex */
	uint8_t ca_sha256[HASH_SIZE];	/* of the CA certificate's DER */
};

/* A fresh secret from the system's generator: 0 or -EIO. */
int token_secret(char ret[static TOKEN_SECRET_TEXT]);

/* 0, or -EINVAL where the address is not HOST:PORT or the secret not hex. */
int token_encode(const struct token *t, char ret[static TOKEN_TEXT]);

/* White space within ${text} is passed over.  0, -EINVAL for what is not a
 * token at all, -EBADMSG for one that was garbled or cut. */
int token_decode(const char *text, struct token *ret);

/* Splits "HOST:PORT" or "[IPv6]:PORT" (brackets go).  0, or -EINVAL: no host,
 * no port, a port above 65535, a host longer than ${cap} or with other than
 * letters, digits and ".-_:%*". */
int token_split_address(const char *address, char *ret_host, size_t cap,
			uint16_t *ret_port);

#endif
