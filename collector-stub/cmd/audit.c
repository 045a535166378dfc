/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/order/audit.h"
#include "lib/args.h"
#include "lib/chain.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/log.h"
#include "lib/text.h"

static int verify(struct session *s, const char *head)
{
	struct chain c;
	char hex[HASH_HEX];
	int r = audit_verify(s->store, &c);

	if (r == -EBADMSG) {
		log_error("entry %llu does not follow from those before it: "
			  "the past has been changed",
			  (unsigned long long)c.number + 1);
		return EXIT_FAILED;
	}
	if (r < 0)
		return session_failed(s, "the audit log cannot be read");
	encode_hex(c.hash, HASH_SIZE, hex);
	if (head && strcasecmp(head, hex) != 0) {
		log_error("the log ends with %s, not with %s: entries are "
			  "missing, or were added", hex, head);
		return EXIT_FAILED;
	}
	printf("%llu entries, unchanged, the last one %s\n",
	       (unsigned long long)c.number, hex);
	return EXIT_DONE;
}

static int print_entry(void *arg, const struct store_audit *a)
{
	char *text = text_printable(a->text, strlen(a->text));
	char when[CLOCK_TEXT], hex[HASH_HEX];

	(void)arg;
	clock_rfc3339(a->time, when);
	encode_hex(a->hash, HASH_SIZE, hex);
	printf("%lld %s %s %s\n", (long long)a->number, when, hex,
	       text ? text : "");
	free(text);
	return 0;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *head = NULL;
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--head", &head, NULL },
		{ NULL, NULL, NULL },
	};
	int n = args_parse(args, argc, argv), r;
	struct session s;

	if (n != 1 || (strcmp(argv[1], "verify") != 0 &&
		       strcmp(argv[1], "list") != 0)) {
		cmd_usage(&cmd_audit, true);
		return EXIT_USAGE;
	}
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	if (strcmp(argv[1], "verify") == 0)
		r = verify(&s, head);
	else if (s.store->driver->audit_list(s.store, print_entry, NULL) < 0)
		r = session_failed(&s, "the audit log cannot be read");
	session_close(&s);
	return r;
}

const struct cmd cmd_audit = {
	.name = "audit",
	.arguments = "verify [--head HASH] | list [--config FILE]",
	.summary = "check, or show, what was done here",
	.help = "  verify         checks that no entry of the audit log was\n"
		"                 changed, taken out, put in or moved\n"
		"  list           prints it: number, time, hash, entry\n"
		"\n"
		"  --head HASH    what the last entry must be, as noted\n"
		"                 elsewhere: a log cut off is noticed\n"
		"  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\n"
		"Exits with 4 where the log has been changed.\n",
	.run = run,
};
