/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/command.h"
#include "lib/log.h"

/* Each verb is a function of its own, in command_*.c. */
static const struct {
	const char *name;
	bool operand;		/* takes one */
	int (*run)(const struct command_request *q, const char *operand);
} verbs[] = {
	{ "send", false, command_send },
	{ "sign", true, command_sign_file },
	{ "submit", true, command_submit },
	{ "list", false, command_list },
	{ "show", true, command_show },
	{ "cancel", true, command_cancel },
};

static int run(int argc, char **argv)
{
	struct command_request q = { .expires = "1h" };
	const struct arg args[] = {
		{ "--config", &q.config, NULL },
		{ "--agent", &q.agent, NULL },
		{ "--where", &q.where, NULL },
		{ "--all", NULL, &q.all },
		{ "--action", &q.action, NULL },
		{ "--expires", &q.expires, NULL },
		{ "--reason", &q.reason, NULL },
		{ "--dry-run", NULL, &q.dry_run },
		{ "--unsigned", NULL, &q.not_signed },
		{ "--key", &q.key, NULL },
		{ "--threshold", &q.threshold, NULL },
		{ "--out", &q.out, NULL },
		{ "--format", &q.format, NULL },
		{ "--param", NULL, NULL },
		{ "--next-key", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	size_t count = sizeof(verbs) / sizeof(verbs[0]), i = 0;
	struct arg_values gathered = { .count = 0 };
	int n = args_gather(args, argc, argv, &gathered);

	if (args_select(&gathered, "--param", &q.parameters) < 0 ||
	    args_select(&gathered, "--next-key", &q.next_keys) < 0)
		n = -EINVAL;
	while (n > 0 && i < count && strcmp(verbs[i].name, argv[1]) != 0)
		i++;
	if (n < 1 || i == count || n != 1 + verbs[i].operand) {
		cmd_usage(&cmd_command, true);
		return EXIT_USAGE;
	}
	return verbs[i].run(&q, argv[2]);
}

const struct cmd cmd_command = {
	.name = "command",
	.arguments = "send --agent ID|--where FILTER|--all --action NAME"
		" [--param NAME=VALUE]... | sign FILE --key FILE|URI |"
		" submit FILE | list | show ID | cancel ID",
	.summary = "order actions on hosts",
	.help = "  send    queues an order for each host that is chosen, and\n"
		"          prints its id; the host runs it only if its own\n"
		"          allow-list has the action\n"
		"  sign    adds a signature to an order in a file, on any\n"
		"          machine; shows first what is signed\n"
		"  submit  gives the signatures of such a file to the queue\n"
		"  list    shows all orders, the newest first\n"
		"  show    shows those whose id begins so, with their output\n"
		"  cancel  takes one back that has no result yet; a host that\n"
		"          has it already may still run it\n"
		"\n"
		"  --agent ID          one agent\n"
		"  --where FILTER      agents that pass, host ~ \"web*\"; see\n"
		"                      certwalk-filter(7)\n"
		"  --all               every agent that is not revoked\n"
		"  --action NAME       what to run; built in: scan-now,\n"
		"                      probe-now, report-config,\n"
		"                      rotate-identity, and rotate-keys: a\n"
		"                      host pins instead the keys given by\n"
		"                      --next-key (any number) and\n"
		"                      --threshold\n"
		"  --param NAME=VALUE  of the action; any number\n"
		"  --expires DURATION  how long it is good, at most 7d (1h)\n"
		"  --reason TEXT       for the journals\n"
		"  --dry-run           only show what would run\n"
		"  --key FILE|URI      private key (command.key in state_dir)\n"
		"                      or, in a token, pkcs11:...\n"
		"  --unsigned          queue it without a signature\n"
		"  --out FILE          show: write the order to a file, to be\n"
		"                      signed elsewhere\n"
		"  --format FORMAT     list, show: table or jsonl\n"
		"  --config FILE       another configuration than\n"
		"                      " COLLECTOR_CONFIG_PATH "\n",
	.run = run,
};
