/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/host.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/encode.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/limits.h"

static void read_text(const char *path, struct buf *out)
{
	buf_init(out, KIB(16));
	if (file_read(path, out) < 0)
		buf_reset(out);
}

void host_pretty_name(const char *text, char *ret, size_t cap)
{
	static const char key[] = "PRETTY_NAME=";
	const char *p = text;
	size_t n;

	*ret = '\0';
	while (p && strncmp(p, key, sizeof(key) - 1) != 0) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return;
	p += sizeof(key) - 1;
	n = strcspn(p, "\n");
	if (n >= 2 && (*p == '"' || *p == '\'') && p[n - 1] == *p) {
		p++;
		n -= 2;
	}
	if (n < cap && is_utf8((const uint8_t *)p, n))
		snprintf(ret, cap, "%.*s", (int)n, p);
}

/* The id itself must not be given away, machine-id(5); the same one always
 * gives the same text. */
static void read_machine_id(char ret[static 65])
{
	static const char key[] = "certwalk";
	uint8_t mac[HASH_SIZE];
	unsigned int len = 0;
	struct buf b;

	read_text("/etc/machine-id", &b);
	while (b.len > 0 && (b.data[b.len - 1] == '\n'))
		b.len--;
	if (b.len >= 32 && HMAC(EVP_sha256(), key, sizeof(key) - 1, b.data,
				b.len, mac, &len) && len == sizeof(mac))
		encode_hex(mac, sizeof(mac), ret);
	buf_free(&b);
}

static char *borrow(const char *s)
{
	return (char *)(uintptr_t)(is_utf8((const uint8_t *)s, strlen(s)) ? s :
				   "");
}

void host_collect(struct host *ret)
{
	static const char *const capabilities[] = {"files"};
	struct buf b;

	memset(ret, 0, sizeof(*ret));
	cw__host_facts__init(&ret->facts);
	uname(&ret->uts);
	read_text("/etc/os-release", &b);
	if (b.len == 0) {
		buf_free(&b);
		read_text("/usr/lib/os-release", &b);
	}
	host_pretty_name(buf_str(&b), ret->os, sizeof(ret->os));
	buf_free(&b);
	read_machine_id(ret->machine_id);
	ret->facts.hostname = borrow(ret->uts.nodename);
	ret->facts.os = ret->os;
	ret->facts.kernel = borrow(ret->uts.release);
	ret->facts.arch = borrow(ret->uts.machine);
	ret->facts.machine_id = ret->machine_id;
	ret->facts.agent_version = borrow(CW_VERSION);
	ret->facts.libcrypto = borrow(OpenSSL_version(OPENSSL_VERSION));
	ret->facts.capabilities = (char **)(uintptr_t)capabilities;
	ret->facts.n_capabilities = 1;
}
