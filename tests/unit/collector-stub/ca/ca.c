/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "collector-stub/ca/ca.h"
#include "collector-stub/ca/issue.h"
#include "lib/clock.h"
#include "lib/file.h"

static char dir[64];
static struct ca ca;

static int make_ca(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/certwalk-unit.XXXXXX");
	return mkdtemp(dir) && ca_create(dir, clock_now()) == 0 &&
		ca_load(dir, &ca) == 0 ? 0 : -1;
}

static const char *in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int remove_ca(void **state)
{
	(void)state;
	ca_free(&ca);
	unlink(in_dir("ca.key"));
	unlink(in_dir("ca.crt"));
	unlink(in_dir("server.pem"));
	return rmdir(dir);
}

static bool is_trusted(X509 *cert, int purpose)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ok;

	X509_STORE_add_cert(store, ca.cert);
	X509_STORE_CTX_init(ctx, store, cert, NULL);
	X509_STORE_CTX_set_purpose(ctx, purpose);
	ok = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}

static void keys_are_their_owners_alone(void **state)
{
	struct stat st;
	struct ca other = { .cert = NULL };

	(void)state;
	assert_int_equal(stat(in_dir("ca.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(chmod(in_dir("ca.key"), 0640), 0);
	assert_int_equal(ca_load(dir, &other), -EPERM);
	assert_null(other.cert);
}

static void a_ca_is_never_overwritten(void **state)
{
	struct ca again;

	(void)state;
	assert_int_equal(ca_create(dir, clock_now()), -EEXIST);
	unlink(in_dir("ca.key"));
	assert_int_equal(ca_create(dir, clock_now()), -EEXIST);
	assert_int_equal(ca_load(dir, &again), -ENOENT);
}

static void a_ca_of_two_that_do_not_fit_is_refused(void **state)
{
	struct ca other = { .cert = NULL };
	struct buf key;

	(void)state;
	buf_init(&key, 10000);
	assert_int_equal(file_read(in_dir("ca.key"), &key), 0);
	unlink(in_dir("ca.key"));
	unlink(in_dir("ca.crt"));
	assert_int_equal(ca_create(dir, clock_now()), 0);
	assert_int_equal(file_replace(in_dir("ca.key"), 0600, key.data,
				      key.len), 0);
	assert_int_equal(ca_load(dir, &other), -EBADMSG);
	buf_free_secret(&key);
}

static void the_hash_is_that_of_the_certificate(void **state)
{
	uint8_t *der = NULL, hash[HASH_SIZE];
	int len = i2d_X509(ca.cert, &der);

	(void)state;
	assert_true(len > 0);
	hash_sha256(der, (size_t)len, hash);
	assert_memory_equal(hash, ca.sha256, HASH_SIZE);
	assert_true(X509_check_ca(ca.cert) == 1);
	OPENSSL_free(der);
}

static void an_agents_certificate_names_it_and_is_for_clients(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int64_t now = clock_now(), from = 0, to = 0;
	struct buf der;
	const uint8_t *p;
	X509 *cert;
	char cn[64] = "";

	(void)state;
	buf_init(&der, 10000);
	assert_int_equal(ca_sign_agent(&ca, key, "some-id", now, 86400, &der),
			 0);
	p = der.data;
	cert = d2i_X509(NULL, &p, (long)der.len);
	assert_non_null(cert);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName,
				  cn, sizeof(cn));
	assert_string_equal(cn, "some-id");
	assert_true(is_trusted(cert, X509_PURPOSE_SSL_CLIENT));
	assert_false(is_trusted(cert, X509_PURPOSE_SSL_SERVER));
	assert_int_equal(issue_time(X509_get0_notBefore(cert), &from), 0);
	assert_int_equal(issue_time(X509_get0_notAfter(cert), &to), 0);
	assert_int_equal(from, now - 300);
	assert_int_equal(to, now + 86400);
	X509_free(cert);
	EVP_PKEY_free(key);
	buf_free(&der);
}

static void a_short_life_has_a_short_skew(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int64_t now = clock_now(), from = 0;
	X509 *cert = NULL;

	(void)state;
	assert_int_equal(issue_agent(ca.cert, ca.key, key, "x", now, 10, &cert),
			 0);
	assert_int_equal(issue_time(X509_get0_notBefore(cert), &from), 0);
	assert_int_equal(from, now - 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void the_server_has_its_names_and_a_time_to_renew(void **state)
{
	char *names[] = { (char *)"collector.example", (char *)"192.0.2.1",
		(char *)"2001:db8::1" };
	struct ca_server s;
	int64_t now = clock_now();

	(void)state;
	assert_int_equal(ca_make_server(&ca, names, 3, dir, now), 0);
	assert_int_equal(ca_load_server(dir, &s), 0);
	assert_int_equal(s.count, 3);
	for (int i = 0; i < 3; i++)
		assert_string_equal(s.names[i], names[i]);
	assert_true(is_trusted(s.cert, X509_PURPOSE_SSL_SERVER));
	assert_false(is_trusted(s.cert, X509_PURPOSE_SSL_CLIENT));
	assert_true(s.due > now + 59 * 86400 && s.due < now + 61 * 86400);
	ca_server_free(&s);
}

static void what_is_no_name_is_refused(void **state)
{
	static const char *const bad[] = { "", "a b", "x,DNS:evil", "-x",
		"a..b", "http://x", ".x", "a\n" };
	char *name[1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		name[0] = (char *)bad[i];
		assert_int_equal(ca_make_server(&ca, name, 1, dir, clock_now()),
				 -EINVAL);
	}
	assert_int_equal(ca_make_server(&ca, name, 0, dir, clock_now()),
			 -EINVAL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_ca, remove_ca)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(keys_are_their_owners_alone),
		CASE(a_ca_is_never_overwritten),
		CASE(a_ca_of_two_that_do_not_fit_is_refused),
		CASE(the_hash_is_that_of_the_certificate),
		CASE(an_agents_certificate_names_it_and_is_for_clients),
		CASE(a_short_life_has_a_short_skew),
		CASE(the_server_has_its_names_and_a_time_to_renew),
		CASE(what_is_no_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
