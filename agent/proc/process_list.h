/* SPDX-License-Identifier: Apache-2.0 */
/* The running programs that finders know, from /proc: executable, working
 * directory, command line, as bytes that nobody has looked into. */
#ifndef CW_AGENT_PROC_PROCESS_LIST_H
#define CW_AGENT_PROC_PROCESS_LIST_H

#include <dirent.h>
#include <stdbool.h>

#include "agent/listen/view.h"
#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

struct process_list {
	DIR *proc;
	size_t count;
	/* of the one that next() stopped at */
	pid_t pid;
	struct view view;
	ProtobufCBinaryData exe, cwd, arguments;
	char exe_text[4096], cwd_text[4096];
	struct buf command;
};

void process_list_start(struct process_list *p);
/* The next process whose program a finder knows and is root's, our own user's
 * or that of the owner of its root, and not for all to write; false after the
 * last one, or LIMIT_PROCESSES. */
bool process_list_next(struct process_list *p);
/* The one that came does not count for LIMIT_PROCESSES. */
void process_list_refuse(struct process_list *p);
void process_list_end(struct process_list *p);

#endif
