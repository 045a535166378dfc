/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from the person at the terminal. */
#ifndef CW_LIB_ASK_H
#define CW_LIB_ASK_H

#include "lib/buf.h"

/* Asks on the controlling terminal, without echo, and appends the line without
 * its end.  The caller wipes ${out}.  0; -ENXIO where there is no terminal;
 * -ENOBUFS for a line above the buffer's maximum; -ECANCELED at the end of
 * input; -errno. */
int ask_secret(const char *prompt, struct buf *out);

/* A secret of a file of one line, as file_read_secret(), without the line's
 * end. */
int ask_file(const char *path, struct buf *out);

#endif
