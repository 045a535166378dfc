/* SPDX-License-Identifier: Apache-2.0 */
/* What is read is written and read again. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/pkcs11_uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pkcs11_address a = {.id_len = 0}, again = {.id_len = 0};
	const char *why = NULL;
	struct buf text, out;

	buf_init(&text, MIB(1));
	buf_init(&out, MIB(1));
	if (buf_add(&text, data, len) == 0 &&
	    pkcs11_uri_parse(buf_str(&text), &a, &why) == 0) {
		assert(a.id_len < sizeof(a.id));
		buf_adds(&out, "pkcs11:");
		pkcs11_uri_add(&out, "token", a.token, strlen(a.token));
		pkcs11_uri_add(&out, *a.token ? ";id" : "id", a.id, a.id_len);
		assert(pkcs11_uri_parse(buf_str(&out), &again, &why) == 0);
		assert(strcmp(a.token, again.token) == 0);
		assert(a.id_len == again.id_len &&
		       memcmp(a.id, again.id, a.id_len) == 0);
	}
	buf_free(&text);
	buf_free(&out);
	return 0;
}
