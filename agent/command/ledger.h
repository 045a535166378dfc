/* SPDX-License-Identifier: Apache-2.0 */
/* What this host remembers of commands, in commands_dir, which only root may
 * write:
 *
 *	journal			every verdict, chained (journal.h)
 *	sequence		of the last command that was taken
 *	results/SEQUENCE	cw.CommandResult, until the collector has it
 *
 * The sequence is kept in a second place as well (/run/certwalk), so that an
 * older copy of commands_dir that is put back does not make old commands new
 * before the next boot.
 *
 * A command is first written as a result "unknown outcome", durably, then run;
 * the true result replaces that.  So a crash at any point leaves a result that
 * is true, and no way to run the command again. */
#ifndef CW_AGENT_COMMAND_LEDGER_H
#define CW_AGENT_COMMAND_LEDGER_H

#include "agent/command/journal.h"
#include "agent/config/config.h"
#include "proto/certwalk.pb-c.h"

#define LEDGER_RESULTS "results"
#define LEDGER_RUN_DIR "/run/certwalk"
/* results that are kept for a collector that never acknowledges */
#define LEDGER_RESULTS_MAX 1000

struct ledger {
	char dir[3072];
	struct journal journal;
	uint64_t sequence;	/* of the last command that was taken */
};

/* Opens it, makes it where there is none.  0; -EBADMSG where the journal has
 * been changed (*ret_line); -errno. */
int ledger_open(const struct agent_config *config, struct ledger *ret,
		uint64_t *ret_line);
void ledger_close(struct ledger *l);

/* Takes ${sequence} for ${id}: from now on it is used up, and the result is
 * UNKNOWN until ledger_finish().  0; -errno: do not run. */
int ledger_take(struct ledger *l, uint64_t sequence, const char *id);

/* Writes the result of a command that was taken, durably. */
int ledger_finish(struct ledger *l, uint64_t sequence,
		  const Cw__CommandResult *result);

/* Calls ${fn} with each result that is kept; a value other than 0 ends it and
 * is returned.  ${id} is NULL for all, or the one that is looked for. */
int ledger_results(struct ledger *l, const char *id,
		   int (*fn)(void *arg, uint64_t sequence,
			     const Cw__CommandResult *result), void *arg);

/* The collector has the result of ${id}: forgets it. */
int ledger_kept(struct ledger *l, const char *id);

#endif
