/* SPDX-License-Identifier: Apache-2.0 */
/* Tells systemd how a service is doing: sd_notify(3) without its library. */
#ifndef CW_LIB_NOTIFY_H
#define CW_LIB_NOTIFY_H

/* Sends ${state} ("READY=1", "STOPPING=1", "STATUS=text") as one datagram to
 * the socket that NOTIFY_SOCKET names, abstract ("@...") or a path.  0, also
 * where there is no NOTIFY_SOCKET; -EINVAL for a bad one; -errno. */
int notify_systemd(const char *state);

#endif
