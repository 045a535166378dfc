/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9051 section 6.2.1 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "* OK", 0, false},
	{"a STARTTLS\r\n", "a OK", '*', false},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "* OK");
}

static const char *const processes[] = {
	"dovecot", "imapd", "imap-login", "cyrus-master", "courier-imapd", NULL,
};

static const uint16_t ports[] = {143, 0};

const struct starttls starttls_imap = {
	.name = "imap",
	.description = "mailboxes",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
