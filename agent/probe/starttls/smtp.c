/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3207 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "220", 0, true},
	{"EHLO certwalk.invalid\r\n", "250", 0, true},
	{"STARTTLS\r\n", "220", 0, true},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "220") &&
	       starttls_holds(in, len, "SMTP");
}

static const char *const processes[] = {
	"master", "smtpd", "exim4", "exim", "sendmail", "opensmtpd",
	"haraka", NULL,
};

static const uint16_t ports[] = {25, 587, 2525, 0};

const struct starttls starttls_smtp = {
	.name = "smtp",
	.description = "mail between servers and from clients",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
