/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "agent/token/reader.h"
#include "lib/buf.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "tests/unit/agent/token/fake.h"
#include "tests/unit/lib/x509_made.h"

static struct buf seen;
static struct made der;
static unsigned int found;

static const CK_OBJECT_CLASS certificate_class = CKO_CERTIFICATE;
static const CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY;
static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE rsa = CKK_RSA, ec = CKK_EC, edwards = 0x40;
static const CK_BBOOL yes = CK_TRUE;

static const char *kind_name(Cw__Kind kind)
{
	switch (kind) {
	case CW__KIND__KIND_CERTIFICATE:
		return "certificate";
	case CW__KIND__KIND_PUBLIC_KEY:
		return "public";
	case CW__KIND__KIND_PRIVATE_KEY:
		return "private";
	default:
		return "keystore";
	}
}

static int on_finding(void *arg, const Cw__TokenPlace *p,
		      const Ipc__Finding *f)
{
	(void)arg;
	found++;
	assert_string_equal(p->module, "fake");
	assert_string_equal(p->serial, "17");
	assert_string_equal(f->format, "pkcs11");
	assert_int_equal(f->chain_position, 0);
	buf_addf(&seen, "%s '%s' id %zu %s", kind_name(f->kind), f->entry,
		 p->id.len, f->facts && f->facts->key_alg
				    ? f->facts->key_alg : "");
	if (f->protection)
		buf_addf(&seen, " %s", f->protection->encrypted ? "closed"
								: "open");
	for (size_t i = 0; i < f->n_flags; i++)
		buf_addf(&seen, " %s", f->flags[i]);
	if (f->trust_store)
		buf_adds(&seen, " trust");
	return buf_adds(&seen, "\n");
}

static int on_gap(void *arg, const Cw__TokenPlace *p, Cw__GapKind kind,
		  const char *reason)
{
	(void)arg;
	(void)p;
	return buf_addf(&seen, "gap %d %s\n", (int)kind, reason);
}

static const char *run(int want)
{
	const struct reader_sink sink = {on_finding, on_gap, NULL};

	found = 0;
	buf_reset(&seen);
	assert_int_equal(reader_run(&fake_functions, "fake", &sink), want);
	assert_int_equal(fake.private_asked, 0);
	return buf_str(&seen);
}

static int begin(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.slots = 1;
	fake.flags = CKF_TOKEN_INITIALIZED;
	buf_init(&seen, MIB(4));
	return 0;
}

static int end(void **state)
{
	(void)state;
	buf_free(&seen);
	return 0;
}

static size_t add(const CK_OBJECT_CLASS *class, const char *label,
		  const char *id)
{
	size_t n = fake.n;

	fake_add(n, CKA_CLASS, class, sizeof(*class));
	fake_add(n, CKA_LABEL, label, strlen(label));
	fake_add(n, CKA_ID, id, strlen(id));
	return n;
}

static void add_certificate(void)
{
	size_t n = add(&certificate_class, "web", "\x42");
	struct plan plan = {.key = ec_key()};

	if (!der.der)
		der = certificate(&plan);
	fake_add(n, CKA_VALUE, der.der, der.len);
}

static void what_is_visible_is_reported(void **state)
{
	static const uint8_t modulus[256] = {0xc1, [255] = 1};
	static const uint8_t exponent[] = {1, 0, 1};
	size_t n;

	(void)state;
	add_certificate();
	n = add(&public_class, "", "\x01\xab");
	fake_add(n, CKA_KEY_TYPE, &rsa, sizeof(rsa));
	fake_add(n, CKA_MODULUS, modulus, sizeof(modulus));
	fake_add(n, CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent));
	assert_string_equal(run(1),
		"public '01ab' id 2 RSA\n"
		"certificate 'web' id 1 EC\n"
		"keystore '' id 0  open\n");
}

static void a_private_key_is_told_by_its_certificate(void **state)
{
	size_t n;

	(void)state;
	add_certificate();
	n = add(&private_class, "k", "\x42");
	fake_add(n, CKA_KEY_TYPE, &ec, sizeof(ec));
	fake_add(n, CKA_SENSITIVE, &yes, 1);
	n = add(&private_class, "other", "\x43");
	fake_add(n, CKA_EXTRACTABLE, &yes, 1);
	assert_string_equal(run(1),
		"certificate 'web' id 1 EC\n"
		"private 'k' id 1 EC closed\n"
		"private 'other' id 1  open extractable\n"
		"keystore '' id 0  open\n");
}

static void keys_are_put_together_from_their_parts(void **state)
{
	static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
				       0x3d, 0x03, 0x01, 0x07};
	static uint8_t point[67] = {0x04, 0x41, 0x04};
	static uint8_t ed[34] = {0x04, 0x20, 9};
	size_t n = add(&public_class, "wrapped", "1");

	(void)state;
	fake_add(n, CKA_KEY_TYPE, &ec, sizeof(ec));
	fake_add(n, CKA_EC_PARAMS, p256, sizeof(p256));
	fake_add(n, CKA_EC_POINT, point, sizeof(point));
	n = add(&public_class, "raw", "2");
	fake_add(n, CKA_KEY_TYPE, &ec, sizeof(ec));
	fake_add(n, CKA_EC_PARAMS, p256, sizeof(p256));
	fake_add(n, CKA_EC_POINT, point + 2, sizeof(point) - 2);
	n = add(&public_class, "ed", "3");
	fake_add(n, CKA_KEY_TYPE, &edwards, sizeof(edwards));
	fake_add(n, CKA_EC_POINT, ed, sizeof(ed));
	n = add(&public_class, "raw ed", "4");
	fake_add(n, CKA_KEY_TYPE, &edwards, sizeof(edwards));
	fake_add(n, CKA_EC_POINT, ed + 2, sizeof(ed) - 2);
	n = add(&public_class, "none", "5");
	fake_add(n, CKA_KEY_TYPE, &ec, sizeof(ec));
	assert_string_equal(run(1),
		"public 'wrapped' id 1 EC\npublic 'raw' id 1 EC\n"
		"public 'ed' id 1 Ed25519\npublic 'raw ed' id 1 Ed25519\n"
		"gap 9 none: public key of an unknown form\n"
		"keystore '' id 0  open\n");
}

static void what_needs_the_pin_is_a_gap(void **state)
{
	(void)state;
	fake.flags |= CKF_LOGIN_REQUIRED | CKF_PROTECTED_AUTHENTICATION_PATH;
	assert_string_equal(run(1),
		"keystore '' id 0  closed\n"
		"gap 6 private objects need the PIN, which is not asked for; "
		"seen without it: certificates: 0, public keys: 0, private "
		"keys: 0\n");
}

static void a_token_that_is_not_set_up_is_none(void **state)
{
	(void)state;
	fake.flags = 0;
	assert_string_equal(run(0), "");
	fake.slots = 0;
	assert_string_equal(run(0), "");
}

static void absurd_counts_are_gaps(void **state)
{
	(void)state;
	fake.slots = (CK_ULONG)-1;
	assert_string_equal(run(0), "gap 1 more than 256 slots\n");
	fake.slots = 1;
	fake.too_many = 1000;
	assert_non_null(strstr(run(1), "gap 1 the module does not list all"));
	fake.too_many = (CK_ULONG)-100;
	assert_non_null(strstr(run(1), "gap 1 the module does not list all"));
}

static void an_endless_search_has_an_end(void **state)
{
	(void)state;
	add_certificate();
	fake.endless = 1;
	run(1);
	/* as keys they are gaps, which are many too */
	assert_non_null(strstr((char *)seen.data, "gap 9 more of this"));
	assert_int_equal(found, 40001);
}

static void absurd_lengths_are_gaps(void **state)
{
	(void)state;
	add_certificate();
	fake.late = 1;
	assert_string_equal(run(1),
		"gap 5 : the module cannot tell it\n"
		"keystore '' id 0  open\n");
	fake.late = 0;
	fake.grow = 5;
	assert_non_null(strstr(run(1), "gap 5 web"));
	fake.grow = (CK_ULONG)1 << 40;
	assert_string_equal(run(1),
		"gap 4 : larger than an object may be\n"
		"keystore '' id 0  open\n");
	fake.grow = 0;
	fake.attribute = CKR_DEVICE_ERROR;
	assert_string_equal(run(1),
		"gap 5 : the module cannot tell it\n"
		"keystore '' id 0  open\n");
}

static void what_is_no_certificate_is_a_gap(void **state)
{
	size_t n = add(&certificate_class, "bad", "1");

	(void)state;
	fake_add(n, CKA_VALUE, "nonsense", 8);
	n = add(&certificate_class, "by url", "2");
	fake_add(n, CKA_VALUE, "", 0);
	assert_non_null(strstr(run(1), "gap 5 bad: "));
	assert_non_null(strstr((char *)seen.data, "gap 9 by url: has no "));
}

static void a_token_without_a_session_is_a_gap(void **state)
{
	(void)state;
	fake.session = CKR_DEVICE_ERROR;
	assert_string_equal(run(1), "gap 1 no session with it: error 0x30\n");
}

static void what_is_trusted_is_marked(void **state)
{
	(void)state;
	add_certificate();
	fake_add(0, CKA_TRUSTED, &yes, 1);
	assert_string_equal(run(1), "certificate 'web' id 1 EC trust\n"
				    "keystore '' id 0  open\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(what_is_visible_is_reported),
		TEST(a_private_key_is_told_by_its_certificate),
		TEST(keys_are_put_together_from_their_parts),
		TEST(what_needs_the_pin_is_a_gap),
		TEST(a_token_that_is_not_set_up_is_none),
		TEST(absurd_counts_are_gaps),
		TEST(an_endless_search_has_an_end),
		TEST(absurd_lengths_are_gaps),
		TEST(what_is_no_certificate_is_a_gap),
		TEST(a_token_without_a_session_is_a_gap),
		TEST(what_is_trusted_is_marked),
#undef TEST
	};
	int r = cmocka_run_group_tests(tests, set_up, tear_down);

	made_free(&der);
	EVP_PKEY_free(ec_key());
	return r;
}
