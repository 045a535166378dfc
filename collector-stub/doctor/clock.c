/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, tokens and commands live by the clock. */
#include <string.h>
#include <sys/timex.h>

#include "collector-stub/doctor/doctor.h"
#include "lib/clock.h"
#include "lib/limits.h"

static void check(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	char text[CLOCK_TEXT];
	int state = adjtimex(&t);

	clock_rfc3339(d->now, text);
	if (state < 0)
		doctor_say(d, DOCTOR_WARN, "look at it by hand: it must not "
			   "differ from the hosts' by more than a minute",
			   "%s; the kernel does not tell whether it is right",
			   text);
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC))
		doctor_say(d, DOCTOR_WARN, "install and start chrony or "
			   "systemd-timesyncd: hosts refuse commands whose "
			   "time is more than a minute off",
			   "%s; nothing keeps it right", text);
	else
		doctor_say(d, DOCTOR_OK, NULL, "%s, kept right", text);
}

const struct doctor_check doctor_clock = {
	.name = "clock",
	.run = check,
};
