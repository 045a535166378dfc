/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/order/signer.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/text.h"

struct request {
	const char *config;
	const char *name;
	const char *out;
	const char *pkcs11;	/* instead: where in a token */
};

static int add(struct session *s, const uint8_t key[static SIGNATURE_KEY],
	       const char *name)
{
	const struct store_driver *d = s->store->driver;
	struct store_key k = { .name = name, .created = clock_now() };
	char hex[2 * SIGNATURE_KEY + 1];
	int r = d->begin(s->store);

	memcpy(k.ed25519, key, SIGNATURE_KEY);
	signature_key_id(key, k.id);
	encode_hex(key, SIGNATURE_KEY, hex);
	if (r == 0)
		r = d->key_add(s->store, &k);
	if (r == 0)
		r = audit_event(s->store, k.created, NULL, "key-added",
				(struct audit_field[]){ { "key", k.id },
							{ "name", name },
							{ "public", hex },
							{ NULL, NULL } });
	if (r == 0)
		r = d->commit(s->store);
	if (r < 0)
		d->rollback(s->store);
	if (r == -EEXIST) {
		log_error("key %s: is known already", k.id);
		return EXIT_FAILED;
	}
	if (r < 0)
		return session_failed(s, "the key was not stored");
	printf("%s %s\n", k.id, hex);
	return EXIT_DONE;
}

/* Where it can be found from now on. */
static int where_is(const struct signer *signer, const char *where,
		    struct buf *out)
{
	return signer->hsm ? hsm_uri(signer->hsm, out) : buf_adds(out, where);
}

static int create(struct session *s, const struct request *q)
{
	struct signer signer = { .key = NULL };
	const char *where = q->pkcs11 ? q->pkcs11 : q->out;
	char path[4096], fault[HSM_FAULT] = "";
	struct buf place;
	int r = file_path(path, sizeof(path), s->config.state_dir,
			  "command.key");

	if (!where)
		where = path;
	buf_init(&place, KIB(16));
	if (r == 0)
		r = signer_create(where, &signer, fault);
	if (r == 0)
		r = where_is(&signer, where, &place);
	if (r < 0) {
		log_error("%s: %s", where, *fault ? fault : strerror(-r));
		r = EXIT_FAILED;
	} else {
		r = add(s, signer.public, q->name ? q->name : buf_str(&place));
	}
	if (r == EXIT_DONE && signer.hsm)
		printf("%s\n", buf_str(&place));
	buf_free(&place);
	signer_close(&signer);
	return r;
}

static int add_public(struct session *s, const struct request *q,
		      const char *text)
{
	uint8_t key[SIGNATURE_KEY];

	if (signer_read_public(text, key) < 0) {
		log_error("%s: neither 64 hex digits nor a file with an "
			  "Ed25519 key in PEM form", text);
		return EXIT_FAILED;
	}
	return add(s, key, q->name ? q->name : text);
}

static int print_key(void *arg, const struct store_key *k)
{
	char created[CLOCK_TEXT], hex[2 * SIGNATURE_KEY + 1];
	char *name = text_printable(k->name, strlen(k->name));

	(void)arg;
	clock_rfc3339(k->created, created);
	encode_hex(k->ed25519, SIGNATURE_KEY, hex);
	printf("%-16s  %s  %-7s  %s  %s\n", k->id, created,
	       k->removed ? "removed" : "active", hex, name ? name : "");
	free(name);
	return 0;
}

static int list(struct session *s)
{
	printf("%-16s  %-20s  %-7s  %-64s  %s\n", "KEY", "CREATED", "STATE",
	       "PUBLIC KEY", "NAME");
	if (s->store->driver->key_list(s->store, print_key, NULL) < 0)
		return session_failed(s, "keys cannot be listed");
	return EXIT_DONE;
}

static int take_away(struct session *s, const char *id)
{
	const struct store_driver *d = s->store->driver;
	int64_t now = clock_now();
	int r = d->begin(s->store);

	if (r == 0)
		r = d->key_remove(s->store, id, now);
	if (r == 0)
		r = audit_event(s->store, now, NULL, "key-removed",
				(struct audit_field[]){ { "key", id },
							{ NULL, NULL } });
	if (r == 0)
		r = d->commit(s->store);
	if (r < 0)
		d->rollback(s->store);
	if (r == -ENOENT) {
		log_error("%s: no such key", id);
		return EXIT_FAILED;
	}
	return r < 0 ? session_failed(s, "the key was not removed")
		     : EXIT_DONE;
}

static int act(const struct request *q, const char *verb, const char *operand)
{
	struct session s;
	int r = session_open(q->config, &s);

	if (r != EXIT_DONE)
		return r;
	if (strcmp(verb, "create") == 0)
		r = create(&s, q);
	else if (strcmp(verb, "add") == 0)
		r = add_public(&s, q, operand);
	else if (strcmp(verb, "list") == 0)
		r = list(&s);
	else
		r = take_away(&s, operand);
	session_close(&s);
	return r;
}

static int run(int argc, char **argv)
{
	struct request q = { .config = NULL };
	const struct arg args[] = {
		{ "--config", &q.config, NULL },
		{ "--name", &q.name, NULL },
		{ "--out", &q.out, NULL },
		{ "--pkcs11", &q.pkcs11, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv);
	bool plain = n == 1 && (strcmp(argv[1], "create") == 0 ||
				strcmp(argv[1], "list") == 0);
	bool with = n == 2 && (strcmp(argv[1], "add") == 0 ||
			       strcmp(argv[1], "remove") == 0);

	if ((!plain && !with) || (q.pkcs11 && q.out)) {
		cmd_usage(&cmd_key, true);
		return EXIT_USAGE;
	}
	return act(&q, argv[1], n == 2 ? argv[2] : NULL);
}

const struct cmd cmd_key = {
	.name = "key",
	.arguments = "create [--out FILE | --pkcs11 URI] [--name NAME] |"
		" add KEY|FILE [--name NAME] | list | remove ID"
		" [--config FILE]",
	.summary = "keys that sign commands",
	.help = "  create  makes an Ed25519 key, makes it known, prints its\n"
		"          id and its public part\n"
		"  add     makes a key known that was made elsewhere: the\n"
		"          public part as 64 hex digits, or a file\n"
		"  list    shows them\n"
		"  remove  its signatures do not count any more; hosts that\n"
		"          pinned it take other keys with the action\n"
		"          rotate-keys (see command)\n"
		"\n"
		"  --out FILE     where the private key goes, instead of\n"
		"                 command.key in state_dir.  Whoever has it,\n"
		"                 and the allow-lists' consent, commands the\n"
		"                 fleet: best keep it on another machine\n"
		"  --pkcs11 URI   in which token it is made, and never leaves\n"
		"                 it (RFC 7512): \"pkcs11:token=LABEL;object=\n"
		"                 NAME?module-path=FILE&pin-source=FILE\";\n"
		"                 without pin-source the PIN is asked for.\n"
		"                 Prints the URI that --key of command takes\n"
		"  --name NAME    whose it is\n"
		"  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"Hosts pin the keys that are active when they enrol.\n",
	.run = run,
};
