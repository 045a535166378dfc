/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/processors.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_CAP 4096

/* A host may have more than a set takes: then all that are there. */
static unsigned int allowed(void)
{
	cpu_set_t set;
	long all = sysconf(_SC_NPROCESSORS_ONLN);

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		all = CPU_COUNT(&set);
	return all < 1 ? 1 : (unsigned int)all;
}

static bool read_line(const char *folder, const char *name, char line[64])
{
	char path[PATH_CAP + 32];
	FILE *f = NULL;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	good = fgets(line, 64, f) != NULL;
	fclose(f);
	return good;
}

/* Microseconds in each period; no quota is a negative one, or "max". */
static bool read_quota(const char *folder, int64_t *quota, int64_t *period)
{
	char line[64];

	if (read_line(folder, "cpu.max", line))
		return sscanf(line, "%" SCNd64 " %" SCNd64, quota,
			      period) == 2;
	return read_line(folder, "cpu.cfs_quota_us", line) &&
	       sscanf(line, "%" SCNd64, quota) == 1 &&
	       read_line(folder, "cpu.cfs_period_us", line) &&
	       sscanf(line, "%" SCNd64, period) == 1;
}

/* The group's folder, and those above it up to ${top} bytes. */
static unsigned int least(char *folder, size_t top, unsigned int n)
{
	for (;;) {
		int64_t quota = 0, period = 0;
		char *slash = NULL;

		if (read_quota(folder, &quota, &period) && quota > 0 &&
		    period > 0 && (quota - 1) / period + 1 < (int64_t)n)
			n = (unsigned int)((quota - 1) / period + 1);
		slash = strrchr(folder, '/');
		if (!slash || slash < folder + top)
			return n;
		*slash = '\0';
	}
}

/* A line of /proc/self/cgroup, "NUMBER:CONTROLLERS:PATH"; of v2, "0::PATH". */
static unsigned int look(const char *root, char *line, unsigned int n)
{
	char *controllers = strchr(line, ':'), *path = NULL;
	char folder[PATH_CAP];
	int top = 0;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return n;
	*path++ = '\0';
	controllers++;
	path[strcspn(path, "\n")] = '\0';
	if (*controllers && strcmp(controllers, "cpu") != 0 &&
	    strncmp(controllers, "cpu,", 4) != 0 &&
	    !strstr(controllers, ",cpu,"))
		return n;
	top = snprintf(folder, sizeof(folder), "%s/sys/fs/cgroup%s%s", root,
		       *controllers ? "/" : "", controllers);
	if (top + strlen(path) >= sizeof(folder))
		return n;
	snprintf(folder + top, sizeof(folder) - (size_t)top, "%s",
		 strcmp(path, "/") == 0 ? "" : path);
	return least(folder, (size_t)top, n);
}

unsigned int processors_usable(const char *root)
{
	char path[PATH_CAP], line[PATH_CAP];
	unsigned int n = allowed();
	FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		n = look(root, line, n);
	if (f)
		fclose(f);
	return n;
}
