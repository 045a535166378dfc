/* SPDX-License-Identifier: Apache-2.0 */
/* Random UUIDs. */
#ifndef CW_LIB_UUID_H
#define CW_LIB_UUID_H

#define UUID_TEXT 37	/* with the NUL */

/* A new one of version 4 (RFC 9562, section 5.4): 0, or -EIO where there are
 * no random bytes. */
int uuid_make(char ret[static UUID_TEXT]);

#endif
