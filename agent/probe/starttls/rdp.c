/* SPDX-License-Identifier: Apache-2.0 */
/* [MS-RDPBCGR] section 2.2.1.1: X.224 Connection Request with
 * RDP_NEG_REQ in a TPKT (RFC 1006) */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>

#define TPKT 3
#define RESPONSE 2	/* RDP_NEG_RSP */

/* asks for TLS or CredSSP */
static const char request[] = "\3\0\0\x13" "\x0e\xe0\0\0\0\0\0"
			      "\1\0\x08\0\3\0\0\0";

static int talk(struct starttls_talk *t)
{
	const uint8_t *p = t->in.data;
	size_t len = 0;

	if (!t->greeted && buf_add(&t->out, request, sizeof(request) - 1) < 0)
		return -ENOMEM;
	t->greeted = true;
	if (t->in.len > 0 && p[0] != TPKT)
		return starttls_fail(t, -EBADMSG, p, t->in.len);
	if (t->in.len < 4)
		return 0;
	len = (size_t)p[2] << 8 | p[3];
	if (len < 11 || len > 1024)
		return starttls_fail(t, -EBADMSG, "no RDP response", 15);
	if (t->in.len < len)
		return 0;
	/* without an answer to the request, or with a failure in it */
	if (len < 19 || p[11] != RESPONSE || (p[15] & 3) == 0)
		return starttls_fail(t, -EOPNOTSUPP, "RDP: refused", 12);
	starttls_consume(t, len);
	return 1;
}

static const char *const processes[] = {"xrdp", "gnome-remote-de", NULL};

static const uint16_t ports[] = {3389, 0};

const struct starttls starttls_rdp = {
	.name = "rdp",
	.description = "remote desktops",
	.processes = processes,
	.ports = ports,
	.talk = talk,
};
