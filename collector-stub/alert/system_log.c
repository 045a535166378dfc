/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/system_log.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"

#define LINE_MAX_BYTES 2048

static void make_line(struct buf *out, int priority, const char *line)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = (time_t)clock_now();
	struct tm tm = { .tm_mday = 1 };

	localtime_r(&now, &tm);
	buf_addf(out, "<%d>%.3s %2d %02d:%02d:%02d certwalk-collector[%d]: %s",
		 priority, months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec, (int)getpid(), line);
}

int system_log(int priority, const char *line, int64_t timeout)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX,
					.sun_path = "/dev/log" };
	const struct timeval most = { .tv_sec = timeout };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -errno : 0;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	make_line(&b, priority, line);
	if (r == 0 && b.failed)
		r = -ENOMEM;
	if (r == 0 &&
	    (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) < 0 ||
	     connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	     send(fd, b.data, b.len, MSG_NOSIGNAL) < 0))
		r = -errno;
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return r;
}
