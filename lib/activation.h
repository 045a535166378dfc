/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that systemd has opened for a service (systemd.socket(5)):
 * sd_listen_fds_with_names(3) without its library. */
#ifndef CW_LIB_ACTIVATION_H
#define CW_LIB_ACTIVATION_H

/* The descriptor called ${name} (FileDescriptorName= of the unit), made
 * close-on-exec.  -ENOENT where there is none or they are another process's;
 * -EINVAL where the environment contradicts itself, or several are called so.
 * Before any thread is started. */
int activation_socket(const char *name);

#endif
