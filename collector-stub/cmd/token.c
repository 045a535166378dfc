/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector-stub/ca/ca.h"
#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/ports.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/order/audit.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/log.h"
#include "lib/quantity.h"
#include "lib/token.h"

#define USES_MAX 1000000
#define EXPIRES_MAX (INT64_C(366) * 86400)

/* hex digits of a hash that are shown, and the fewest that name one */
#define SHOWN 12
#define PREFIX_MIN 4

struct order {
	const char *uses;
	const char *expires;
	int64_t n_uses;
	int64_t seconds;
};

static int check_order(struct order *o)
{
	char *end = NULL;

	errno = 0;
	o->n_uses = strtoll(o->uses, &end, 10);
	if (errno || *end || end == o->uses || o->n_uses < 1 ||
	    o->n_uses > USES_MAX) {
		log_error("--uses %s: not a number from 1 to %d", o->uses,
			  USES_MAX);
		return -EINVAL;
	}
	if (quantity_parse(o->expires, quantity_durations, &o->seconds) < 0 ||
	    o->seconds < 1 || o->seconds > EXPIRES_MAX) {
		log_error("--expires %s: not a duration from 1s to 366d, "
			  "such as 24h", o->expires);
		return -EINVAL;
	}
	return 0;
}

/* Where agents find the enrolment listener. */
static int find_address(const struct collector_config *c,
			char ret[static TOKEN_ADDRESS_TEXT])
{
	char name[TOKEN_ADDRESS_TEXT - 8];
	uint16_t port = 0;

	if (server_name(c, name, sizeof(name)) < 0) {
		log_error("no name that agents reach this collector by: set "
			  "name in section listen, or run init");
		return -ENOENT;
	}
	if (ports_enroll(c, &port) < 0) {
		log_error("the port for enrolment is not fixed in the "
			  "configuration, and no collector runs");
		return -ENOENT;
	}
	snprintf(ret, TOKEN_ADDRESS_TEXT, "%s:%u", name, port);
	return 0;
}

static int store_token(struct session *s, const struct order *o,
		       const struct token *t)
{
	struct store_token row = {
		.created = clock_now(),
		.uses = o->n_uses,
		.uses_left = o->n_uses,
	};
	char id[HASH_HEX];
	int r = s->store->driver->begin(s->store);

	row.expires = row.created + o->seconds;
	hash_sha256(t->secret, strlen(t->secret), row.sha256);
	if (r == 0)
		r = s->store->driver->token_add(s->store, &row);
	encode_hex(row.sha256, HASH_SIZE, id);
	if (r == 0)
		r = audit_event(s->store, row.created, NULL,
				"enrolment-token-made",
				(struct audit_field[]){ { "token", id },
							{ NULL, NULL } });
	if (r == 0)
		r = s->store->driver->commit(s->store);
	if (r < 0)
		s->store->driver->rollback(s->store);
	return r;
}

static int token_create(struct session *s, const struct order *o)
{
	struct token t = { .address = "" };
	struct ca ca = { .cert = NULL };
	char text[TOKEN_TEXT];
	int r = ca_load(s->config.state_dir, &ca);

	if (r < 0) {
		log_error("%s/ca.key, ca.crt: %s", s->config.state_dir,
			  strerror(-r));
		return EXIT_FAILED;
	}
	memcpy(t.ca_sha256, ca.sha256, HASH_SIZE);
	ca_free(&ca);
	if (find_address(&s->config, t.address) < 0)
		return EXIT_FAILED;
	if (token_secret(t.secret) < 0 || token_encode(&t, text) < 0) {
		log_error("a token for %s cannot be made", t.address);
		return EXIT_FAILED;
	}
	r = store_token(s, o, &t);
	if (r == 0)
		printf("%s\n", text);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&t, sizeof(t));
	return r < 0 ? session_failed(s, "the token was not stored") :
		EXIT_DONE;
}

static int print_token(void *arg, const struct store_token *t)
{
	const int64_t *now = arg;
	char hex[HASH_HEX], created[CLOCK_TEXT], expires[CLOCK_TEXT];
	const char *state = t->expires <= *now ? "expired" :
		t->uses_left == 0 ? "used up" : "open";

	encode_hex(t->sha256, HASH_SIZE, hex);
	clock_rfc3339(t->created, created);
	clock_rfc3339(t->expires, expires);
	printf("%-*.*s  %s  %s  %7lld  %7lld  %s\n", SHOWN, SHOWN, hex, created,
	       expires, (long long)t->uses, (long long)t->uses_left, state);
	return 0;
}

static int token_list(struct session *s)
{
	int64_t now = clock_now();

	printf("%-*s  %-20s  %-20s  %7s  %7s  %s\n", SHOWN, "TOKEN", "CREATED",
	       "EXPIRES", "USES", "LEFT", "STATE");
	if (s->store->driver->token_list(s->store, print_token, &now) < 0)
		return session_failed(s, "tokens cannot be listed");
	return EXIT_DONE;
}

struct search {
	const char *prefix;
	int found;
	uint8_t sha256[HASH_SIZE];
};

static int match_token(void *arg, const struct store_token *t)
{
	struct search *f = arg;
	char hex[HASH_HEX];

	encode_hex(t->sha256, HASH_SIZE, hex);
	if (strncasecmp(hex, f->prefix, strlen(f->prefix)) == 0) {
		f->found++;
		memcpy(f->sha256, t->sha256, HASH_SIZE);
	}
	return 0;
}

static int remove_token(struct session *s, const uint8_t *sha256)
{
	char id[HASH_HEX];
	int r = s->store->driver->token_remove(s->store, sha256);

	encode_hex(sha256, HASH_SIZE, id);
	return r < 0 ? r : audit_event(s->store, clock_now(), NULL,
				       "enrolment-token-removed",
				       (struct audit_field[]){
					       { "token", id },
					       { NULL, NULL } });
}

static int token_revoke(struct session *s, const char *prefix)
{
	struct search f = { .prefix = prefix };
	int r = s->store->driver->begin(s->store);

	if (r == 0)
		r = s->store->driver->token_list(s->store, match_token, &f);
	if (r == 0 && f.found == 1 && strlen(prefix) >= PREFIX_MIN)
		r = remove_token(s, f.sha256);
	if (r == 0)
		r = s->store->driver->commit(s->store);
	if (r < 0) {
		s->store->driver->rollback(s->store);
		return session_failed(s, "the token was not removed");
	}
	if (f.found == 1 && strlen(prefix) >= PREFIX_MIN)
		return EXIT_DONE;
	log_error("%s: %s", prefix, f.found == 0 ? "no such token" :
		  "more than one token begins so, or fewer than 4 digits");
	return EXIT_FAILED;
}

static int act(const char *config, const char *verb, const char *operand,
	       const struct order *o)
{
	struct session s;
	int r = session_open(config, &s);

	if (r != EXIT_DONE)
		return r;
	if (strcmp(verb, "create") == 0)
		r = token_create(&s, o);
	else if (strcmp(verb, "list") == 0)
		r = token_list(&s);
	else
		r = token_revoke(&s, operand);
	session_close(&s);
	return r;
}

static int run(int argc, char **argv)
{
	const char *config = NULL;
	struct order o = { .uses = "1", .expires = "24h" };
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--uses", &o.uses, NULL },
		{ "--expires", &o.expires, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv);
	bool plain = n == 1 && (strcmp(argv[1], "create") == 0 ||
				strcmp(argv[1], "list") == 0);

	if (!plain && !(n == 2 && strcmp(argv[1], "revoke") == 0)) {
		cmd_usage(&cmd_token, true);
		return EXIT_USAGE;
	}
	if (check_order(&o) < 0)
		return EXIT_USAGE;
	return act(config, argv[1], n == 2 ? argv[2] : NULL, &o);
}

const struct cmd cmd_token = {
	.name = "token",
	.arguments = "create [--uses N] [--expires DURATION] | list |"
		" revoke HASH [--config FILE]",
	.summary = "make, list or withdraw tokens for enrolment",
	.help = "  create  prints a token for certwalk enroll: its\n"
		"          address, a secret, the hash of the CA\n"
		"  list    shows the tokens, by the hash of their secret\n"
		"  revoke  withdraws the one whose hash begins so\n"
		"\n"
		"  --uses N            hosts that may enrol with it (1)\n"
		"  --expires DURATION  how long it is good (24h)\n"
		"  --config FILE       another configuration than\n"
		"                      " COLLECTOR_CONFIG_PATH "\n",
	.run = run,
};
