/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are read through a window that slides over the data of the file, so
 * memory does not grow with the file; a block must fit into the window. */
#include "agent/format/pem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/key.h"
#include "agent/format/key_locked.h"
#include "lib/der.h"
#include "lib/encode.h"
#include "lib/find.h"
#include "lib/limits.h"
#include "lib/x509.h"

#define STEP KIB(128)		/* bytes of one read */
#define LABEL_MAX 64
#define PLACEHOLDER_RUN 24	/* base64 in a row that is no word */
#define DASHES "-----"
#define DASHES_LEN (sizeof(DASHES) - 1)
#define BEGIN "-----BEGIN"
#define END "-----END"
#define PREFIX_MAX 20		/* bytes before BEGIN that may be a comment's */
#define KEEP (BEGIN_LEN + PREFIX_MAX + 1)
#define BEGIN_LEN (sizeof(BEGIN) - 1)
#define END_LEN (sizeof(END) - 1)

struct window {
	const struct source *s;
	struct buf text;
	size_t at;		/* what is before it is done with */
	uint64_t next;		/* offset in the file of what follows text */
	uint64_t data_end;	/* where the data that holds ${next} ends */
	bool utf16;		/* ASCII in UTF-16: every NUL is dropped */
	bool ended;
};

/* Appends one step of the file to the window: 0, or negative.  A hole counts as
 * a line break, so that nothing is joined over it. */
static int window_more(struct window *w)
{
	uint64_t start = w->next, left;
	size_t from, want;
	ssize_t n;
	int r;

	if (w->next >= w->data_end) {
		r = source_next_data(w->s, w->next, &start, &w->data_end);
		if (r == -ENXIO) {
			w->ended = true;
			return 0;
		}
		if (start > w->next)
			buf_addch(&w->text, '\n');
	}
	left = w->data_end - start;
	want = left < STEP ? (size_t)left : STEP;
	r = buf_reserve(&w->text, want);
	if (r < 0)
		return r;
	from = w->text.len;
	n = source_read(w->s, start, w->text.data + from, want);
	if (n < 0)
		return (int)n;
	w->text.len += (size_t)n;
	w->next = start + (size_t)n;
	w->ended = n == 0;
	if (w->utf16)
		source_drop_nuls(&w->text, from);
	return 0;
}

/* Makes sure that ${need} bytes follow the place, unless the file ends. */
static int window_fill(struct window *w, size_t need)
{
	int r = 0;

	if (w->text.len - w->at >= need || w->ended)
		return 0;
	if (w->at > 0)
		memmove(w->text.data, w->text.data + w->at,
			w->text.len - w->at);
	w->text.len -= w->at;
	w->at = 0;
	while (r == 0 && w->text.len < need && !w->ended)
		r = window_more(w);
	return r;
}

/* A block under work: its label, and the text between its lines. */
struct block {
	char label[LABEL_MAX + 1];
	char entry[16];
	const uint8_t *text;
	size_t len;
	struct buf der;
	bool encrypted;
	char info[PBE_INFO_MAX];
	bool own_line;		/* nothing but space before BEGIN */
	uint8_t prefix[PREFIX_MAX];	/* what stands before BEGIN */
	size_t prefix_len;
};

/* Does "..." or a place to be filled in stand where base64 should? */
static bool is_placeholder(const struct block *b)
{
	size_t run = 0, marks = 0;

	for (size_t i = 0; i < b->len && run < PLACEHOLDER_RUN; i++) {
		run = base64_value(b->text[i]) < BASE64_PAD ? run + 1 : 0;
		marks += strchr("<{[$", b->text[i]) && b->text[i];
	}
	if (b->len > 0 && memmem(b->text, b->len, "...", 3))
		marks++;
	return run < PLACEHOLDER_RUN && marks > 0;
}

/* A program or a page that talks about PEM is not a broken certificate. */
static int malformed(struct emit *e, const struct block *b, const char *why)
{
	if (!b->own_line || is_placeholder(b))
		return 0;
	return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
			"PEM block %s (%s): %s", b->entry, b->label, why);
}

/* Behind the certificate stands X509_CERT_AUX ::= SEQUENCE { trust SEQUENCE OF
 * OID OPTIONAL, reject [0] SEQUENCE OF OID OPTIONAL ... }; without it, and
 * without both, it is trusted for everything. */
static bool is_trusted(const struct block *b, size_t len)
{
	struct der rest = {b->der.data + len, b->der.len - len}, aux;

	if (strcmp(b->label, "TRUSTED CERTIFICATE") != 0)
		return false;
	return der_take(&rest, DER_SEQUENCE, &aux) < 0 ||
	       !der_is_next(&aux, DER_CONTEXT_CONSTRUCTED(0));
}

static int take_object(struct emit *e, const struct block *b, Cw__Kind kind)
{
	/* what follows it is auxiliary (TRUSTED CERTIFICATE) or noise */
	size_t len = x509_der_length(b->der.data, b->der.len);
	struct emit_extra extra = {0};
	const char *why = "";
	int r;

	if (len == 0 || len > b->der.len)
		return malformed(e, b, len ? "DER is cut short" : "not DER");
	extra.trust_store = is_trusted(b, len);
	r = emit_object(e, kind, b->entry, b->der.data, len, &extra, &why);
	return r == -EBADMSG ? malformed(e, b, why) : r;
}

/* What says CERTIFICATE may hold PKCS#7. */
static int take_certificate(struct emit *e, const struct block *b)
{
	size_t len = x509_der_length(b->der.data, b->der.len);
	unsigned int before = e->count;
	int r;

	if (len > 0 && len <= b->der.len &&
	    !x509_looks_like_certificate(b->der.data, len)) {
		r = format_parse_nested(e, b->entry, b->der.data, b->der.len,
					"");
		if (r < 0 || e->count > before)
			return r;
	}
	return take_object(e, b, CW__KIND__KIND_CERTIFICATE);
}

static int take_csr(struct emit *e, const struct block *b)
{
	return take_object(e, b, CW__KIND__KIND_CSR);
}

static int take_crl(struct emit *e, const struct block *b)
{
	return take_object(e, b, CW__KIND__KIND_CRL);
}

static int take_public_key(struct emit *e, const struct block *b)
{
	return take_object(e, b, CW__KIND__KIND_PUBLIC_KEY);
}

static int take_rsa_public_key(struct emit *e, const struct block *b)
{
	struct buf spki;
	const char *why = "";
	int r;

	buf_init(&spki, KIB(128));
	r = key_rsa_public_to_spki(b->der.data, b->der.len, &spki);
	if (r == 0)
		r = emit_object(e, CW__KIND__KIND_PUBLIC_KEY, b->entry,
				spki.data, spki.len, NULL, &why);
	buf_free(&spki);
	/* under this name others write what is PUBLIC KEY */
	if (r == -EBADMSG)
		r = emit_object(e, CW__KIND__KIND_PUBLIC_KEY, b->entry,
				b->der.data, b->der.len, NULL, &why);
	return r == -EBADMSG ? malformed(e, b, "RFC 8017: RSAPublicKey") : r;
}

static int take_private_key(struct emit *e, const struct block *b)
{
	int r;

	if (b->encrypted)
		return key_locked_emit_pem(e, b->entry, b->info, b->der.data,
					   b->der.len);
	r = key_emit_der(e, b->entry, b->der.data, b->der.len, NULL);
	return r == -EBADMSG
		       ? malformed(e, b, "not a private key that this "
					 "libcrypto can read")
		       : r;
}

static int take_encrypted_key(struct emit *e, const struct block *b)
{
	int r = key_locked_emit(e, b->entry, b->der.data, b->der.len);

	return r == -EBADMSG
		       ? malformed(e, b, "RFC 5958: EncryptedPrivateKeyInfo")
		       : r;
}

/* Only the program, or the TPM, that made it can read it. */
static int take_foreign_key(struct emit *e, const struct block *b)
{
	return emit_gap(e, CW__GAP_KIND__GAP_LOCKED,
			"PEM block %s (%s): in a form of its own", b->entry,
			b->label);
}

static int take_nested(struct emit *e, const struct block *b)
{
	unsigned int before = e->count;
	int r = format_parse_nested(e, b->entry, b->der.data, b->der.len, "");

	if (r == 0 && e->count == before)
		r = malformed(e, b, "holds nothing that could be read");
	return r;
}

static const struct label {
	const char *name;
	int (*take)(struct emit *e, const struct block *b);
} labels[] = {
	{"CERTIFICATE", take_certificate},
	{"TRUSTED CERTIFICATE", take_certificate},
	{"X509 CERTIFICATE", take_certificate},
	{"CERTIFICATE CHAIN", take_certificate},
	{"CERTIFICATE REQUEST", take_csr},
	{"NEW CERTIFICATE REQUEST", take_csr},
	{"X509 CRL", take_crl},
	{"PUBLIC KEY", take_public_key},
	{"RSA PUBLIC KEY", take_rsa_public_key},
	{"PRIVATE KEY", take_private_key},
	{"RSA PRIVATE KEY", take_private_key},
	{"EC PRIVATE KEY", take_private_key},
	{"DSA PRIVATE KEY", take_private_key},
	{"ENCRYPTED PRIVATE KEY", take_encrypted_key},
	{"ENCRYPTED COSIGN PRIVATE KEY", take_foreign_key},
	{"ENCRYPTED SIGSTORE PRIVATE KEY", take_foreign_key},
	{"TSS2 PRIVATE KEY", take_foreign_key},
	{"PKCS7", take_nested},
	{"PKCS #7 SIGNED DATA", take_nested},
	{"CMS", take_nested},
	{"PKCS12", take_nested},
	{"OCSP RESPONSE", take_nested},
	{"OPENSSH PRIVATE KEY", take_nested},
};

static const struct label *known_label(const char *name)
{
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strcmp(labels[i].name, name) == 0)
			return &labels[i];
	}
	return NULL;
}

/* Bytes of a space, which URLs write as "%20" or "+"; 0: it is none. */
static size_t space_at(const uint8_t *p, size_t len)
{
	if (len > 0 && (*p == ' ' || *p == '+'))
		return 1;
	return len >= 3 && memcmp(p, "%20", 3) == 0 ? 3 : 0;
}

/* Reads " LABEL-----" at ${p}: its length with the dashes, or 0. */
static size_t read_label(const uint8_t *p, size_t len,
			 char label[static LABEL_MAX + 1])
{
	size_t at = space_at(p, len), n = 0, step = at;

	while (step > 0 && n < LABEL_MAX) {
		step = space_at(p + at, len - at);
		if (step > 0) {
			label[n++] = ' ';
		} else if (at < len && ((p[at] >= 'A' && p[at] <= 'Z') ||
					(p[at] >= '0' && p[at] <= '9') ||
					p[at] == '#')) {
			label[n++] = (char)p[at];
			step = 1;
		}
		at += step;
	}
	label[n] = '\0';
	if (n == 0 || len - at < DASHES_LEN ||
	    memcmp(p + at, DASHES, DASHES_LEN) != 0)
		return 0;
	return at + DASHES_LEN;
}

static bool ends_with_label(const struct window *w, size_t end,
			    const char *label)
{
	char other[LABEL_MAX + 1];
	size_t from = end + END_LEN;

	return read_label(w->text.data + from, w->text.len - from, other) > 0 &&
	       strcmp(other, label) == 0;
}

/* The next BEGIN or END at or after *seen, which moves on over what is neither;
 * NULL where the text has to be longer to tell. */
static const uint8_t *next_mark(const struct window *w, size_t *seen)
{
	const uint8_t *text = w->text.data, *end = text + w->text.len;

	for (;;) {
		size_t left = w->text.len - *seen;
		const uint8_t *p = left < DASHES_LEN ? NULL :
			memmem(text + *seen, left, DASHES, DASHES_LEN);

		if (!p) {
			if (left > DASHES_LEN)
				*seen = w->text.len - DASHES_LEN;
			return NULL;
		}
		*seen = (size_t)(p - text);
		if ((size_t)(end - p) < BEGIN_LEN + 3)
			return NULL;
		/* the whole label has to be there */
		if (!w->ended && (size_t)(end - p) <
				 BEGIN_LEN + 3 * LABEL_MAX + DASHES_LEN)
			return NULL;
		if ((memcmp(p, BEGIN, BEGIN_LEN) == 0 &&
		     space_at(p + BEGIN_LEN, 3) > 0) ||
		    (memcmp(p, END, END_LEN) == 0 &&
		     space_at(p + END_LEN, 3) > 0))
			return p;
		++*seen;
	}
}

/* Looks from ${from} on for the END line, or for what forbids one: the next
 * BEGIN, the end of the text, the largest block.  *ret_end is where it stands;
 * 0, or -EBADMSG with *ret_why, or negative from reading. */
static int find_end(struct window *w, size_t *from, size_t *ret_end,
		    const char **ret_why)
{
	size_t seen = *from;

	for (;;) {
		const uint8_t *mark = next_mark(w, &seen);
		size_t gone = w->at;
		int r;

		if (mark)
			*ret_end = (size_t)(mark - w->text.data);
		if (mark && mark[DASHES_LEN] == 'E')
			return 0;
		*ret_why = "no END line";
		if (mark)
			return -EBADMSG;
		*ret_end = w->text.len;
		if (w->ended)
			return -EBADMSG;
		*ret_why = "larger than the limit";
		if (w->text.len - w->at >= PEM_BLOCK_MAX)
			return -EBADMSG;
		r = window_fill(w, w->text.len - w->at + STEP);
		if (r < 0)
			return r;
		/* filling moves the text down by what is done with */
		gone -= w->at;
		seen -= gone;
		*from -= gone;
	}
}

/* The text of a block is complete (0) or not (-EBADMSG, ${why}). */
static int take_block(struct window *w, struct emit *e, struct block *b,
		      const struct label *label, size_t end, int complete,
		      const char *why)
{
	struct buf plain;
	int r;

	if (complete == 0 && !ends_with_label(w, end, b->label)) {
		complete = -EBADMSG;
		why = "the END line names something else";
	}
	if (complete < 0)
		return malformed(e, b, why);
	buf_init(&b->der, PEM_BLOCK_MAX);
	buf_init(&plain, PEM_BLOCK_MAX);
	if (pem_strip(b->text, b->len, b->prefix, b->prefix_len, &plain) == 0) {
		b->text = plain.data;
		b->len = plain.len;
	}
	if (pem_decode(b->text, b->len, &b->der, &b->encrypted, b->info) < 0)
		r = malformed(e, b, "not base64");
	else
		r = label->take(e, b);
	buf_free_secret(&b->der);
	buf_free_secret(&plain);
	return r;
}

/* What stands before BEGIN on its line, where it is short. */
static void read_prefix(const struct window *w, struct block *b)
{
	const uint8_t *end = w->text.data + w->at;
	size_t n = 0;

	while (n < w->at && n <= PREFIX_MAX && end[-1 - (ssize_t)n] != '\n' &&
	       end[-1 - (ssize_t)n] != '\r')
		n++;
	if (n > PREFIX_MAX)
		return;
	b->prefix_len = n;
	memcpy(b->prefix, end - n, n);
}

static bool begins_line(const struct window *w)
{
	size_t i = w->at;

	while (i > 0 && (w->text.data[i - 1] == ' ' ||
			 w->text.data[i - 1] == '\t'))
		i--;
	return i == 0 || w->text.data[i - 1] == '\n' ||
	       w->text.data[i - 1] == '\r' || w->text.data[i - 1] == '-' ||
	       w->text.data[i - 1] >= 0x80;
}

/* At a BEGIN: takes its block, moves on behind it. */
static int block_at(struct window *w, struct emit *e, unsigned int *index)
{
	struct block b = {.own_line = begins_line(w)};
	const struct label *label = NULL;
	const char *why = "";
	size_t from, end = 0, n;
	int r;

	read_prefix(w, &b);
	r = window_fill(w, BEGIN_LEN + 3 * LABEL_MAX + DASHES_LEN);
	if (r < 0)
		return r;
	from = w->at + BEGIN_LEN;
	n = read_label(w->text.data + from, w->text.len - from, b.label);
	if (n > 0)
		label = known_label(b.label);
	from += n;
	if (!label) {
		w->at = from;
		return 0;
	}
	snprintf(b.entry, sizeof(b.entry), "%u", ++*index);
	r = find_end(w, &from, &end, &why);
	if (r < 0 && r != -EBADMSG)
		return r;
	b.text = w->text.data + from;
	b.len = end - from;
	r = take_block(w, e, &b, label, end, r, why);
	w->at = end;
	return r;
}

static enum format_verdict pem_sniff(const uint8_t *head, size_t len,
				     uint64_t size, const char *name)
{
	const uint8_t *nul = NULL;

	(void)name;
	if (size < BEGIN_LEN + END_LEN || len == 0)
		return FORMAT_NO;
	/* a text may end in NULs, or binary data follow it */
	nul = memchr(head, 0, len);
	if (!nul || source_is_utf16(head, len) ||
	    find_text(head, (size_t)(nul - head), BEGIN, BEGIN_LEN))
		return FORMAT_TEXT;
	return FORMAT_NO;
}

static int pem_parse(const struct source *s, struct emit *e)
{
	struct window w = {.s = s};
	unsigned int index = 0;
	int r = 0;

	w.utf16 = source_is_utf16(s->head, s->head_len);
	buf_init(&w.text, PEM_BLOCK_MAX + 2 * STEP);
	/* there is memory even where there is no text */
	r = buf_reserve(&w.text, 1);
	while (r == 0) {
		const uint8_t *p;

		r = window_fill(&w, STEP);
		if (r < 0)
			break;
		p = find_text(w.text.data + w.at, w.text.len - w.at, BEGIN,
			      BEGIN_LEN);
		if (p) {
			w.at = (size_t)(p - w.text.data);
			r = block_at(&w, e, &index);
		} else if (w.ended) {
			break;
		} else if (w.text.len > w.at + KEEP) {
			/* some of the line before a BEGIN stays in sight */
			w.at = w.text.len - KEEP;
		}
	}
	/* a private key may have been in it */
	buf_free_secret(&w.text);
	if (r == 0 && e->count == 0 && index == 0)
		return -EBADMSG;
	return r;
}

static const char *const pem_needles[] = {
	BEGIN,
	NULL,
};

const struct format format_pem = {
	.name = "pem",
	.description = "PEM blocks anywhere in a text",
	.sniff = pem_sniff,
	.needles = pem_needles,
	.parse = pem_parse,
};
