/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of an SQLite database, taken and put back while others use it
 * (sqlite3_backup_init).  Each function returns 0 or -errno and then says why
 * in ${error}; what was there before it failed is untouched. */
#ifndef CW_COLLECTOR_BACKUP_H
#define CW_COLLECTOR_BACKUP_H

#include <stdint.h>

#define BACKUP_ERROR 256

/* Writes one state of ${database}, in which nothing is half done, to ${file}
 * (0600), which it replaces once the copy was read back whole. */
int backup_make(const char *database, const char *file,
		char error[static BACKUP_ERROR]);

/* Is ${file} a whole database of ours?  Its schema's version; -EBADMSG where it
 * is not, -EPROTO where a newer collector made it. */
int backup_check(const char *file, int64_t *ret_version,
		 char error[static BACKUP_ERROR]);

/* Puts ${file}, which has to pass backup_check(), in place of what ${database}
 * holds, in one transaction; makes that where there is none. */
int backup_restore(const char *file, const char *database,
		   char error[static BACKUP_ERROR]);

#endif
