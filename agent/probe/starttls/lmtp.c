/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 2033, RFC 3207 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "220", 0, true},
	{"LHLO certwalk.invalid\r\n", "250", 0, true},
	{"STARTTLS\r\n", "220", 0, true},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "220") &&
	       starttls_holds(in, len, "LMTP");
}

static const char *const processes[] = {
	"lmtp", "lmtpd", NULL,
};

static const uint16_t ports[] = {24, 0};

const struct starttls starttls_lmtp = {
	.name = "lmtp",
	.description = "mail delivery",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
