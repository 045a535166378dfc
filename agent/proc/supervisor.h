/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's first process: decides and schedules, never parses. */
#ifndef CW_AGENT_PROC_SUPERVISOR_H
#define CW_AGENT_PROC_SUPERVISOR_H

/* Runs until SIGTERM or SIGINT: scans at start and every interval, hands what
 * was found to the sync role, re-reads its configuration on SIGHUP.
 * ${config_path} may be NULL.  0, -EINVAL for a wrong configuration, -EBUSY
 * where another agent has the state directory, or -errno. */
int supervisor_run(const char *config_path);

#endif
