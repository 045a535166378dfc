/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/uuid.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include <openssl/rand.h>

#include "lib/encode.h"

int uuid_make(char ret[static UUID_TEXT])
{
	uint8_t u[16];
	char hex[33];

	if (RAND_bytes(u, sizeof(u)) != 1)
		return -EIO;
	u[6] = (u[6] & 0x0f) | 0x40;
	u[8] = (u[8] & 0x3f) | 0x80;
	encode_hex(u, sizeof(u), hex);
	snprintf(ret, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
		 hex + 12, hex + 16, hex + 20);
	return 0;
}
