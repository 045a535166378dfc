/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sqlite3.h>

#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_nss;

#define EXPLICIT_NULL "\xa5\x00\x5a"

struct row {
	const char *class;	/* 4 bytes */
	const char *label;
	const void *value;
	int value_len;
	const char *serial;
	const char *trust;	/* 4 bytes */
};

static sqlite3 *open_database(int page)
{
	sqlite3 *db = NULL;
	char text[64];

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	snprintf(text, sizeof(text), "PRAGMA page_size = %d", page);
	sqlite3_exec(db, text, NULL, NULL, NULL);
	return db;
}

static void add_public(sqlite3 *db, const struct row *r)
{
	static int id;
	sqlite3_stmt *stmt = NULL;

	sqlite3_prepare_v2(db, "INSERT INTO nssPublic VALUES (?,?,?,?,?,?,?)",
			   -1, &stmt, NULL);
	sqlite3_bind_int(stmt, 1, ++id);
	sqlite3_bind_blob(stmt, 2, r->class, 4, SQLITE_STATIC);
	if (r->label)
		sqlite3_bind_blob(stmt, 3, r->label, (int)strlen(r->label),
				  SQLITE_STATIC);
	else
		sqlite3_bind_blob(stmt, 3, EXPLICIT_NULL, 3, SQLITE_STATIC);
	if (r->value)
		sqlite3_bind_blob(stmt, 4, r->value, r->value_len,
				  SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 5, "issuer", 6, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 6, r->serial, 1, SQLITE_STATIC);
	if (r->trust)
		sqlite3_bind_blob(stmt, 7, r->trust, 4, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
}

static void collect_database(struct collected *c, sqlite3 *db, size_t cut)
{
	sqlite3_int64 len = 0;
	uint8_t *data = sqlite3_serialize(db, "main", &len, 0);

	collect(c, &format_nss, data,
		cut && cut < (size_t)len ? cut : (size_t)len, "cert9.db");
	sqlite3_free(data);
}

static sqlite3 *make_cert9(int page)
{
	sqlite3 *db = open_database(page);
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "nss");
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);
	const struct row rows[] = {
		{ "\0\0\0\1", "server", der, len, "1", NULL },
		{ "\0\0\0\1", "anchor", der, len, "2", NULL },
		{ "\0\0\0\1", NULL, "no DER", 6, "3", NULL },
		{ "\xce\x53\x43\x53", NULL, NULL, 0, "2", "\xce\x53\x43\x52" },
		{ "\xce\x53\x43\x53", NULL, NULL, 0, "1", "\xce\x53\x43\x55" },
	};

	sqlite3_exec(db, "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON "
		     "CONFLICT ABORT, a0, a3, a11, a81, a82, ace536358)", NULL,
		     NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		add_public(db, &rows[i]);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return db;
}

static void certificates_need_no_password(void **state)
{
	(void)state;
	for (int page = 512; page <= 32768; page *= 8) {
		sqlite3 *db = make_cert9(page);
		struct collected c;

		collect_database(&c, db, 0);
		assert_int_equal(c.result, 0);
		assert_yields(&c, "certificate server\n"
			      "certificate anchor trusted\n"
			      "gap 5 3: certificate: ");
		assert_yields(&c, "store nss | certificates: 3, private keys: "
			      "0; aliases: server, anchor, 3 |");
		collect_free(&c);
		sqlite3_close(db);
	}
}

static void every_truncation_ends_with_a_gap(void **state)
{
	sqlite3 *db = make_cert9(512);

	(void)state;
	for (size_t n = 16; n < 2048; n += 97) {
		struct collected c;

		collect_database(&c, db, n);
		assert_int_equal(c.result, 0);
		assert_true(c.gaps > 0);
		collect_free(&c);
	}
	sqlite3_close(db);
}

/* The check value of an empty password, as certutil wrote it. */
#define SALT "F55627615F6C153A1E9AFD3F69FE0D4A4A46F877"
#define CHECK \
	"308181306D06092A864886F70D01050D3060304106092A864886F70D01050C303404" \
	"20C95A923DADB712CE26F98D29D648E22146B6DF59C40F4C28CDD7AFA39AA1439B02" \
	"0101020120300A06082A864886F70D0209301B060960864801650304012A040E0C29" \
	"811A98741FAC1831CB28039004104B792DD37544724CD450AD96693BB0A2"

static void add_key(sqlite3 *db, const char *type, EVP_PKEY *key)
{
	sqlite3_stmt *stmt = NULL;
	uint8_t n[512] = { 0 }, point[128] = { 0 };
	BIGNUM *modulus = NULL;
	size_t len = 0;

	sqlite3_prepare_v2(db, "INSERT INTO nssPrivate VALUES (NULL, "
			   "x'00000003', ?, ?, ?, x'010001', "
			   "x'06082A8648CE3D030107', ?)", -1, &stmt, NULL);
	sqlite3_bind_text(stmt, 1, *type ? "elliptic" : "rsa", -1,
			  SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 2, *type ? "\0\0\0\3" : "\0\0\0\0", 4,
			  SQLITE_STATIC);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus))
		sqlite3_bind_blob(stmt, 3, n, BN_bn2bin(modulus, n),
				  SQLITE_STATIC);
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
					    point, sizeof(point), &len))
		sqlite3_bind_blob(stmt, 4, point, (int)len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
	BN_free(modulus);
}

static void keys_show_their_public_half(void **state)
{
	sqlite3 *db = open_database(4096);
	EVP_PKEY *ec = made_key();
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	struct collected c;

	(void)state;
	sqlite3_exec(db, "CREATE TABLE nssPrivate (id PRIMARY KEY, a0, a3, "
		     "a100, a120, a122, a180, ad5a0db00); CREATE TABLE "
		     "metaData (id PRIMARY KEY, item1, item2); INSERT INTO "
		     "metaData VALUES ('password', x'" SALT "', x'" CHECK "')",
		     NULL, NULL, NULL);
	add_key(db, "", rsa);
	add_key(db, "e", ec);
	collect_database(&c, db, 0);
	assert_int_equal(c.result, 0);
	assert_yields(&c, "key rsa spki clear\nkey elliptic spki clear\n");
	assert_yields(&c, "PBES2 AES-256-CBC PBKDF2 | opened by empty, well "
		      "known");
	collect_free(&c);
	/* another salt: the password does not fit, the keys are encrypted */
	sqlite3_exec(db, "UPDATE metaData SET item1 = x'00'", NULL, NULL, NULL);
	collect_database(&c, db, 0);
	assert_yields(&c, "key rsa spki encrypted\n");
	assert_yields(&c, "opened by nothing");
	collect_free(&c);
	sqlite3_close(db);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(rsa);
}

/* The check value, with 2^31 rounds. */
#define DEAR_CHECK \
	"308185307106092A864886F70D01050D3064304506092A864886F70D01050C303804" \
	"20C95A923DADB712CE26F98D29D648E22146B6DF59C40F4C28CDD7AFA39AA1439B02" \
	"050080000000020120300A06082A864886F70D0209301B0609608648016503040" \
	"12A040E0C29811A98741FAC1831CB28039004104B792DD37544724CD450AD96693B" \
	"B0A2"

static void an_absurd_iteration_count_is_not_tried(void **state)
{
	sqlite3 *db = open_database(4096);
	struct collected c;

	(void)state;
	sqlite3_exec(db, "CREATE TABLE nssPrivate (id PRIMARY KEY, a0); CREATE "
		     "TABLE metaData (id PRIMARY KEY, item1, item2); INSERT "
		     "INTO metaData VALUES ('password', x'" SALT "', "
		     "x'" DEAR_CHECK "')", NULL, NULL, NULL);
	collect_database(&c, db, 0);
	assert_yields(&c, "PBES2 AES-256-CBC PBKDF2 | opened by nothing");
	assert_int_equal(c.iterations, (uint64_t)1 << 31);
	collect_free(&c);
	sqlite3_close(db);
}

/* The same of an older NSS: SHA-1 and 3DES. */
#define OLD_SALT "2E1B1D96968D1D178E67E34270333CB58399CA02"
#define OLD_CHECK \
	"303C3028060B2A864886F70D010C050103301904141676217E99D26FD3E81435" \
	"21BB352199B009A83B0201010410845403DA9A3CB37DE5D71E366ED9526A"

static void the_check_of_older_versions_is_understood(void **state)
{
	sqlite3 *db = open_database(4096);
	struct collected c;

	(void)state;
	sqlite3_exec(db, "CREATE TABLE nssPrivate (id PRIMARY KEY, a0); CREATE "
		     "TABLE metaData (id PRIMARY KEY, item1, item2); INSERT "
		     "INTO metaData VALUES ('password', x'" OLD_SALT "', "
		     "x'" OLD_CHECK "')", NULL, NULL, NULL);
	collect_database(&c, db, 0);
	assert_yields(&c, "opened by empty, well known");
	collect_free(&c);
	sqlite3_close(db);
}

static void other_databases_are_left_to_others(void **state)
{
	sqlite3 *db = open_database(4096);
	struct collected c;

	(void)state;
	sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL);
	collect_database(&c, db, 0);
	assert_true(c.result == -EBADMSG);
	assert_int_equal(c.text.len, 0);
	collect_free(&c);
	sqlite3_close(db);
}

static void databases_of_certutil_are_read(void **state)
{
	char dir[] = "/tmp/cw-nss-XXXXXX";
	char command[512];
	struct collected c;
	struct buf b;

	(void)state;
	if (!tool_is_installed("certutil") || !mkdtemp(dir))
		skip();
	snprintf(command, sizeof(command),
		 "cd %s && certutil -N -d sql:. --empty-password && head -c 99 "
		 "/dev/urandom >noise && certutil -S -d sql:. -n me -s CN=me "
		 "-x -t C,, -z noise >/dev/null 2>&1", dir);
	if (!tool(command))
		skip();
	buf_init(&b, MIB(4));
	snprintf(command, sizeof(command), "%s/cert9.db", dir);
	assert_int_equal(file_read(command, &b), 0);
	collect(&c, &format_nss, b.data, b.len, "cert9.db");
	assert_yields(&c, "certificate me trusted\n");
	collect_free(&c);
	buf_reset(&b);
	snprintf(command, sizeof(command), "%s/key4.db", dir);
	assert_int_equal(file_read(command, &b), 0);
	collect(&c, &format_nss, b.data, b.len, "key4.db");
	assert_yields(&c, "key 1 spki clear\n");
	collect_free(&c);
	buf_free(&b);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	tool(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_need_no_password),
		cmocka_unit_test(every_truncation_ends_with_a_gap),
		cmocka_unit_test(keys_show_their_public_half),
		cmocka_unit_test(an_absurd_iteration_count_is_not_tried),
		cmocka_unit_test(the_check_of_older_versions_is_understood),
		cmocka_unit_test(other_databases_are_left_to_others),
		cmocka_unit_test(databases_of_certutil_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
