/* SPDX-License-Identifier: Apache-2.0 */
/* Room for the database: without it reports are answered with 503. */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "collector-stub/doctor/doctor.h"
#include "lib/limits.h"

/* bytes below which it soon ends, and below which nothing can be written */
#define LOW ((unsigned long long)MIB(1024))
#define NONE ((unsigned long long)MIB(64))
#define PERCENT_LOW 10

static void check(struct doctor *d)
{
	static const char advice[] = "make room or give it a larger disk; "
		"agents keep what is not stored, and send it again";
	const char *dir = d->config->state_dir;
	struct statvfs v = { .f_bsize = 0 };
	unsigned long long left = 0;
	unsigned int percent = 0;

	if (statvfs(dir, &v) < 0) {
		doctor_say(d, DOCTOR_FAIL, "look at the file system",
			   "%s: %s", dir, strerror(errno));
		return;
	}
	left = (unsigned long long)v.f_bavail * v.f_frsize;
	if (v.f_blocks > 0)
		percent = (unsigned int)(v.f_bavail * 100 / v.f_blocks);
	if (v.f_flag & ST_RDONLY)
		doctor_say(d, DOCTOR_FAIL, "mount it for writing",
			   "%s: is on a read-only file system", dir);
	else if (v.f_files > 0 && v.f_favail == 0)
		doctor_say(d, DOCTOR_FAIL, advice, "%s: no inode is free",
			   dir);
	else
		doctor_say(d, left < NONE ? DOCTOR_FAIL :
			   left < LOW && percent < PERCENT_LOW ? DOCTOR_WARN :
			   DOCTOR_OK, left < NONE || (left < LOW &&
			   percent < PERCENT_LOW) ? advice : NULL,
			   "%s: %llu MiB free (%u %%)", dir, left >> 20,
			   percent);
}

const struct doctor_check doctor_disk = {
	.name = "disk",
	.run = check,
};
