/* SPDX-License-Identifier: Apache-2.0 */
/* How many processors there are for this process. */
#ifndef CW_LIB_PROCESSORS_H
#define CW_LIB_PROCESSORS_H

/* Those that it may run on (sched_getaffinity(2)), or fewer, 1 at least, where
 * its control group, or one above it, may not use so much time: cpu.max (cgroup
 * v2, Documentation/admin-guide/cgroup-v2.rst), cpu.cfs_quota_us (v1).
 * ${root}: what stands before /proc and /sys; "". */
unsigned int processors_usable(const char *root);

#endif
