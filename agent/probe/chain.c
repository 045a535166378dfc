/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/chain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/der.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/limits.h"

#define ROOTS_MAX 1000

static uint8_t (*roots)[HASH_SIZE];
static size_t n_roots;

/* TBSCertificate: version, serial, algorithm, issuer, validity, subject */
static bool find_subject(struct der d, struct der *ret)
{
	struct der certificate = {0}, tbs = {0}, version = {0};
	struct der_element e = {0};

	if (der_take(&d, DER_SEQUENCE, &certificate) < 0 ||
	    der_take(&certificate, DER_SEQUENCE, &tbs) < 0 ||
	    der_take_optional(&tbs, DER_CONTEXT_CONSTRUCTED(0), &version) < 0)
		return false;
	for (int i = 0; i < 5; i++) {
		if (der_next(&tbs, &e) < 0)
			return false;
	}
	*ret = e.all;
	return true;
}

static void add_root(const char *base64, size_t len, struct buf *der)
{
	struct der subject = {0};

	buf_reset(der);
	if (decode_base64(der, base64, len) == 0 && n_roots < ROOTS_MAX &&
	    find_subject((struct der){der->data, der->len}, &subject))
		hash_sha256(subject.data, subject.len, roots[n_roots++]);
}

void chain_prepare(void)
{
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
	};
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	struct buf text, der;
	const char *p = NULL, *end = NULL;

	buf_init(&text, MIB(4));
	buf_init(&der, LIMIT_DER);
	if (!roots)
		roots = calloc(ROOTS_MAX, sizeof(*roots));
	if (file_read(bundles[0], &text) < 0)
		file_read(bundles[1], &text);
	p = roots ? strstr(buf_str(&text), begin) : NULL;
	n_roots = 0;
	while (p) {
		p += sizeof(begin) - 1;
		end = strstr(p, "-----END");
		if (!end)
			break;
		add_root(p, (size_t)(end - p), &der);
		p = strstr(end, begin);
	}
	buf_free(&text);
	buf_free(&der);
}

static bool is_root(const ProtobufCBinaryData *name)
{
	for (size_t i = 0; name->len == HASH_SIZE && i < n_roots; i++) {
		if (memcmp(roots[i], name->data, HASH_SIZE) == 0)
			return true;
	}
	return false;
}

static bool is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && a->len > 0 &&
	       memcmp(a->data, b->data, a->len) == 0;
}

/* By name, and by key identifier where both have one. */
static bool is_issued_by(const Cw__Facts *f, const Cw__Facts *issuer)
{
	return is_same(&f->issuer_der_sha256, &issuer->subject_der_sha256) &&
	       (f->aki.len == 0 || issuer->ski.len == 0 ||
		is_same(&f->aki, &issuer->ski));
}

const char *chain_state(const Cw__Facts *const *facts, size_t n)
{
	if (n == 0)
		return "";
	for (size_t i = 0; i < n; i++) {
		if (!facts[i])
			return "malformed";
	}
	for (size_t i = 0; i + 1 < n; i++) {
		if (!is_issued_by(facts[i], facts[i + 1]))
			return "disordered";
	}
	if (facts[n - 1]->self_signed)
		return n == 1 ? "self-signed" : "complete";
	return is_root(&facts[n - 1]->issuer_der_sha256) ? "complete" : "open";
}
