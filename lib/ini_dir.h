/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of NAME.ini files, one thing each. */
#ifndef CW_LIB_INI_DIR_H
#define CW_LIB_INI_DIR_H

#include <stdbool.h>
#include <stddef.h>

/* Letters, digits, "-", "_" and "."; no "." or "-" first; at most 64 bytes. */
bool ini_dir_is_name(const char *name);

/* ${ret} = DIR/NAME.ini: 0, -ENOENT where NAME is none, -ENAMETOOLONG. */
int ini_dir_path(const char *dir, const char *name, char *ret, size_t cap);

/* Tells why DIR/NAME.ini could not be read: -errno ${r}. */
void ini_dir_fault(const char *dir, const char *name, int r,
		   void (*fault)(void *arg, const char *text), void *arg);

/* Calls ${fn} with each name, sorted.  0, what it returned, or -errno (-ENOENT:
 * there is no such folder). */
int ini_dir_list(const char *dir, int (*fn)(void *arg, const char *name),
		 void *arg);

#endif
