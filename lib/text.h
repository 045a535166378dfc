/* SPDX-License-Identifier: Apache-2.0 */
/* Text for a terminal. */
#ifndef CW_LIB_TEXT_H
#define CW_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A malloc'd copy in which bytes that are not printable UTF-8 are \xNN, so that
 * a hostile name can neither move the cursor nor forge a line.  NULL: no
 * memory. */
char *text_printable(const void *bytes, size_t len);

/* The same for a column of a table: cut off or padded to ${columns} characters
 * (code points).  Padded only where ${pad}. */
char *text_column(const void *bytes, size_t len, size_t columns, bool pad);

#endif
