/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one format over bytes and keeps what it yields as text, a line each:
 * "certificate ENTRY", "key ENTRY spki|none|ALGORITHM clear|encrypted", "gap
 * KIND TEXT" ... */
#ifndef CW_TESTS_UNIT_COLLECT_H
#define CW_TESTS_UNIT_COLLECT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "agent/format/format.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/limits.h"

struct collected {
	struct buf text;
	unsigned int certificates;
	unsigned int gaps;
	uint64_t iterations;	/* of the last keystore */
	bool holds_keys;	/* some keystore does, or may */
	int result;
};

static void collect_ssh(struct collected *c, const Ipc__Finding *f)
{
	const Cw__Facts *facts = f->facts;

	buf_addf(&c->text, "%s %s %s %u '%s'%s",
		 f->kind == CW__KIND__KIND_SSH_KEY ? "ssh" : "ssh-certificate",
		 f->entry, facts->key_alg, facts->key_bits, facts->comment,
		 facts->spki_sha256.len ? " spki" : "");
	if (f->protection)
		buf_addf(&c->text, " %s", f->protection->encrypted
						  ? f->protection->scheme
						  : "clear");
	for (size_t i = 0; i < f->n_flags; i++)
		buf_addf(&c->text, " %s", f->flags[i]);
	for (size_t i = 0; i < facts->n_principals; i++)
		buf_addf(&c->text, " for %s", facts->principals[i]);
	if (f->kind == CW__KIND__KIND_SSH_CERTIFICATE)
		buf_addf(&c->text, " serial %s id %s role %s until %lld",
			 facts->serial, facts->subject, facts->role,
			 (long long)facts->not_after);
	buf_addch(&c->text, '\n');
}

static int collect_finding(void *arg, const Ipc__Finding *f)
{
	struct collected *c = arg;
	const Cw__Protection *p = f->protection;

	switch (f->kind) {
	case CW__KIND__KIND_CERTIFICATE:
		c->certificates++;
		buf_addf(&c->text, "certificate %s%s\n", f->entry,
			 f->trust_store ? " trusted" : "");
		break;
	case CW__KIND__KIND_CRL:
		buf_addf(&c->text, "crl %s\n", f->entry);
		break;
	case CW__KIND__KIND_PRIVATE_KEY:
		buf_addf(&c->text, "key %s %s %s\n", f->entry,
			 f->sha256.len ? "spki"
			 : f->facts && *f->facts->key_alg ? f->facts->key_alg
							  : "none",
			 p && p->encrypted ? "encrypted" : "clear");
		break;
	case CW__KIND__KIND_KEYSTORE:
		c->holds_keys |= f->holds_keys;
		c->iterations = p->iterations;
		buf_addf(&c->text, "store %s | %s | %s | opened by %s%s\n",
			 f->format, f->facts->comment, p->scheme,
			 *p->opened_by ? p->opened_by : "nothing",
			 p->well_known_password ? ", well known" : "");
		break;
	case CW__KIND__KIND_PUBLIC_KEY:
		buf_addf(&c->text, "public %s %s %u\n", f->entry,
			 f->facts->key_alg, f->facts->key_bits);
		break;
	case CW__KIND__KIND_SSH_KEY:
	case CW__KIND__KIND_SSH_CERTIFICATE:
		collect_ssh(c, f);
		break;
	default:
		buf_addf(&c->text, "kind %d %s\n", f->kind, f->entry);
	}
	return 0;
}

static int collect_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	struct collected *c = arg;

	c->gaps++;
	buf_addf(&c->text, "gap %d %s\n", kind, reason);
	return 0;
}

static inline void collect(struct collected *c, const struct format *f,
			   const void *data, size_t len, const char *name)
{
	struct emit_sink sink = { collect_finding, collect_gap, c };
	/* an exact allocation, so that ASan sees overreads */
	uint8_t *copy = malloc(len ? len : 1);
	struct source s = { 0 };
	struct emit e;

	*c = (struct collected){ 0 };
	buf_init(&c->text, MIB(4));
	if (len > 0)
		memcpy(copy, data, len);
	source_open_memory(&s, copy, len, name);
	emit_init(&e, &sink);
	e.format = f->name;
	c->result = -1000;
	if (f->sniff(s.head, s.head_len, s.size, s.name) != FORMAT_NO)
		c->result = f->parse(&s, &e);
	emit_free(&e);
	free(copy);
}

static inline void collect_free(struct collected *c)
{
	buf_free(&c->text);
}

static inline bool collect_has(struct collected *c, const char *text)
{
	return strstr(buf_str(&c->text), text) != NULL;
}

/* Fails, and shows all, where ${text} is not among what was yielded. */
#define assert_yields(c, expected) \
	do { \
		if (!collect_has(c, expected)) \
			fail_msg("no '%s' in:\n%s", expected, \
				 buf_str(&(c)->text)); \
	} while (0)

/* A new P-256 key. */
static inline EVP_PKEY *made_key(void)
{
	return EVP_EC_gen("P-256");
}

/* PKCS#8 of a key of GOST R 34.10-2012, which libcrypto does not have. */
static inline size_t strange_key(const uint8_t **ret)
{
	static const uint8_t der[] =
		"\x30\x36\x02\x01\x00\x30\x0a\x06\x08\x2a\x85\x03\x07\x01\x01"
		"\x01\x01\x04\x25\x04\x23not a secret, and of no curve here!";

	*ret = der;
	return sizeof(der) - 1;
}

/* Makes the INTEGER at ${at} 2^31; the lengths of all that is around it grow.
 * DER, of which each header around has room in the length that it has. */
static inline void grow_integer(struct buf *b, size_t at)
{
	static const uint8_t most[] = {2, 5, 0, 0x80, 0, 0, 0};
	size_t old = 2u + b->data[at + 1], more = sizeof(most) - old;

	for (size_t p = 0; p < at;) {
		size_t header = 2, len = b->data[p + 1], last = p + 1;

		if (len & 0x80) {
			header += len & 0x7f;
			len = 0;
			while (++last < p + header)
				len = len << 8 | b->data[last];
			last--;
		}
		if (p + header + len <= at) {
			p += header + len;
			continue;
		}
		len += more;
		b->data[last] = (uint8_t)len;
		if (header > 3)
			b->data[last - 1] = (uint8_t)(len >> 8);
		p += header;
	}
	if (buf_reserve(b, more) < 0)
		return;
	memmove(b->data + at + sizeof(most), b->data + at + old,
		b->len - at - old);
	memcpy(b->data + at, most, sizeof(most));
	b->len += more;
}

/* A new self-signed certificate; the caller frees it. */
static inline X509 *made_certificate(EVP_PKEY *key, const char *name)
{
	static long serial = 1;
	X509 *x = X509_new();
	X509_NAME *n = X509_get_subject_name(x);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, n);
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	return x;
}

/* Runs a shell command: true where it ended with 0. */
static inline bool tool(const char *command)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline bool tool_is_installed(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1",
		 name);
	return tool(command);
}

#endif
