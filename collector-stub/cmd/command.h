/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `certwalk-collector command`. */
#ifndef CW_COLLECTOR_CMD_COMMAND_H
#define CW_COLLECTOR_CMD_COMMAND_H

#include "collector-stub/cmd/session.h"
#include "lib/args.h"

struct command_request {
	const char *config;
	const char *agent, *where;
	bool all;
	const char *action;
	struct args_list parameters;
	struct args_list next_keys;
	const char *threshold;
	const char *expires;
	const char *reason;
	bool dry_run;
	bool not_signed;
	const char *key;
	const char *out;
	const char *format;
};

/* Each returns the exit code. */
int command_send(const struct command_request *q, const char *operand);
int command_sign_file(const struct command_request *q, const char *operand);
int command_submit(const struct command_request *q, const char *operand);
int command_list(const struct command_request *q, const char *operand);
int command_show(const struct command_request *q, const char *operand);
int command_cancel(const struct command_request *q, const char *operand);

#endif
