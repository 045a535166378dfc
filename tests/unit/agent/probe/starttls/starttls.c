/* SPDX-License-Identifier: Apache-2.0 */
/* Each protocol by what both sides say. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/probe/starttls/starttls.h"

#define HOLDS(text) text, sizeof(text) - 1

/* What the server says, how the talk ends, and what was sent by then. */
struct talk {
	const char *protocol;
	const char *server;
	size_t len;
	int end;
	const char *sent;
	size_t sent_len;
};

static const struct talk talks[] = {
	{"smtp", HOLDS("220 mx ESMTP\r\n250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n"
		       "220 go\r\n"), 1,
	 HOLDS("EHLO certwalk.invalid\r\nSTARTTLS\r\n")},
	{"smtp", HOLDS("220 mx ESMTP\r\n250 mx\r\n502 unknown\r\n"),
	 -EOPNOTSUPP, NULL, 0},
	{"smtp", HOLDS("554 go away\r\n"), -EBADMSG, NULL, 0},
	{"lmtp", HOLDS("220 mx LMTP\r\n250 mx\r\n220 go\r\n"), 1,
	 HOLDS("LHLO certwalk.invalid\r\nSTARTTLS\r\n")},
	{"imap", HOLDS("* OK hello\r\n* CAPABILITY IMAP4\r\na OK go\r\n"), 1,
	 HOLDS("a STARTTLS\r\n")},
	{"imap", HOLDS("* OK hello\r\na BAD what\r\n"), -EOPNOTSUPP, NULL, 0},
	{"pop3", HOLDS("+OK hello\r\n+OK go\r\n"), 1, HOLDS("STLS\r\n")},
	{"pop3", HOLDS("+OK hello\r\n-ERR no\r\n"), -EOPNOTSUPP, NULL, 0},
	{"ftp", HOLDS("220-hello\r\n220 ready\r\n234 go\r\n"), 1,
	 HOLDS("AUTH TLS\r\n")},
	{"nntp", HOLDS("200 news\r\n382 go\r\n"), 1, HOLDS("STARTTLS\r\n")},
	{"nntp", HOLDS("200 news\r\n580 no\r\n"), -EOPNOTSUPP, NULL, 0},
	{"sieve", HOLDS("\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK hi\r\n"
			"OK go\r\n"), 1, HOLDS("STARTTLS\r\n")},
	{"ldap", HOLDS("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0"), 1, NULL, 0},
	/* OpenLDAP writes lengths of four octets */
	{"ldap", HOLDS("\x30\x84\0\0\0\x10\2\1\1\x78\x84\0\0\0\7\x0a\1\0\4\0"
		       "\4\0"), 1, NULL, 0},
	{"ldap", HOLDS("\x30\x0c\2\1\1\x78\7\x0a\1\2\4\0\4\0"), -EOPNOTSUPP,
	 NULL, 0},
	{"ldap", HOLDS("\x30\xff\0\0\0\0\0"), -EBADMSG, NULL, 0},
	{"xmpp", HOLDS("<?xml version='1.0'?><stream:stream>"
		       "<stream:features><starttls xmlns='urn:ietf:params:xml:"
		       "ns:xmpp-tls'/></stream:features>"), 0, NULL, 0},
	{"xmpp", HOLDS("<stream:stream><stream:features/>"
		       "<stream:features></stream:features>"), -EOPNOTSUPP,
	 NULL, 0},
	{"xmpp-server", HOLDS("<stream:error><host-unknown/>"), -EOPNOTSUPP,
	 NULL, 0},
	{"postgres", HOLDS("S"), 1, HOLDS("\0\0\0\x08\x04\xd2\x16\x2f")},
	{"postgres", HOLDS("N"), -EOPNOTSUPP, NULL, 0},
	{"postgres", HOLDS("E"), -EBADMSG, NULL, 0},
	{"mysql", HOLDS("\x18\0\0\0\x0a" "8.0.36\0" "\1\0\0\0" "saltsalt\0"
			"\xff\xff\0\0"), 1,
	 HOLDS("\x20\0\0\1\0\x8a\0\0\0\0\0\1\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	       "\0\0\0\0\0\0\0\0\0")},
	{"mysql", HOLDS("\x18\0\0\0\x0a" "8.0.36\0" "\1\0\0\0" "saltsalt\0"
			"\xff\xf7\0\0"), -EOPNOTSUPP, NULL, 0},
	{"mysql", HOLDS("\x12\0\0\0\xff\x6a\4Host is blocked"), -EOPNOTSUPP,
	 NULL, 0},
	{"rdp", HOLDS("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\1\0\0\0"), 1,
	 HOLDS("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0")},
	{"rdp", HOLDS("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\3\0\x08\0\2\0\0\0"),
	 -EOPNOTSUPP, NULL, 0},
	{"rdp", HOLDS("\3\0\0\x0b\6\xd0\0\0\x12\x34\0"), -EOPNOTSUPP, NULL, 0},
	{"mssql", HOLDS("\4\1\0\x1a\0\0\1\0" "\0\0\x0b\0\6" "\1\0\x11\0\1"
			"\xff" "\x0f\0\7\xd0\0\0" "\1"), 1, NULL, 0},
	{"mssql", HOLDS("\4\1\0\x1a\0\0\1\0" "\0\0\x0b\0\6" "\1\0\x11\0\1"
			"\xff" "\x0f\0\7\xd0\0\0" "\2"), -EOPNOTSUPP, NULL, 0},
};

/* Byte by byte, as slow servers do: how it ended. */
static int play(const struct talk *t, struct starttls_talk *s)
{
	int r = s->protocol->talk(s);

	for (size_t i = 0; i < t->len && r == 0; i++) {
		assert_int_equal(buf_add(&s->in, t->server + i, 1), 0);
		r = s->protocol->talk(s);
	}
	return r;
}

static void each_protocol_comes_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		const struct talk *t = &talks[i];
		const struct starttls *p = starttls_find(t->protocol);
		struct starttls_talk s;
		int r = 0;

		assert_non_null(p);
		starttls_begin(&s, p, "example.org");
		r = play(t, &s);
		if (r != t->end)
			fail_msg("talk %zu, %s: %d, not %d", i, t->protocol, r,
				 t->end);
		assert_true(r >= 0 || s.why[0]);
		if (r == 1)
			assert_int_equal(s.in.len, 0);
		if (t->sent) {
			assert_int_equal(s.out.len, t->sent_len);
			assert_memory_equal(s.out.data, t->sent, t->sent_len);
		}
		starttls_free(&s);
	}
}

static void xmpp_names_the_server_and_waits_to_proceed(void **state)
{
	static const char features[] =
		"<stream:features><starttls xmlns='urn:ietf:params:xml:"
		"ns:xmpp-tls'/></stream:features>";
	static const char proceed[] = "<proceed xmlns='x'/>";
	struct starttls_talk s;

	(void)state;
	starttls_begin(&s, starttls_find("xmpp"), "example.org");
	assert_int_equal(s.protocol->talk(&s), 0);
	assert_non_null(strstr(buf_str(&s.out), "to='example.org'"));
	buf_reset(&s.out);
	buf_add(&s.in, features, sizeof(features) - 1);
	assert_int_equal(s.protocol->talk(&s), 0);
	assert_non_null(strstr(buf_str(&s.out), "<starttls"));
	buf_add(&s.in, proceed, sizeof(proceed) - 1);
	assert_int_equal(s.protocol->talk(&s), 1);
	starttls_free(&s);
}

static void guess(const char *process, uint16_t port, const char *name)
{
	const struct starttls *s = starttls_guess(process, port);

	assert_string_equal(s ? s->name : "none", name);
}

static void process_goes_before_port(void **state)
{
	(void)state;
	guess("", 25, "smtp");
	guess("", 443, "tls");
	guess("", 12345, "none");
	guess("postgres", 12345, "postgres");
	guess("mariadbd", 443, "tls");
	guess("master", 587, "smtp");
	guess("master", 465, "tls");
	guess("slapd", 389, "ldap");
	guess("slapd", 636, "tls");
	guess("dovecot", 143, "imap");
	guess("dovecot", 110, "pop3");
	guess("dovecot", 993, "tls");
	guess("dovecot", 4190, "sieve");
}

static void recognise(const char *greeting, size_t len, const char *name)
{
	const struct starttls *s =
		starttls_recognise((const uint8_t *)greeting, len);

	assert_string_equal(s ? s->name : "none", name);
}

static void a_greeting_tells_the_protocol(void **state)
{
	(void)state;
	recognise(HOLDS("220 mx ESMTP Postfix\r\n"), "smtp");
	recognise(HOLDS("220 mx LMTP\r\n"), "lmtp");
	recognise(HOLDS("220 (vsFTPd 3.0.3)\r\n"), "ftp");
	recognise(HOLDS("* OK Dovecot\r\n"), "imap");
	recognise(HOLDS("+OK Dovecot\r\n"), "pop3");
	recognise(HOLDS("200 news\r\n"), "nntp");
	recognise(HOLDS("\"IMPLEMENTATION\" \"Dovecot\"\r\n"), "sieve");
	recognise(HOLDS("\x4a\0\0\0\x0a" "8.0"), "mysql");
	recognise(HOLDS("SSH-2.0-x\r\n"), "none");
	recognise("", 0, "none");
}

static void records_of_tds_travel_in_packets(void **state)
{
	const struct starttls *p = starttls_find("mssql");
	struct buf in, out;

	(void)state;
	buf_init(&in, 1024);
	buf_init(&out, 1024);
	assert_int_equal(p->wrap(&out, 3), 0);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.data, "\x12\1\0\x0b", 4);
	buf_reset(&out);
	buf_add(&in, "\x12\1\0\x0a\0\0\0\0ab\4\1\0\x09\0\0\0\0c\x12\1\0", 22);
	assert_int_equal(p->unwrap(&in, &out), 0);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.data, "abc", 3);
	assert_int_equal(in.len, 3);
	buf_reset(&in);
	buf_add(&in, "\x12\1\0\1\0\0\0\0", 8);
	assert_int_equal(p->unwrap(&in, &out), -EBADMSG);
	buf_free(&in);
	buf_free(&out);
}

static void a_line_without_an_end_is_refused(void **state)
{
	struct starttls_talk s;
	int r = 0;

	(void)state;
	starttls_begin(&s, starttls_find("smtp"), "");
	for (int i = 0; i < 5000 && r == 0; i++) {
		buf_addch(&s.in, '2');
		r = s.protocol->talk(&s);
	}
	assert_int_equal(r, -EBADMSG);
	starttls_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_protocol_comes_to_its_end),
		cmocka_unit_test(xmpp_names_the_server_and_waits_to_proceed),
		cmocka_unit_test(process_goes_before_port),
		cmocka_unit_test(a_greeting_tells_the_protocol),
		cmocka_unit_test(records_of_tds_travel_in_packets),
		cmocka_unit_test(a_line_without_an_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
