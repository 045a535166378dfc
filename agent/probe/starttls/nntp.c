/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4642 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "20", 0, false},
	{"STARTTLS\r\n", "382", 0, false},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "200 ") ||
	       starttls_begins(in, len, "201 ");
}

static const char *const processes[] = {
	"innd", "nnrpd", NULL,
};

static const uint16_t ports[] = {119, 0};

const struct starttls starttls_nntp = {
	.name = "nntp",
	.description = "news",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
