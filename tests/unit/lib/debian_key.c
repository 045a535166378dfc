/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "lib/debian_key.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define OPENSSL_1024 "openssl-blacklist/blacklist.RSA-1024"
#define SSH_1024 "ssh/blacklist.RSA-1024"
#define SSH_DSA_1024 "ssh/blacklist.DSA-1024"

static char folder[64];
static struct buf why;

static const char *path_of(const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/debian_key.XXXXXX");
	buf_init(&why, KIB(4));
	if (!mkdtemp(folder) || mkdir(path_of("openssl-blacklist"), 0700) < 0)
		return -1;
	return mkdir(path_of("ssh"), 0700);
}

static int empty_folder(void **state)
{
	(void)state;
	unlink(path_of(OPENSSL_1024));
	unlink(path_of(SSH_1024));
	unlink(path_of(SSH_DSA_1024));
	buf_reset(&why);
	return 0;
}

static int remove_folder(void **state)
{
	empty_folder(state);
	buf_free(&why);
	rmdir(path_of("openssl-blacklist"));
	rmdir(path_of("ssh"));
	return rmdir(folder);
}

static void write_list(const char *file, const char *text)
{
	FILE *f = fopen(path_of(file), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* The head of Debian's files, and ${line} among others. */
static void write_around(const char *file, const char *line)
{
	char text[400];

	snprintf(text, sizeof(text), "# fingerprints\n#\n\n"
		 "00000000000000000000\n%s\nffffffffffffffffffff\n", line);
	write_list(file, text);
}

static void line_of(const void *data, size_t len, const EVP_MD *md, char *line)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	assert_int_equal(EVP_Digest(data, len, digest, &n, md, NULL), 1);
	encode_hex(digest + n - 10, 10, line);
}

static void add_mpint(struct buf *b, const EVP_PKEY *key, const char *name)
{
	BIGNUM *n = NULL;
	uint8_t bytes[600] = {0};

	/* with its length in front, as of SSH */
	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &n), 1);
	buf_add(b, bytes, (size_t)BN_bn2mpi(n, bytes));
	BN_free(n);
}

static bool has(const struct debian_keys *k, EVP_PKEY *key)
{
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);
	bool found = debian_keys_has(k, spki, (size_t)len);

	OPENSSL_free(spki);
	return found;
}

static void a_listed_key_of_openssl_is_found(void **state)
{
	EVP_PKEY *listed = EVP_RSA_gen(1024), *other = EVP_RSA_gen(1024);
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	struct debian_keys *k = NULL;
	char text[600], line[21], *hex;
	BIGNUM *n = NULL;

	(void)state;
	EVP_PKEY_get_bn_param(listed, OSSL_PKEY_PARAM_RSA_N, &n);
	hex = BN_bn2hex(n);
	snprintf(text, sizeof(text), "Modulus=%s\n", hex);
	line_of(text, strlen(text), EVP_sha1(), line);
	write_around(OPENSSL_1024, line);
	assert_int_equal(debian_keys_load(folder, &why, &k), 0);
	assert_string_equal(buf_str(&why), "openssl-blacklist, "
			    "openssl-blacklist-extra, openssh-blacklist, "
			    "openssh-blacklist-extra");
	assert_true(has(k, listed));
	assert_false(has(k, other));
	assert_false(has(k, ec));
	assert_false(has(NULL, listed));
	assert_false(debian_keys_has(k, (const uint8_t *)"\x30\x82", 2));
	debian_keys_free(k);
	OPENSSL_free(hex);
	BN_free(n);
	EVP_PKEY_free(listed);
	EVP_PKEY_free(other);
	EVP_PKEY_free(ec);
}

static void a_listed_key_of_openssh_is_found(void **state)
{
	EVP_PKEY *rsa = EVP_RSA_gen(1024), *other = EVP_RSA_gen(1024);
	struct debian_keys *k = NULL;
	char line[21];
	struct buf b;

	(void)state;
	buf_init(&b, KIB(4));
	buf_add(&b, "\0\0\0\7ssh-rsa", 11);
	add_mpint(&b, rsa, OSSL_PKEY_PARAM_RSA_E);
	add_mpint(&b, rsa, OSSL_PKEY_PARAM_RSA_N);
	line_of(b.data, b.len, EVP_md5(), line);
	write_around(SSH_1024, line);
	assert_int_equal(debian_keys_load(folder, &why, &k), 0);
	assert_true(has(k, rsa));
	assert_false(has(k, other));
	debian_keys_free(k);
	buf_free(&b);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other);
}

static EVP_PKEY *dsa_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	EVP_PKEY *parameters = NULL, *key = NULL;
	size_t bits = 1024;
	OSSL_PARAM p[] = {
		OSSL_PARAM_size_t(OSSL_PKEY_PARAM_FFC_PBITS, &bits),
		OSSL_PARAM_END,
	};

	EVP_PKEY_paramgen_init(ctx);
	EVP_PKEY_CTX_set_params(ctx, p);
	assert_int_equal(EVP_PKEY_generate(ctx, &parameters), 1);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, parameters, NULL);
	EVP_PKEY_keygen_init(ctx);
	assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

static void a_listed_dsa_key_of_openssh_is_found(void **state)
{
	EVP_PKEY *key = dsa_key();
	struct debian_keys *k = NULL;
	char line[21];
	struct buf b;

	(void)state;
	buf_init(&b, KIB(4));
	buf_add(&b, "\0\0\0\7ssh-dss", 11);
	add_mpint(&b, key, OSSL_PKEY_PARAM_FFC_P);
	add_mpint(&b, key, OSSL_PKEY_PARAM_FFC_Q);
	add_mpint(&b, key, OSSL_PKEY_PARAM_FFC_G);
	add_mpint(&b, key, OSSL_PKEY_PARAM_PUB_KEY);
	line_of(b.data, b.len, EVP_md5(), line);
	write_around(SSH_DSA_1024, line);
	assert_int_equal(debian_keys_load(folder, &why, &k), 0);
	assert_true(has(k, key));
	debian_keys_free(k);
	buf_free(&b);
	EVP_PKEY_free(key);
}

static void no_list_at_all_is_told(void **state)
{
	struct debian_keys *k = NULL;

	(void)state;
	assert_int_equal(debian_keys_load(folder, &why, &k), -ENOENT);
	assert_int_equal(debian_keys_load("/nonexistent", &why, &k), -ENOENT);
	assert_null(k);
	debian_keys_free(NULL);
}

static void a_broken_list_is_told_with_its_name(void **state)
{
	static const char *const broken[] = {
		"0123\n",
		"zz000000000000000000\n",
		"00000000000000000000",
		"ABCDEF00000000000000\n",
		"00000000000000000001\r\n",
		"00000000000000000001\n00000000000000000000\n",
		"00000000000000000001\n\n00000000000000000002\n",
		"# only a comment that does not end ..........\n0",
	};
	struct debian_keys *k = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		write_list(OPENSSL_1024, broken[i]);
		assert_int_equal(debian_keys_load(folder, &why, &k), -EBADMSG);
		assert_string_equal(buf_str(&why), path_of(OPENSSL_1024));
		buf_reset(&why);
	}
	unlink(path_of(OPENSSL_1024));
	mkdir(path_of(OPENSSL_1024), 0700);
	assert_int_equal(debian_keys_load(folder, &why, &k), -EINVAL);
	rmdir(path_of(OPENSSL_1024));
	mkfifo(path_of(OPENSSL_1024), 0600);
	assert_int_equal(debian_keys_load(folder, &why, &k), -EINVAL);
}

static void an_empty_list_has_no_key(void **state)
{
	static const char *const empty[] = {"", "#", "# none\n\n"};
	EVP_PKEY *key = EVP_RSA_gen(1024);

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct debian_keys *k = NULL;

		write_list(OPENSSL_1024, empty[i]);
		assert_int_equal(debian_keys_load(folder, &why, &k), 0);
		assert_false(has(k, key));
		debian_keys_free(k);
	}
	EVP_PKEY_free(key);
}

static void a_list_that_comes_changes_or_goes_has_another_stamp(void **state)
{
	const char *file = "ssh/blacklist.RSA-2048";
	uint64_t none, one, other;

	(void)state;
	none = debian_keys_stamp(folder);
	write_list(file, "");
	one = debian_keys_stamp(folder);
	assert_true(one != none);
	assert_true(one == debian_keys_stamp(folder));
	write_around(file, "0123456789abcdef0123");
	other = debian_keys_stamp(folder);
	assert_true(other != one && other != none);
	unlink(path_of(file));
	assert_true(debian_keys_stamp(folder) == none);
}

#define CASE(f) cmocka_unit_test_teardown(f, empty_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_listed_key_of_openssl_is_found),
		CASE(a_listed_key_of_openssh_is_found),
		CASE(a_listed_dsa_key_of_openssh_is_found),
		CASE(no_list_at_all_is_told),
		CASE(a_broken_list_is_told_with_its_name),
		CASE(an_empty_list_has_no_key),
		CASE(a_list_that_comes_changes_or_goes_has_another_stamp),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
