/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5804 section 2.2 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "OK", '"', false},
	{"STARTTLS\r\n", "OK", '"', false},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "\"IMPLEMENTATION\"");
}

static const char *const processes[] = {
	"dovecot", "managesieve-lo", "timsieved", NULL,
};

static const uint16_t ports[] = {4190, 2000, 0};

const struct starttls starttls_sieve = {
	.name = "sieve",
	.description = "mail filters",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
