/* SPDX-License-Identifier: Apache-2.0 */
/* Where a subcommand takes a new password from. */
#ifndef CW_COLLECTOR_CMD_PASSWORD_H
#define CW_COLLECTOR_CMD_PASSWORD_H

/* The first line of ${file} ("-": of standard input), or, where that is NULL,
 * asked for twice at the terminal.  A password to take for ${user}, malloc'd;
 * NULL where there is none (logged). */
char *password_read(const char *file, const char *user);
/* Overwrites and frees it; NULL is allowed. */
void password_forget(char *password);

#endif
