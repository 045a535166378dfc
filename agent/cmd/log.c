/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/cmd/cmd_table.h"
#include "agent/command/journal.h"
#include "agent/config/config.h"
#include "lib/args.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/text.h"

static int verify(const char *path, const char *head)
{
	struct chain c = {0};
	char hex[HASH_HEX];
	uint64_t line = 0;
	int r = journal_verify(path, &c, &line);

	if (r == -EBADMSG)
		log_error("%s: line %llu does not follow from those before "
			  "it: the past has been changed", path,
			  (unsigned long long)line);
	else if (r == -ENODATA)
		log_error("%s: line %llu is cut off: a crash, or the agent is "
			  "just writing", path, (unsigned long long)line);
	else if (r < 0)
		log_error("%s: %s", path, strerror(-r));
	if (r < 0)
		return EXIT_FAILED;
	encode_hex(c.hash, HASH_SIZE, hex);
	if (head && strcasecmp(head, hex) != 0) {
		log_error("%s: ends with %s, not with %s: entries are missing, "
			  "or were added", path, hex, head);
		return EXIT_FAILED;
	}
	printf("%llu entries, unchanged, the last one %s\n",
	       (unsigned long long)c.number, hex);
	return EXIT_DONE;
}

static int show(const char *path)
{
	char line[JOURNAL_LINE + 1];
	FILE *f = fopen(path, "re");

	if (!f) {
		log_error("%s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	while (fgets(line, sizeof(line), f)) {
		char *text;

		line[strcspn(line, "\n")] = '\0';
		text = text_printable(line, strlen(line));
		printf("%s\n", text ? text : "");
		free(text);
	}
	fclose(f);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *head = NULL, *file = NULL;
	const struct arg args[] = {
		{"--config", &config, NULL},
		{"--head", &head, NULL},
		{"--file", &file, NULL},
		{NULL, NULL, NULL},
	};
	int n = args_parse(args, argc, argv), r;
	struct agent_config c;
	char path[4096];

	if (n != 1 || (strcmp(argv[1], "verify") != 0 &&
		       strcmp(argv[1], "show") != 0)) {
		cmd_usage(&cmd_log, true);
		return EXIT_USAGE;
	}
	if (agent_config_load(&c, config) < 0)
		return EXIT_USAGE;
	if (!file &&
	    file_path(path, sizeof(path), c.commands_dir, JOURNAL_FILE) == 0)
		file = path;
	r = !file ? EXIT_FAILED
		  : strcmp(argv[1], "show") == 0 ? show(file)
						 : verify(file, head);
	agent_config_free(&c);
	return r;
}

const struct cmd cmd_log = {
	.name = "log",
	.arguments = "verify [--head HASH] | show [--file FILE] "
		"[--config FILE]",
	.summary = "check, or show, what happened to commands on this host",
	.help = "  verify         checks that no entry of the journal was\n"
		"                 changed, taken out, put in or moved\n"
		"  show           prints it\n"
		"\n"
		"  --head HASH    what the last entry must be: the collector\n"
		"                 shows it with the last command's result, so\n"
		"                 that a journal that was cut off is noticed\n"
		"  --file FILE    another journal than this host's own\n"
		"  --config FILE  another configuration than "
		AGENT_CONFIG_PATH "\n"
		"\n"
		"Exits with 4 where the journal has been changed.\n",
	.run = run,
};
