/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4217 section 4 */
#include "agent/probe/starttls/starttls.h"

static const struct starttls_lines steps[] = {
	{NULL, "220", 0, true},
	{"AUTH TLS\r\n", "234", 0, true},
};

static int talk(struct starttls_talk *t)
{
	return starttls_talk_lines(t, steps, sizeof(steps) / sizeof(steps[0]));
}

static bool greets(const uint8_t *in, size_t len)
{
	return starttls_begins(in, len, "220") &&
	       !starttls_holds(in, len, "SMTP") &&
	       !starttls_holds(in, len, "LMTP");
}

static const char *const processes[] = {
	"vsftpd", "proftpd", "pure-ftpd", NULL,
};

static const uint16_t ports[] = {21, 0};

const struct starttls starttls_ftp = {
	.name = "ftp",
	.description = "files",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
