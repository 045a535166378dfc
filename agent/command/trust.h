/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a file is root's word: nobody else can change it or put another in
 * its place. */
#ifndef CW_AGENT_COMMAND_TRUST_H
#define CW_AGENT_COMMAND_TRUST_H

#include <stddef.h>

/* ${path} is absolute.  It, every folder above it, and the same for what
 * symbolic links in it lead to, belong to root (or to us), and neither group
 * nor others may write; a folder with the sticky bit counts as closed, since
 * its entries can only be replaced by their owner.  0, -errno of stat(), or
 * -EPERM; ${why} (of ${cap} bytes) then names what is open. */
int trust_check(const char *path, char *why, size_t cap);

#endif
