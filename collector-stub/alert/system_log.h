/* SPDX-License-Identifier: Apache-2.0 */
/* The host's log, as syslog(3) writes to it, but so that it is known when
 * nobody took the message. */
#ifndef CW_COLLECTOR_SYSTEM_LOG_H
#define CW_COLLECTOR_SYSTEM_LOG_H

#include <stdint.h>

/* Gives one line to /dev/log in the form of RFC 3164 section 4.1; ${priority}
 * is facility and severity, ${timeout} seconds.  0 or -errno. */
int system_log(int priority, const char *line, int64_t timeout);

#endif
