/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite databases of NSS: cert9.db (table nssPublic) and key4.db (tables
 * nssPrivate and metaData).  A row is a PKCS#11 object; column aN holds the
 * attribute whose number is N in hex. */
#include <errno.h>
#include <string.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/key.h"
#include "agent/format/keystore.h"
#include "agent/format/nss_key.h"
#include "agent/format/sqlite.h"
#include "lib/limits.h"

enum {
	CKO_CERTIFICATE = 0x1,
	CKO_PRIVATE_KEY = 0x3,
	CKO_SECRET_KEY = 0x4,
};
#define CKO_NSS_CRL 0xce534351u
#define CKO_NSS_TRUST 0xce534353u
#define CKT_NSS_TRUSTED 0xce534351u
#define CKT_NSS_TRUSTED_DELEGATOR 0xce534352u

/* trust records that are kept for their certificates; a CA list has 150 */
#define TRUST_MAX 4096

enum attribute {
	A_CLASS,
	A_LABEL,
	A_VALUE,
	A_ISSUER,
	A_SERIAL,
	A_KEY_TYPE,
	A_MODULUS,
	A_EXPONENT,
	A_EC_PARAMS,
	A_EC_POINT,
	A_NSS_DB,	/* of an EC key: the point, else the modulus */
	A_TRUST_SERVER,
	A_TRUST_CLIENT,
	A_TRUST_CODE,
	A_TRUST_MAIL,
	A__MAX,
};

static const char *const columns[A__MAX] = {
	[A_CLASS] = "a0",
	[A_LABEL] = "a3",
	[A_VALUE] = "a11",
	[A_ISSUER] = "a81",
	[A_SERIAL] = "a82",
	[A_KEY_TYPE] = "a100",
	[A_MODULUS] = "a120",
	[A_EXPONENT] = "a122",
	[A_EC_PARAMS] = "a180",
	[A_EC_POINT] = "a181",
	[A_NSS_DB] = "ad5a0db00",
	[A_TRUST_SERVER] = "ace536358",
	[A_TRUST_CLIENT] = "ace536359",
	[A_TRUST_CODE] = "ace53635a",
	[A_TRUST_MAIL] = "ace53635b",
};

struct trust {
	struct ber issuer;
	struct ber serial;
};

struct nss {
	struct emit *e;
	struct sqlite db;
	struct keystore store;
	struct arena scratch;	/* of one row */
	int column[A__MAX];
	struct trust *trusted;
	size_t trusted_count;
	unsigned int rows;
};

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	(void)size;
	if (!sqlite_is_database(head, len))
		return FORMAT_NO;
	/* with small pages, the first block need not name the tables */
	if (strcmp(name, "cert9.db") == 0 || strcmp(name, "key4.db") == 0 ||
	    memmem(head, len, "nssP", 4))
		return FORMAT_YES;
	return FORMAT_NO;
}

/* ------------------------------------------------------------ attributes */

static struct ber attribute(const struct nss *s, const struct sqlite_row *row,
			    enum attribute a)
{
	int i = s->column[a];
	struct ber b = { 0 };

	if (i < 0 || (size_t)i >= row->count)
		return b;
	b = ber_of(row->columns[i].p, row->columns[i].len);
	/* how NSS writes an empty value */
	if (row->columns[i].type < SQLITE_VALUE_BLOB ||
	    BER_IS(&b, "\xa5\x00\x5a"))
		return ber_of(b.p, 0);
	return b;
}

/* A CK_ULONG: four bytes, big-endian.  0 where it is none. */
static uint32_t number(const struct nss *s, const struct sqlite_row *row,
		       enum attribute a)
{
	struct ber b = attribute(s, row, a);
	uint32_t n = 0;

	for (size_t i = 0; b.left == 4 && i < 4; i++)
		n = n << 8 | b.p[i];
	return n;
}

static char *entry_of(struct nss *s, const struct sqlite_row *row)
{
	struct ber label = attribute(s, row, A_LABEL);

	return keystore_entry(&s->scratch, label.p, label.left,
			      label.left > 0 ? 0 : s->rows);
}

/* ---------------------------------------------------------------- cert9 */

static bool is_trusted(uint32_t trust)
{
	return trust == CKT_NSS_TRUSTED || trust == CKT_NSS_TRUSTED_DELEGATOR;
}

static int keep_trust(void *arg, const struct sqlite_row *row)
{
	struct nss *s = arg;
	struct ber issuer = attribute(s, row, A_ISSUER);
	struct ber serial = attribute(s, row, A_SERIAL);
	struct trust *t = NULL;
	bool any = false;

	for (enum attribute a = A_TRUST_SERVER; a <= A_TRUST_MAIL; a++)
		any = any || is_trusted(number(s, row, a));
	if (!any || number(s, row, A_CLASS) != CKO_NSS_TRUST ||
	    s->trusted_count == TRUST_MAX)
		return 0;
	t = &s->trusted[s->trusted_count];
	t->issuer.p = arena_dup(&s->store.arena, issuer.p, issuer.left);
	t->serial.p = arena_dup(&s->store.arena, serial.p, serial.left);
	if (!t->issuer.p || !t->serial.p)
		return 0;
	t->issuer.left = issuer.left;
	t->serial.left = serial.left;
	s->trusted_count++;
	return 0;
}

static bool has_trust(const struct nss *s, const struct sqlite_row *row)
{
	struct ber issuer = attribute(s, row, A_ISSUER);
	struct ber serial = attribute(s, row, A_SERIAL);

	for (size_t i = 0; i < s->trusted_count; i++)
		if (ber_equal(&s->trusted[i].serial, serial.p, serial.left) &&
		    ber_equal(&s->trusted[i].issuer, issuer.p, issuer.left))
			return true;
	return false;
}

static int emit_public(void *arg, const struct sqlite_row *row)
{
	struct nss *s = arg;
	struct ber value = attribute(s, row, A_VALUE);
	struct emit_extra extra = { 0 };
	const char *why = "";
	char *entry = NULL;
	int r = 0;

	arena_reset(&s->scratch);
	s->rows++;
	entry = entry_of(s, row);
	if (!entry)
		return -ENOMEM;
	switch (number(s, row, A_CLASS)) {
	case CKO_CERTIFICATE:
		keystore_alias(&s->store, entry);
		s->store.certificates++;
		extra.trust_store = has_trust(s, row);
		return keystore_certificate(s->e, entry, value.p, value.left,
					    &extra);
	case CKO_NSS_CRL:
		s->store.crls++;
		r = emit_object(s->e, CW__KIND__KIND_CRL, entry, value.p,
				value.left, NULL, &why);
		return r != -EBADMSG ? r :
		       emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"%s: CRL: %s", entry, why);
	default:
		return 0;
	}
}

/* ----------------------------------------------------------------- key4 */

static int emit_private(void *arg, const struct sqlite_row *row)
{
	struct nss *s = arg;
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = { .protection = &protection };
	struct nss_key key = {
		.type = number(s, row, A_KEY_TYPE),
		.modulus = attribute(s, row, A_MODULUS),
		.exponent = attribute(s, row, A_EXPONENT),
		.ec_params = attribute(s, row, A_EC_PARAMS),
		.ec_point = attribute(s, row, A_EC_POINT),
	};
	struct buf spki;
	char *entry = NULL;
	int r = 0;

	arena_reset(&s->scratch);
	s->rows++;
	if (number(s, row, A_CLASS) == CKO_SECRET_KEY)
		s->store.secrets++;
	if (number(s, row, A_CLASS) != CKO_PRIVATE_KEY)
		return 0;
	entry = entry_of(s, row);
	if (!entry)
		return -ENOMEM;
	s->store.keys++;
	keystore_protection(&s->store, &protection);
	if (key.ec_point.left == 0)
		key.ec_point = attribute(s, row, A_NSS_DB);
	buf_init(&spki, KEY_MAX);
	if (nss_key_spki(&key, &spki) < 0)
		buf_reset(&spki);
	r = emit_private_key(s->e, entry, spki.len ? spki.data : NULL, spki.len,
			     &extra);
	buf_free(&spki);
	return r;
}

/* metaData: id, item1, item2 */
static int try_passwords(void *arg, const struct sqlite_row *row)
{
	struct nss *s = arg;
	const struct sqlite_value *v = row->columns;

	if (row->count < 3 || v[0].len != 8 ||
	    memcmp(v[0].p, "password", 8) != 0)
		return 0;
	s->store.encrypted = true;
	nss_key_try_passwords(&s->store, ber_of(v[1].p, v[1].len),
			      ber_of(v[2].p, v[2].len));
	if (s->store.opened.source && s->store.opened.len == 0)
		s->store.encrypted = false;
	return 1;
}

/* ----------------------------------------------------------------- both */

/* Walks a table, if there is such: 0, -EBADMSG, or negative from ${row}. */
static int walk_table(struct nss *s, const char *name,
		      int (*row)(void *arg, const struct sqlite_row *row),
		      bool *ret_found)
{
	struct sqlite_table table = { 0 };
	int r = sqlite_find(&s->db, name, &table);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	*ret_found = true;
	for (int i = 0; i < A__MAX; i++)
		s->column[i] = sqlite_column(&table, columns[i]);
	r = sqlite_walk(&s->db, table.root, row, s);
	buf_free(&table.sql);
	return r > 0 ? 0 : r;
}

static int parse_tables(struct nss *s)
{
	bool found = false;
	int r = walk_table(s, "nssPublic", keep_trust, &found);

	if (r == 0 && found)
		r = walk_table(s, "nssPublic", emit_public, &found);
	if (r == 0)
		r = walk_table(s, "metaData", try_passwords, &found);
	if (r == 0)
		r = walk_table(s, "nssPrivate", emit_private, &found);
	if (r == -EBADMSG)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"SQLite: a page or a record is broken or cut "
				"off; %u rows were read", s->rows);
	return r == 0 && !found ? -ENOENT : r;
}

static int parse_database(struct nss *s, const uint8_t *data, size_t len)
{
	int r = sqlite_open(&s->db, data, len);

	if (r < 0)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"SQLite: the header is broken or cut off");
	s->trusted = arena_alloc(&s->store.arena,
				 TRUST_MAX * sizeof(*s->trusted));
	if (!s->trusted)
		return -ENOMEM;
	r = parse_tables(s);
	if (r == -ENOENT)
		return -EBADMSG;
	if (r == 0 && s->db.has_wal)
		r = emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
			     "SQLite: in WAL mode; the latest changes may be "
			     "in another file");
	return r < 0 ? r : keystore_emit(&s->store, s->e);
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	struct nss s = { .e = e };
	int r = 0;

	keystore_init(&s.store);
	arena_init(&s.scratch, KIB(64));
	r = parse_database(&s, data, len);
	arena_free(&s.scratch);
	keystore_free(&s.store);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_nss = {
	.name = "nss",
	.description = "NSS databases cert9.db and key4.db",
	.sniff = sniff,
	.parse = parse,
};
