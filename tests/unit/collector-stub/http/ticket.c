/* SPDX-License-Identifier: Apache-2.0 */
/* Two collectors with one database. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "collector-stub/ca/issue.h"
#include "collector-stub/http/ticket.h"
#include "lib/clock.h"
#include "tests/unit/collector-stub/store_test.h"

static struct store *s;
static struct tickets one, other;
static SSL_CTX *ctx_one, *ctx_other, *client;
static SSL_SESSION *session;
static int64_t now;

static int on_session(SSL *ssl, SSL_SESSION *got)
{
	(void)ssl;
	SSL_SESSION_free(session);
	session = got;
	return 1;
}

static SSL_CTX *new_server(struct tickets *t, X509 *cert, EVP_PKEY *key)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	assert_int_equal(tickets_use(t, ctx), 0);
	return ctx;
}

static int set_up(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = NULL;

	(void)state;
	now = clock_now();
	if (!key || store_test_open(&s) < 0 ||
	    issue_root(key, "tickets", now, 3600, &cert) < 0 ||
	    tickets_init(&one) < 0 || tickets_init(&other) < 0)
		return -1;
	ctx_one = new_server(&one, cert, key);
	ctx_other = new_server(&other, cert, key);
	client = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT |
				       SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(client, on_session);
	EVP_PKEY_free(key);
	X509_free(cert);
	return 0;
}

static int tear_down(void **state)
{
	bool mine = false;

	(void)state;
	SSL_SESSION_free(session);
	session = NULL;
	SSL_CTX_free(client);
	SSL_CTX_free(ctx_one);
	SSL_CTX_free(ctx_other);
	tickets_free(&one);
	tickets_free(&other);
	/* a server's database is the next test's as well */
	s->driver->ticket_remove(s, INT64_MAX);
	s->driver->lease_take(s, "tickets", "none", INT64_MAX, 0, &mine);
	store_close(s);
	return 0;
}

/* One connection, in memory, by the last session where there is one; whether
 * it was resumed. */
static bool resumes(SSL_CTX *server)
{
	SSL *a = SSL_new(client), *b = SSL_new(server);
	BIO *up = NULL, *down = NULL;
	bool resumed = false;
	char byte = 0;

	assert_int_equal(BIO_new_bio_pair(&up, 65536, &down, 65536), 1);
	SSL_set_bio(a, up, up);
	SSL_set_bio(b, down, down);
	SSL_set_connect_state(a);
	SSL_set_accept_state(b);
	if (session)
		SSL_set_session(a, session);
	for (int i = 0; i < 10; i++) {
		SSL_do_handshake(a);
		SSL_do_handshake(b);
	}
	SSL_read(a, &byte, 1);		/* the ticket */
	assert_true(SSL_is_init_finished(a) && SSL_is_init_finished(b));
	resumed = SSL_session_reused(a);
	SSL_set_shutdown(a, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(a);
	SSL_free(b);
	return resumed;
}

/* Both look into the database at that moment. */
static void refresh(int64_t at)
{
	assert_int_equal(tickets_refresh(&one, s, at), 0);
	assert_int_equal(tickets_refresh(&other, s, at), 0);
}

static void a_session_is_resumed_at_the_other(void **state)
{
	(void)state;
	refresh(now - 2 * TICKET_SPREAD);
	assert_false(resumes(ctx_one));
	assert_non_null(session);
	assert_true(resumes(ctx_other));
}

static void it_is_resumed_after_the_next_key_was_made(void **state)
{
	uint8_t first[STORE_TICKET];

	(void)state;
	refresh(now - TICKET_ROTATE - 2 * TICKET_SPREAD);
	memcpy(first, one.keys[0].bytes, STORE_TICKET);
	assert_false(resumes(ctx_one));
	refresh(now - 2 * TICKET_SPREAD);
	assert_int_equal(one.n, 2);
	assert_memory_not_equal(one.keys[0].bytes, first, STORE_TICKET);
	assert_memory_equal(one.keys, other.keys, sizeof(one.keys));
	assert_true(resumes(ctx_other));
	/* the new ticket has the new key */
	assert_true(resumes(ctx_one));
}

static void a_key_that_not_all_know_is_not_used_yet(void **state)
{
	(void)state;
	refresh(now - TICKET_ROTATE - 2 * TICKET_SPREAD);
	/* only this one has looked */
	assert_int_equal(tickets_refresh(&one, s, now), 0);
	assert_int_equal(one.n, 2);
	assert_int_equal(other.n, 1);
	assert_false(resumes(ctx_one));
	assert_true(resumes(ctx_other));
}

static void it_is_resumed_after_a_restart(void **state)
{
	struct tickets again;

	(void)state;
	refresh(now - 2 * TICKET_SPREAD);
	assert_false(resumes(ctx_one));
	assert_int_equal(tickets_init(&again), 0);
	assert_int_equal(tickets_refresh(&again, s, now), 0);
	assert_memory_equal(again.keys, one.keys, sizeof(one.keys));
	SSL_CTX_set_app_data(ctx_one, &again);
	assert_true(resumes(ctx_one));
	SSL_CTX_set_app_data(ctx_one, &one);
	tickets_free(&again);
}

static void it_is_not_resumed_once_its_key_was_removed(void **state)
{
	int64_t at = now - (TICKET_KEYS + 1) * TICKET_ROTATE;

	(void)state;
	refresh(at);
	assert_false(resumes(ctx_one));
	for (int i = 0; i < TICKET_KEYS; i++)
		refresh(at += TICKET_ROTATE);
	assert_int_equal(one.n, TICKET_KEYS);
	assert_false(resumes(ctx_other));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_is_resumed_at_the_other),
		CASE(it_is_resumed_after_the_next_key_was_made),
		CASE(a_key_that_not_all_know_is_not_used_yet),
		CASE(it_is_resumed_after_a_restart),
		CASE(it_is_not_resumed_once_its_key_was_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
