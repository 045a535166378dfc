/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 2595 section 4 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "+OK", 0, false},
	{"STLS\r\n", "+OK", 0, false},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "+OK");
}

static const char *const processes[] = {
	"dovecot", "pop3-login", "pop3d", NULL,
};

static const uint16_t ports[] = {110, 0};

const struct starttls starttls_pop3 = {
	.name = "pop3",
	.description = "mailboxes",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
