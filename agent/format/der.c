/* SPDX-License-Identifier: Apache-2.0 */
/* DER without a wrapper: one object or several in a row. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/format/format.h"
#include "agent/format/key.h"
#include "agent/format/key_locked.h"
#include "agent/format/scan.h"
#include "lib/der.h"
#include "lib/limits.h"
#include "lib/x509.h"

#define SHORTEST 32	/* bytes; an Ed25519 public key has 44 */

static bool is_named_so(const char *name)
{
	static const char *const endings[] = {".der", ".cer", ".crt", ".crl",
					      ".csr", ".p10", ".cert"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* Each of these objects is a SEQUENCE that begins with another or with an
 * INTEGER within it, a response of OCSP (RFC 6960) with an ENUMERATED; a text
 * that begins with "01" or "0.0.0.0" is none.  ${len} is at least SHORTEST. */
static bool begins_object(const uint8_t *head, size_t len, size_t whole)
{
	size_t inner = 2 + (head[1] & 0x80 ? head[1] & 0x7f : 0), n;

	if (inner >= SHORTEST)
		return false;
	if (head[inner] == 0x0a)
		return head[inner + 1] == 1 && head[inner + 2] == 0;
	if (head[inner] != 0x30 && head[inner] != 0x02)
		return false;
	n = x509_der_length(head + inner, len - inner);
	return n > 0 && n <= whole - inner;
}

static enum format_verdict der_sniff(const uint8_t *head, size_t len,
				     uint64_t size, const char *name)
{
	size_t whole;

	if (len < SHORTEST || head[0] != 0x30)
		return FORMAT_NO;
	whole = x509_der_length(head, len);
	if (whole == 0 ||
	    (!begins_object(head, len, whole) && !is_named_so(name)))
		return FORMAT_NO;
	/* a cut one is worth a word; a longer file may hold more of them */
	return whole >= SHORTEST && (whole <= size || size <= MIB(1))
		       ? FORMAT_YES
		       : FORMAT_NO;
}

static const Cw__Kind kinds[] = {
	CW__KIND__KIND_CERTIFICATE,
	CW__KIND__KIND_CRL,
	CW__KIND__KIND_CSR,
	CW__KIND__KIND_PUBLIC_KEY,
};

static int take(struct emit *e, const char *entry, const uint8_t *der,
		size_t len)
{
	struct buf spki;
	int r = -EBADMSG;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		r = emit_object(e, kinds[i], entry, der, len, NULL, NULL);
		if (r != -EBADMSG)
			return r;
	}
	r = key_emit_der(e, entry, der, len, NULL);
	if (r == -EBADMSG && key_looks_encrypted(der, len))
		r = key_locked_emit(e, entry, der, len);
	if (r != -EBADMSG)
		return r;
	buf_init(&spki, KIB(128));
	r = key_rsa_public_to_spki(der, len, &spki);
	if (r == 0)
		r = emit_object(e, CW__KIND__KIND_PUBLIC_KEY, entry, spki.data,
				spki.len, NULL, NULL);
	buf_free(&spki);
	return r;
}

#define LEVELS 3	/* of SEQUENCEs that are looked into */

/* Is it DER, one element after the other, and so what its SEQUENCEs hold? */
static bool is_whole(struct der d, unsigned int level)
{
	struct der_element e;

	while (d.len > 0) {
		if (der_next(&d, &e) < 0 ||
		    (e.tag == DER_SEQUENCE && level < LEVELS &&
		     !is_whole(e.body, level + 1)))
			return false;
	}
	return true;
}

/* Does the name, or the beginning of the content, claim a certificate?  Then
 * saying nothing would be a false clean.  Much else that is ${whole} is named
 * ".der": parameters, responses, messages. */
static bool claims(const struct source *s, bool whole)
{
	const char *dot = strrchr(s->name, '.');

	if (x509_looks_like_certificate(s->head, s->head_len))
		return true;
	return is_named_so(s->name) && !(whole && strcasecmp(dot, ".der") == 0);
}

/* Something else that may carry certificates: a response of OCSP or of a time
 * stamp authority, a message of CMP, a mere list. */
static int take_carried(struct emit *e, const uint8_t *data, size_t len)
{
	unsigned int before = e->count;
	struct keystore store;
	int r;

	keystore_init(&store);
	r = scan_certificates(e, &store, data, len, 0, NULL);
	keystore_free(&store);
	return r == 0 && e->count == before ? -EBADMSG : r;
}

/* None of these objects.  ${len}: of an element that is all there; else 0. */
static int take_other(const struct source *s, struct emit *e,
		      const uint8_t *data, size_t len, const char *wrong)
{
	bool whole = false;

	if (len > 0) {
		int r = take_carried(e, data, len);

		if (r != -EBADMSG)
			return r;
		whole = is_whole((struct der){data, len}, 0);
	}
	return claims(s, whole) ? emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
					   "%s", wrong)
				: -EBADMSG;
}

static int take_all(const struct source *s, struct emit *e,
		    const uint8_t *data, size_t len)
{
	const char *wrong = "neither certificate, CRL, CSR nor key";
	size_t at = 0;
	int r = 0;

	for (unsigned int i = 1; r == 0 && at < len; i++) {
		size_t n = x509_der_length(data + at, len - at);
		char entry[16] = "";

		if (n > len - at)
			wrong = "DER is cut short";
		if (n == 0 || n > len - at)
			break;
		if (i > 1 || n < len)
			snprintf(entry, sizeof(entry), "%u", i);
		r = take(e, entry, data + at, n);
		if (r == 0)
			at += n;
	}
	if (r < 0 && r != -EBADMSG)
		return r;
	/* what follows a whole object is noise that readers ignore */
	if (at > 0)
		return 0;
	return take_other(s, e, data, r == -EBADMSG ? x509_der_length(data, len)
						    : 0, wrong);
}

static int der_parse(const struct source *s, struct emit *e)
{
	struct buf data;
	int r;

	if (s->size > LIMIT_SLURP && !claims(s, false))
		return -EBADMSG;
	buf_init(&data, LIMIT_SLURP);
	r = source_slurp(s, &data);
	if (r == -EFBIG)
		r = emit_gap(e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "DER of more than %zu bytes", LIMIT_SLURP);
	else if (r == 0)
		r = take_all(s, e, data.data, data.len);
	buf_free_secret(&data);
	return r;
}

const struct format format_der = {
	.name = "der",
	.description = "DER: certificate, CRL, CSR, public or private key",
	.sniff = der_sniff,
	.parse = der_parse,
};
