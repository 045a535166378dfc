/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to commands on this host, for auditors: a file that is only
 * appended to, whose entries are chained by hash (lib/chain.h).  One line each:
 *
 *	NUMBER TIME HASH {"event": ...}
 *
 * TIME is RFC 3339, HASH the hex of the chain after this entry. */
#ifndef CW_AGENT_COMMAND_JOURNAL_H
#define CW_AGENT_COMMAND_JOURNAL_H

#include "lib/chain.h"

#define JOURNAL_FILE "journal"
#define JOURNAL_LINE ((size_t)8192)	/* bytes, at most */

struct journal {
	int fd;
	struct chain chain;
};

/* Opens it, makes it (0600) where there is none, and checks all of it.  A last
 * line that a crash has cut is taken off.  0; -EBADMSG, and *ret_line is the
 * first one that does not fit; -errno. */
int journal_open(const char *path, struct journal *ret, uint64_t *ret_line);
void journal_close(struct journal *j);

/* Appends ${text} (one line, valid JSON), durable when it returns.  0, or
 * -errno: nothing was appended. */
int journal_add(struct journal *j, const char *text);

/* Checks a journal without changing it.  0 and its end; -EBADMSG and the first
 * line that does not fit; -ENODATA where the last line is cut; -errno. */
int journal_verify(const char *path, struct chain *ret, uint64_t *ret_line);

#endif
