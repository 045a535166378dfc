/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that stand in a text as base64 without BEGIN and END lines: DER in
 * XML and JSON (X509Certificate, x5c), base64 of PEM and of keystores in
 * kubeconfigs, Kubernetes Secrets and ConfigMaps, acme.json, .env files.
 *
 * The text is searched for what the base64 of such an object begins with; only
 * there is anything decoded, and handed to the family. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/base64_run.h"
#include "agent/format/embedded_name.h"
#include "agent/format/format.h"
#include "agent/format/gzip.h"
#include "agent/format/pem.h"
#include "lib/find.h"
#include "lib/limits.h"
#include "lib/x509.h"

#define STEP KIB(256)	/* bytes of text that are searched at a time */
#define BEFORE KIB(4)	/* bytes kept before them: names, beginnings */
#define AFTER 192	/* bytes after them: a needle, the rest of its line */
#define FIRST 24	/* bytes that tell what an object is */
#define NAMES 64	/* names whose repetition is counted */
#define SHORTEST 32	/* bytes; an empty JKS has as many */
#define SHORTEST_GZIP 64	/* bytes; of a text that holds an object */
#define SHORTEST_TEXT 60	/* an Ed25519 public key */
#define VAIN_MAX 10000	/* decoded texts that turned out to hold nothing */

enum hit {
	HIT_DER,	/* begins a SEQUENCE */
	HIT_IN_DER,	/* the algorithm of a key, near its beginning */
	HIT_PEM,	/* in the first line of PEM, at any place of the run */
	HIT_STORE,	/* begins a keystore, or gzip in base64 */
	HIT_GZIP,	/* begins a compressed text */
	HIT_BEGIN, HIT_END,
};

/* A SEQUENCE of 128 bytes and more.  Shorter ones are public and private keys:
 * RFC 5915 of P-256 and secp256k1, any on elliptic curves (id-ecPublicKey),
 * X25519 to Ed448.  "-----BEGIN " at the
 * three places that it may have in a group of base64; the magic of JKS (in both
 * alphabets), JCEKS and BKS (version 2, salt of 20 bytes); gzip, and gzip that
 * was in base64 already, as Helm writes it; PKCS#7 in BER, as mail has it.
 * The base64 of what holds the base64 of PEM, such as a kubeconfig in a Secret,
 * at its three places.  What stands between BEGIN and END lines is left to the
 * format pem. */
static const struct beginning {
	const char *text;
	enum hit hit;
} beginnings[] = {
	{"MIAGCSqGSIb3DQEHA", HIT_STORE},	/* before "MI" */
	{"MI", HIT_DER},
	{"CAQEEI", HIT_IN_DER},
	{"YHKoZIzj0CAQ", HIT_IN_DER},
	{"BQYDK2V", HIT_IN_DER},
	{"LS0tLS1CRUdJTi", HIT_PEM},
	{"LS0tQkVHSU4g", HIT_PEM},
	{"LS0tLUJFR0lOI", HIT_PEM},
	{"TFMwdExTMUNSVWRKVGlC", HIT_PEM},
	{"xTMHRMUzFDUlVkSlRpQ", HIT_PEM},
	{"MUzB0TFMxQ1JVZEpUaU", HIT_PEM},
	{"/u3+7QAAAA", HIT_STORE},
	{"_u3-7QAAAA", HIT_STORE},
	{"zs7OzgAAAA", HIT_STORE},
	{"AAAAAgAAABQ", HIT_STORE},
	{"H4sI", HIT_GZIP},
	{"SDRzSU", HIT_STORE},
	{"-----BEGIN ", HIT_BEGIN},
	{"-----END ", HIT_END},
};

#define NEEDLES (sizeof(beginnings) / sizeof(beginnings[0]))
#define IN_DER_MAX 10	/* characters before HIT_IN_DER: PKCS#8 has a version */

struct search {
	const struct source *s;
	struct emit *e;
	struct buf window;	/* unused over memory */
	const uint8_t *text;
	size_t len;
	uint64_t base;		/* offset of text[0] */
	uint64_t done;		/* offset up to which all is looked at */
	bool in_pem;		/* a BEGIN came, and nothing that ends it */
	uint64_t pem_at;	/* where that BEGIN stands */
	uint64_t pem_seen;	/* up to where what ends it was looked for */
	uint64_t last_end;	/* where the last object ended; 0: none */
	char last_name[EMBEDDED_NAME_MAX + 1];
	bool last_array;
	unsigned int last_index;
	uint32_t seen[NAMES];
	unsigned int times[NAMES];
	size_t n_seen;
	unsigned int vain;	/* texts decoded that held nothing */
	bool emitted;
};

static uint32_t hash_name(const char *name)
{
	uint32_t h = 2166136261u;

	while (*name)
		h = (h ^ (uint8_t)*name++) * 16777619u;
	return h;
}

/* How often the name has come, this time included; 0: not counted. */
static unsigned int count_name(struct search *f, const char *name)
{
	uint32_t h = hash_name(name);

	for (size_t i = 0; i < f->n_seen; i++) {
		if (f->seen[i] == h)
			return ++f->times[i];
	}
	if (f->n_seen == NAMES)
		return 0;
	f->seen[f->n_seen] = h;
	f->times[f->n_seen++] = 1;
	return 1;
}

/* The entry of the object at ${offset}: "name", "name[2]", "name#2" where the
 * name comes again, "base64@OFFSET" where there is none. */
static void entry_of(struct search *f, uint64_t offset, char *entry, size_t cap)
{
	struct embedded_name name;
	size_t at = (size_t)(offset - f->base);
	unsigned int times;
	char index[16] = "";

	if (f->last_array && f->last_end >= f->base &&
	    f->last_end <= offset &&
	    embedded_is_separator(f->text + (f->last_end - f->base),
				  (size_t)(offset - f->last_end))) {
		snprintf(entry, cap, "%s[%u]", f->last_name, ++f->last_index);
		return;
	}
	embedded_name_before(f->text, at, &name);
	f->last_index = 0;
	f->last_array = name.array && *name.text;
	if (f->last_array)
		snprintf(index, sizeof(index), "[0]");
	times = *name.text ? count_name(f, name.text) : 0;
	if (times == 0)
		snprintf(entry, cap, "%s@%" PRIu64,
			 *name.text ? name.text : "base64", offset);
	else if (times == 1)
		snprintf(entry, cap, "%s%s", name.text, index);
	else
		snprintf(entry, cap, "%s#%u%s", name.text, times, index);
	if (times > 1)
		snprintf(f->last_name, sizeof(f->last_name), "%.50s#%u",
			 name.text, times);
	else
		snprintf(f->last_name, sizeof(f->last_name), "%s",
			 *name.text ? name.text : "base64");
}

/* Of a short one: an OID, the version of a certificate or of a CSR. */
static bool is_sequence_within(const uint8_t *d)
{
	return d[1] == 0x82 || d[1] == 0x81 ||
	       (d[1] < 0x80 && (d[2] == 0x06 || d[2] == 0x02 || d[2] == 0xa0));
}

/* A version, a long modulus, the status of a response. */
static bool is_number_within(const uint8_t *d)
{
	if (d[0] == 0x0a)
		return d[1] == 1 && d[2] == 0 && d[3] == 0xa0;
	return (d[1] == 1 && (d[2] == 0 || d[2] == 1 || d[2] == 3)) ||
	       (d[1] == 0x82 && d[4] == 0);
}

/* What a SEQUENCE that is worth a look holds first: RFC 5280 (certificate, CRL,
 * CSR and encrypted keys: a SEQUENCE), RFC 7292 (version 3), RFC 5958 and 8017
 * (version 0), RFC 5652 (an OID of PKCS#7), RFC 8017 (a long modulus), RFC 6960
 * (a response). */
static bool looks_like_object(const uint8_t *d, size_t len)
{
	static const uint8_t pkcs7[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					0xf7, 0x0d, 0x01, 0x07};

	if (len < FIRST || d[0] != 0x30 || d[1] == 0x80 || d[1] > 0x82)
		return false;
	d += d[1] < 0x80 ? 2 : 2 + (d[1] & 0x7f);
	if (d[0] == 0x30)
		return is_sequence_within(d);
	if (d[0] == 0x02 || d[0] == 0x0a)
		return is_number_within(d);
	return memcmp(d, pkcs7, sizeof(pkcs7)) == 0;
}

static int hand_over(struct search *f, const struct base64_run *run,
		     uint64_t offset, const struct buf *data)
{
	char entry[EMBEDDED_NAME_MAX + 48];
	unsigned int before = f->e->count;
	int r;

	entry_of(f, offset, entry, sizeof(entry));
	r = format_parse_nested(f->e, entry, data->data, data->len, "");
	f->last_end = base64_run_offset(run);
	f->emitted |= f->e->count > before;
	f->vain += f->e->count == before;
	return r;
}

static int gap_at(struct search *f, uint64_t offset, Cw__GapKind kind,
		  const char *why)
{
	f->emitted = true;
	return emit_gap(f->e, kind, "base64 at offset %" PRIu64 ": %s", offset,
			why);
}

/* Gives up: work would not be bounded otherwise. */
static int stop_at(struct search *f, uint64_t offset)
{
	f->done = UINT64_MAX;
	return gap_at(f, offset, CW__GAP_KIND__GAP_TOO_LARGE,
		      "too much before it that held nothing");
}

/* A DER object whose base64 begins at ${offset}: 0, or 1 where none does. */
static int take_der(struct search *f, struct base64_run *run, uint64_t offset,
		    struct buf *data)
{
	int r = base64_run_read(run, data, FIRST);
	size_t whole;

	if (r == -ENODATA || (r == 0 && !looks_like_object(data->data, FIRST)))
		return 1;
	if (r < 0)
		return r;
	whole = x509_der_length(data->data, data->len);
	if (whole == 0)
		return 1;
	if (whole > LIMIT_DER)
		return gap_at(f, offset, CW__GAP_KIND__GAP_TOO_LARGE,
			      "an object above the limit");
	r = base64_run_read(run, data, whole);
	if (r == -ENODATA) {
		/* prose quotes beginnings; a half is no quotation */
		if (data->len < whole / 2)
			return 0;
		return gap_at(f, offset, CW__GAP_KIND__GAP_MALFORMED,
			      "an object that is cut short");
	}
	if (r < 0)
		return r;
	data->len = whole;
	/* PEM readers refuse it, and so should we: it is in no use as it is */
	if (base64_run_ends_in_pem(run) ||
	    embedded_is_after_dashes(f->text, (size_t)(offset - f->base)))
		return gap_at(f, offset, CW__GAP_KIND__GAP_MALFORMED,
			      "an object between broken PEM lines");
	return hand_over(f, run, offset, data);
}

static int take_run(struct search *f, struct base64_run *run, uint64_t offset,
		    struct buf *data)
{
	int r = base64_run_read(run, data, LIMIT_DER + 1);

	if (r == 0)
		return gap_at(f, offset, CW__GAP_KIND__GAP_TOO_LARGE,
			      "longer than the limit");
	if (r < 0 && r != -ENODATA)
		return r;
	return data->len >= SHORTEST ? hand_over(f, run, offset, data) : 0;
}

/* A compressed text: what comes out of it takes the place of ${data}. */
static int take_gzip(struct search *f, struct base64_run *run, uint64_t offset,
		     struct buf *data)
{
	struct buf plain;
	int r = base64_run_read(run, data, LIMIT_DER + 1);

	if (r == 0)
		return gap_at(f, offset, CW__GAP_KIND__GAP_TOO_LARGE,
			      "longer than the limit");
	if (r < 0 && r != -ENODATA)
		return r;
	/* documents quote beginnings */
	if (data->len < SHORTEST_GZIP)
		return 0;
	buf_init(&plain, LIMIT_SLURP);
	r = gzip_inflate(data->data, data->len, &f->e->inflate_left, &plain);
	if (r == -EBADMSG)
		r = gap_at(f, offset, CW__GAP_KIND__GAP_MALFORMED,
			   "gzip that is damaged");
	else if (r == -EFBIG)
		r = gap_at(f, offset, CW__GAP_KIND__GAP_TOO_LARGE,
			   "gzip of more than the limit");
	else if (r == 0)
		r = hand_over(f, run, offset, &plain);
	buf_free_secret(&plain);
	return r;
}

/* Where the run of which text[at] is a part begins, within its line; not before
 * text[floor], so that no run is read twice. */
static size_t run_start(const uint8_t *text, size_t floor, size_t at)
{
	size_t start = at;

	while (start > floor && is_base64(text[start - 1]))
		start--;
	/* "\n", of which the letter looks like a part */
	if (start > 0 && start < at && text[start - 1] == '\\' &&
	    strchr("nrt", text[start]))
		start++;
	return start;
}

/* Does a hit, ${in} characters behind what a run begins with, make it worth a
 * look? */
static bool may_begin(enum hit hit, const uint8_t *text, size_t len, size_t in)
{
	switch (hit) {
	case HIT_PEM:
		return true;
	case HIT_DER:
		/* 128 to 191 bytes, 192 to 255, 256 to 16383 */
		return in == 0 && len > 2 && text[2] >= 'G' && text[2] <= 'I';
	case HIT_IN_DER:
		return in <= IN_DER_MAX && text[0] == 'M';
	default:
		return in == 0;
	}
}

/* At a BEGIN or an END. */
static void take_mark(struct search *f, enum hit hit, uint64_t offset)
{
	size_t at = (size_t)(offset - f->base) + strlen("-----BEGIN ");

	f->in_pem = hit == HIT_BEGIN &&
		    embedded_begins_pem(f->text + at, f->len - at);
	f->pem_at = f->pem_seen = offset;
}

/* A BEGIN without an END must not hide all that follows it. */
static void watch_pem(struct search *f, uint64_t until)
{
	uint64_t from = f->pem_seen > f->base ? f->pem_seen : f->base;

	if (until > f->base + f->len)
		until = f->base + f->len;
	if (!f->in_pem || until <= from)
		return;
	f->in_pem = until - f->pem_at <= PEM_BLOCK_MAX &&
		    !embedded_ends_pem(f->text + (from - f->base),
				       (size_t)(until - from));
	f->pem_seen = until;
}

/* Looks at one hit: sets ${done} behind what belonged to it. */
static int take_hit(struct search *f, enum hit hit, uint64_t offset)
{
	size_t at = (size_t)(offset - f->base);
	size_t floor = f->done > f->base ? (size_t)(f->done - f->base) : 0;
	size_t start = run_start(f->text, floor, at);
	struct base64_run run;
	struct buf data;
	int r;

	f->done = offset + 1;
	if (hit == HIT_BEGIN || hit == HIT_END) {
		take_mark(f, hit, offset);
		return 0;
	}
	if (!may_begin(hit, f->text + start, f->len - start, at - start))
		return 0;
	watch_pem(f, offset);
	if (f->in_pem && embedded_is_in_pem(f->text, start))
		return 0;
	offset = f->base + start;
	buf_init(&data, LIMIT_DER + 4);
	base64_run_open(&run, f->s, offset);
	if (hit == HIT_DER || hit == HIT_IN_DER)
		r = take_der(f, &run, offset, &data);
	else if (hit == HIT_GZIP)
		r = take_gzip(f, &run, offset, &data);
	else
		r = take_run(f, &run, offset, &data);
	/* a private key may have been in it */
	buf_free_secret(&data);
	/* a word alone on its line must not hide what the next begins with */
	if (r == 1)
		return 0;
	if (base64_run_offset(&run) > f->done)
		f->done = base64_run_offset(&run);
	return r;
}

static uint64_t find_from(const struct search *f, const char *needle)
{
	size_t at = (size_t)(f->done - f->base);
	const uint8_t *p = NULL;

	if (at < f->len)
		p = find_text(f->text + at, f->len - at, needle,
			      strlen(needle));
	return p ? f->base + (size_t)(p - f->text) : UINT64_MAX;
}

/* All hits that begin in the window before ${end}. */
static int search_window(struct search *f, uint64_t end)
{
	uint64_t next[NEEDLES];
	int r = 0;

	for (size_t i = 0; i < NEEDLES; i++)
		next[i] = find_from(f, beginnings[i].text);
	while (r == 0 && f->done < end) {
		size_t first = 0;

		for (size_t i = 0; i < NEEDLES; i++) {
			if (next[i] < f->done)
				next[i] = find_from(f, beginnings[i].text);
			if (next[i] < next[first])
				first = i;
		}
		if (next[first] >= end)
			break;
		if (f->vain >= VAIN_MAX)
			return stop_at(f, next[first]);
		r = take_hit(f, beginnings[first].hit, next[first]);
	}
	if (f->done < end)
		f->done = end;
	watch_pem(f, end);
	return r;
}

/* Reads the text around ${done} into the window: 0, or -errno. */
static int slide(struct search *f)
{
	uint64_t base = f->done > BEFORE ? f->done - BEFORE : 0;
	ssize_t n = source_read(f->s, base, f->window.data, f->window.max);

	if (n < 0)
		return (int)n;
	f->base = base;
	f->text = f->window.data;
	f->len = (size_t)n;
	return 0;
}

static int search_file(struct search *f)
{
	uint64_t start = 0, end = 0;
	int r = source_window(f->s, BEFORE + STEP + AFTER, &f->window);

	while (r == 0) {
		uint64_t stop;

		r = source_next_data(f->s, f->done, &start, &end);
		if (r < 0)
			return r == -ENXIO ? 0 : r;
		if (f->done < start)
			f->done = start;
		stop = f->done + STEP < end ? f->done + STEP : end;
		r = slide(f);
		if (r == 0 && f->base + f->len <= f->done)
			return 0;
		if (r == 0)
			r = search_window(f, stop);
	}
	return r;
}

/* ASCII in UTF-16: offsets count characters. */
static int search_utf16(struct search *f)
{
	struct source plain = {.fd = -1};
	struct buf text;
	int r;

	buf_init(&text, LIMIT_SLURP);
	r = source_slurp(f->s, &text);
	if (r == 0) {
		source_drop_nuls(&text, 0);
		source_open_memory(&plain, text.data, text.len, f->s->name);
		f->s = &plain;
		f->text = plain.mem;
		f->len = text.len;
		r = search_window(f, text.len);
	} else if (r == -EFBIG) {
		f->emitted = true;
		r = emit_gap(f->e, CW__GAP_KIND__GAP_TOO_LARGE,
			     "UTF-16 of more than %zu bytes", LIMIT_SLURP);
	}
	buf_free_secret(&text);
	return r;
}

static int embedded_parse(const struct source *s, struct emit *e)
{
	struct search f = {.s = s, .e = e};
	int r;

	if (source_is_utf16(s->head, s->head_len)) {
		r = search_utf16(&f);
	} else if (s->fd < 0) {
		f.text = s->mem;
		f.len = (size_t)s->size;
		r = search_window(&f, s->size);
	} else {
		r = search_file(&f);
	}
	buf_free_secret(&f.window);
	return r == 0 && !f.emitted ? -EBADMSG : r;
}

static enum format_verdict embedded_sniff(const uint8_t *head, size_t len,
					  uint64_t size, const char *name)
{
	(void)name;
	if (size < SHORTEST_TEXT ||
	    (memchr(head, 0, len) && !source_is_utf16(head, len)))
		return FORMAT_NO;
	return FORMAT_TEXT;
}

/* Few and short, for the walk: each beginning holds one of them, but PEM of
 * certificates in base64 in base64 has "UzB0" where its label ends: each costs
 * time in every text. */
static const char *const embedded_needles[] = {
	"MII", "MIG", "MIH", "MIAGCSqG", "CAQEEI", "YHKoZIzj0CAQ", "BQYDK2V",
	"LS0t", "UzB0", "7QAAAA",
	"zs7OzgAAAA", "AAAAAgAAABQ", "H4sI", "SDRzSU", NULL,
};

const struct format format_embedded = {
	.name = "embedded",
	.description = "base64 of certificates, keys and keystores in a text",
	.sniff = embedded_sniff,
	.needles = embedded_needles,
	.parse = embedded_parse,
};
