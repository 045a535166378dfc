/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/stat.h>

#include <openssl/pem.h>

#include "agent/sync/credential.h"
#include "agent/sync/keyring.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "tests/unit/agent/sync/pki.h"
#include "tests/unit/agent/sync/scratch.h"

static EVP_PKEY *ca_key, *key;
static X509 *ca, *certificate;

static int make_pki(void **state)
{
	(void)state;
	ca_key = credential_key();
	key = credential_key();
	ca = pki_certificate(ca_key, "CA", NULL, NULL);
	certificate = pki_certificate(key, "agent", ca, ca_key);
	return ca && certificate ? 0 : -1;
}

static int drop_pki(void **state)
{
	(void)state;
	X509_free(ca);
	X509_free(certificate);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	return 0;
}

/* The collector's answer: ${leaf} under ${root}. */
static struct buf answer(X509 *leaf, X509 *root, const char *id)
{
	Cw__Credential m = CW__CREDENTIAL__INIT;
	Cw__CommandKey k = CW__COMMAND_KEY__INIT;
	Cw__CommandKey *keys[] = {&k};
	uint8_t ed25519[32] = {1};
	ProtobufCBinaryData chain = {0};
	unsigned char *a = NULL, *b = NULL;
	struct buf out;

	m.certificate.len = (size_t)i2d_X509(leaf, &a);
	m.certificate.data = a;
	chain.len = (size_t)i2d_X509(root, &b);
	chain.data = b;
	m.chain = &chain;
	m.n_chain = 1;
	m.agent_id = (char *)(uintptr_t)id;
	m.sync_url = (char *)(uintptr_t)"https://localhost:8443";
	k.id = (char *)(uintptr_t)"0123456789abcdef";
	k.ed25519 = (ProtobufCBinaryData){sizeof(ed25519), ed25519};
	m.command_keys = keys;
	m.n_command_keys = 1;
	m.command_threshold = 1;
	buf_init(&out, MIB(1));
	buf_reserve(&out, cw__credential__get_packed_size(&m));
	out.len = cw__credential__pack(&m, out.data);
	OPENSSL_free(a);
	OPENSSL_free(b);
	return out;
}

static void hash_of(X509 *x, uint8_t ret[static HASH_SIZE])
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	hash_sha256(der, (size_t)len, ret);
	OPENSSL_free(der);
}

static struct identity make_identity(const char *id)
{
	struct buf b = answer(certificate, ca, id);
	struct identity ret = {0};
	uint8_t pin[HASH_SIZE];
	const char *why = NULL;

	hash_of(ca, pin);
	assert_int_equal(credential_take(b.data, b.len, key, pin, NULL,
					 clock_now(), &ret, &why), 0);
	buf_free(&b);
	return ret;
}

static void what_was_written_is_read_back(void **state)
{
	const char *path = scratch_path(state, "identity.pem"), *why = NULL;
	struct identity a = make_identity("agent-1"), b = {0};
	struct stat st = {0};

	assert_int_equal(identity_write(path, &a, (uid_t)-1, (gid_t)-1), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(identity_read(path, &b, &why), 0);
	assert_string_equal(b.agent_id, "agent-1");
	assert_string_equal(b.sync_url, "https://localhost:8443");
	assert_true(b.issued == a.issued && b.not_after == a.not_after);
	assert_int_equal(EVP_PKEY_eq(a.key, b.key), 1);
	assert_int_equal(X509_cmp(a.certificate, b.certificate), 0);
	assert_int_equal(b.command_threshold, 1);
	assert_int_equal(b.command_keys_count, 1);
	assert_string_equal(b.command_keys[0].id, "0123456789abcdef");
	assert_int_equal(b.command_keys[0].ed25519[0], 1);
	identity_free(&a);
	identity_free(&b);
}

static void an_identity_that_others_can_read_is_refused(void **state)
{
	const char *path = scratch_path(state, "identity.pem"), *why = NULL;
	struct identity a = make_identity("agent-1"), b = {0};

	assert_int_equal(identity_write(path, &a, (uid_t)-1, (gid_t)-1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(identity_read(path, &b, &why), -EPERM);
	identity_free(&a);
}

static void a_file_that_was_cut_is_refused(void **state)
{
	const char *path = scratch_path(state, "identity.pem"), *why = NULL;
	struct identity a = make_identity("agent-1"), b = {0};
	struct buf whole;

	buf_init(&whole, MIB(1));
	assert_int_equal(identity_write(path, &a, (uid_t)-1, (gid_t)-1), 0);
	assert_int_equal(file_read(path, &whole), 0);
	for (size_t len = 0; len < whole.len - 1; len += 11) {
		why = NULL;
		assert_int_equal(file_replace(path, 0600, whole.data, len), 0);
		assert_int_equal(identity_read(path, &b, &why), -EBADMSG);
		assert_non_null(why);
	}
	buf_free_secret(&whole);
	identity_free(&a);
}

static void an_answer_must_hold_our_key_and_the_pinned_ca(void **state)
{
	EVP_PKEY *other_key = credential_key();
	X509 *other_ca = pki_certificate(other_key, "CA", NULL, NULL);
	struct buf good = answer(certificate, ca, "agent-1");
	struct buf wrong_ca = answer(certificate, other_ca, "agent-1");
	struct buf wrong_id = answer(certificate, ca, "agent 1\n");
	uint8_t pin[HASH_SIZE], other_pin[HASH_SIZE];
	struct identity id = {0};
	const char *why = NULL;

	(void)state;
	hash_of(ca, pin);
	hash_of(other_ca, other_pin);
	assert_int_equal(credential_take(good.data, good.len, other_key, pin,
					 NULL, 1, &id, &why), -EBADMSG);
	assert_non_null(strstr(why, "key"));
	assert_int_equal(credential_take(good.data, good.len, key, other_pin,
					 NULL, 1, &id, &why), -EBADMSG);
	assert_int_equal(credential_take(wrong_ca.data, wrong_ca.len, key,
					 other_pin, NULL, 1, &id, &why),
			 -EBADMSG);
	assert_int_equal(credential_take(wrong_id.data, wrong_id.len, key, pin,
					 NULL, 1, &id, &why), -EBADMSG);
	assert_int_equal(credential_take(good.data, good.len - 1, key, pin,
					 NULL, 1, &id, &why), -EBADMSG);
	buf_free(&good);
	buf_free(&wrong_ca);
	buf_free(&wrong_id);
	X509_free(other_ca);
	EVP_PKEY_free(other_key);
}

static void a_request_has_no_subject_and_proves_its_key(void **state)
{
	const unsigned char *p = NULL;
	X509_REQ *req = NULL;
	struct buf csr;

	(void)state;
	buf_init(&csr, KIB(16));
	assert_int_equal(credential_csr(key, &csr), 0);
	p = csr.data;
	req = d2i_X509_REQ(NULL, &p, (long)csr.len);
	assert_non_null(req);
	assert_int_equal(X509_NAME_entry_count(X509_REQ_get_subject_name(req)),
			 0);
	assert_int_equal(X509_REQ_verify(req, key), 1);
	X509_REQ_free(req);
	buf_free(&csr);
}

static void renewal_is_due_after_two_thirds_since_the_issue(void **state)
{
	struct identity id = make_identity("agent-1");

	(void)state;
	id.issued = id.not_after - 3000;
	assert_int_equal(identity_renewal_due(&id), id.not_after - 1000);
	/* by a clock that was wrong: since notBefore, 3660 s before the end */
	id.issued = id.not_after + 5;
	assert_int_equal(identity_renewal_due(&id), id.not_after - 1220);
	identity_free(&id);
}

static void only_a_bare_https_address_is_a_url(void **state)
{
	(void)state;
	assert_true(identity_is_url("https://host.example:8443"));
	assert_true(identity_is_url("https://[2001:db8::1]:8443"));
	assert_false(identity_is_url("http://host:1"));
	assert_false(identity_is_url("https://"));
	assert_false(identity_is_url("https://host/path"));
	assert_false(identity_is_url("https://user@host"));
	assert_false(identity_is_url("https://host\n"));
	assert_false(identity_is_url("file:///etc/passwd"));
}

static char nothing[] = "";

static void keep(struct keyring *k, const struct agent_config *c)
{
	bool changed = false;

	keyring_init(k, c);
	assert_int_equal(keyring_refresh(k, &changed), 0);
	assert_true(changed);
}

static void a_successor_is_tried_first_and_never_costs_the_old_one(void **state)
{
	struct agent_config c = {.state_dir = *state, .certificate = nothing};
	struct identity own = make_identity("agent-1");
	struct identity next = make_identity("agent-2");
	const char *path = scratch_path(state, IDENTITY_FILE);
	struct keyring k;
	bool changed = true;

	keyring_init(&k, &c);
	assert_int_equal(keyring_refresh(&k, &changed), -ENOENT);
	assert_int_equal(identity_write(path, &own, (uid_t)-1, (gid_t)-1), 0);
	keep(&k, &c);
	assert_string_equal(keyring_identity(&k)->agent_id, "agent-1");
	assert_int_equal(keyring_add_next(&k, &next), 0);
	assert_string_equal(keyring_identity(&k)->agent_id, "agent-2");
	keyring_free(&k);
	/* a crash before it was proven */
	keep(&k, &c);
	assert_string_equal(keyring_identity(&k)->agent_id, "agent-2");
	keyring_drop_next(&k);
	assert_string_equal(keyring_identity(&k)->agent_id, "agent-1");
	next = make_identity("agent-3");
	assert_int_equal(keyring_add_next(&k, &next), 0);
	assert_int_equal(keyring_promote(&k), 0);
	assert_int_equal(keyring_refresh(&k, &changed), 0);
	assert_false(changed);
	keyring_free(&k);
	keep(&k, &c);
	assert_string_equal(keyring_identity(&k)->agent_id, "agent-3");
	assert_false(k.has_next);
	keyring_free(&k);
	identity_free(&own);
}

static void put_pem(const char *path, X509 *x, EVP_PKEY *k)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (k)
		PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL);
	if (x)
		PEM_write_X509(f, x);
	fclose(f);
}

static void files_of_an_existing_pki_are_read(void **state)
{
	static char url[] = "https://collector.example:8443";
	char paths[3][4096];
	struct agent_config c = {.url = url, .certificate = paths[0],
				 .key = paths[1], .ca = paths[2]};
	const char *file = NULL, *why = NULL;
	struct identity id = {0};

	file_path(paths[0], 4096, *state, "cert");
	file_path(paths[1], 4096, *state, "key");
	file_path(paths[2], 4096, *state, "ca");
	put_pem(paths[0], certificate, NULL);
	put_pem(paths[1], NULL, key);
	put_pem(paths[2], ca, NULL);
	assert_int_equal(identity_read_configured(&c, &id, &file, &why), 0);
	assert_true(id.configured);
	assert_int_equal(sk_X509_num(id.anchors), 1);
	identity_free(&id);
	put_pem(paths[1], NULL, ca_key);
	assert_int_equal(identity_read_configured(&c, &id, &file, &why),
			 -EBADMSG);
	put_pem(paths[1], ca, NULL);
	assert_int_equal(identity_read_configured(&c, &id, &file, &why),
			 -EBADMSG);
	assert_string_equal(file, paths[1]);
	put_pem(paths[1], NULL, key);
	put_pem(paths[2], NULL, key);
	assert_int_equal(identity_read_configured(&c, &id, &file, &why),
			 -EBADMSG);
	assert_string_equal(file, paths[2]);
	unlink(paths[2]);
	assert_int_equal(identity_read_configured(&c, &id, &file, &why),
			 -ENOENT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_written_is_read_back),
		T(an_identity_that_others_can_read_is_refused),
		T(a_file_that_was_cut_is_refused),
		cmocka_unit_test(an_answer_must_hold_our_key_and_the_pinned_ca),
		cmocka_unit_test(a_request_has_no_subject_and_proves_its_key),
		cmocka_unit_test(
			renewal_is_due_after_two_thirds_since_the_issue),
		cmocka_unit_test(only_a_bare_https_address_is_a_url),
		T(a_successor_is_tried_first_and_never_costs_the_old_one),
		T(files_of_an_existing_pki_are_read),
	};

	return cmocka_run_group_tests(tests, make_pki, drop_pki);
}
