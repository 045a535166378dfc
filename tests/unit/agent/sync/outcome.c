/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "agent/sync/outcome.h"
#include "proto/certwalk.pb-c.h"

static struct outcome answer(long status, const char *code, const char *detail)
{
	Cw__Problem p = CW__PROBLEM__INIT;
	struct outcome o = {0};
	uint8_t packed[1024];

	p.code = (char *)(uintptr_t)code;
	p.detail = (char *)(uintptr_t)detail;
	outcome_http(&o, "host:1", status, packed,
		     cw__problem__pack(&p, packed), -1);
	return o;
}

static void a_status_has_a_class(void **state)
{
	static const struct { long status; enum outcome_class class; } cases[] =
	{
		{200, OUTCOME_DONE}, {204, OUTCOME_DONE},
		{302, OUTCOME_REFUSED}, {400, OUTCOME_REFUSED},
		{401, OUTCOME_REFUSED}, {403, OUTCOME_REFUSED},
		{413, OUTCOME_REFUSED}, {429, OUTCOME_OVERLOAD},
		{500, OUTCOME_UNREACHABLE}, {502, OUTCOME_UNREACHABLE},
		{503, OUTCOME_OVERLOAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o = answer(cases[i].status, "", "");

		assert_int_equal(o.class, cases[i].class);
		assert_true(o.answered);
		assert_int_equal(o.credential, cases[i].status == 401 ||
				 cases[i].status == 403);
	}
}

static void a_problem_tells_more_than_its_status(void **state)
{
	struct outcome o = answer(403, "revoked", "cut off by admin");

	(void)state;
	assert_int_equal(o.class, OUTCOME_REVOKED);
	assert_string_equal(o.text, "revoked: host:1: this agent has been "
			    "revoked: cut off by admin (HTTP 403, revoked)");
	assert_int_equal(answer(403, "unknown-agent", "").class,
			 OUTCOME_REVOKED);
	o = answer(403, "token-used", "");
	assert_int_equal(o.class, OUTCOME_REFUSED);
	assert_non_null(strstr(o.text, "the token has been used up"));
	o = answer(403, "token-expired", "");
	assert_non_null(strstr(o.text, "the token has expired"));
}

static void a_hostile_problem_is_shown_as_plain_text(void **state)
{
	static char long_text[3000];
	struct outcome o = answer(400, "a\033[31m\nb", "x\r\ny");

	(void)state;
	assert_string_equal(o.code, "a[31mb");
	assert_null(strchr(o.text, '\n'));
	memset(long_text, 'x', sizeof(long_text) - 1);
	outcome_http(&o, "host:1", 400, (const uint8_t *)long_text,
		     sizeof(long_text), -1);
	assert_non_null(strstr(o.text, "no reason given"));
	outcome_http(&o, "host:1", 400, NULL, 0, -1);
	assert_int_equal(o.class, OUTCOME_REFUSED);
}

static struct outcome fault(int code, const char *detail, long verify)
{
	struct outcome o = {0};

	outcome_transport(&o, "host:1", code, detail, verify);
	assert_false(o.answered);
	return o;
}

static void the_wrong_collector_is_told_from_one_that_is_away(void **state)
{
	struct outcome o = fault(CURLE_COULDNT_CONNECT, "", 0);

	(void)state;
	assert_int_equal(o.class, OUTCOME_UNREACHABLE);
	o = fault(CURLE_PEER_FAILED_VERIFICATION, "",
		  X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
	assert_int_equal(o.class, OUTCOME_REFUSED);
	assert_false(o.credential);
	assert_non_null(strstr(o.text, "certificate of host:1 is not from the "
			       "CA of this agent's enrolment"));
	o = fault(CURLE_PEER_FAILED_VERIFICATION, "", X509_V_OK);
	assert_non_null(strstr(o.text, "is for another name"));
	o = fault(CURLE_PEER_FAILED_VERIFICATION, "",
		  X509_V_ERR_CERT_HAS_EXPIRED);
	assert_non_null(strstr(o.text, "certificate has expired"));
}

static void a_tls_alert_about_our_certificate_is_a_refusal(void **state)
{
	struct outcome o = fault(CURLE_RECV_ERROR, "SSL_read: error:0A000415:"
				 "SSL routines::sslv3 alert certificate "
				 "expired, errno 0", 0);

	(void)state;
	assert_int_equal(o.class, OUTCOME_REFUSED);
	assert_true(o.credential);
	assert_non_null(strstr(o.text, "certwalk enroll"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_has_a_class),
		cmocka_unit_test(a_problem_tells_more_than_its_status),
		cmocka_unit_test(a_hostile_problem_is_shown_as_plain_text),
		cmocka_unit_test(
			the_wrong_collector_is_told_from_one_that_is_away),
		cmocka_unit_test(
			a_tls_alert_about_our_certificate_is_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
