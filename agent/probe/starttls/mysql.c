/* SPDX-License-Identifier: Apache-2.0 */
/* MySQL, "Connection Phase": Protocol::HandshakeV10, Protocol::SSLRequest */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>
#include <string.h>

#define HEADER 4
#define GREETING_MAX 4096
#define CAPABILITY_SSL 0x0800u
#define ERROR_PACKET 0xff

/* PROTOCOL_41, SSL, SECURE_CONNECTION; 16 MiB; utf8mb4 */
static const char request[] =
	"\x20\0\0\1" "\x00\x8a\0\0" "\0\0\0\1" "\x2d"
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/* Packet number 0, protocol version 10 */
static bool greets(const uint8_t *in, size_t len)
{
	return len > 5 && in[2] == 0 && in[3] == 0 && in[4] == 10 &&
	       in[5] >= '0' && in[5] <= '9';
}

static int read_greeting(struct starttls_talk *t, size_t len)
{
	const uint8_t *p = t->in.data + HEADER;
	size_t body = len - HEADER, at = 0;
	const uint8_t *version_end = NULL;
	unsigned int capabilities = 0;

	if (body > 3 && p[0] == ERROR_PACKET)
		return starttls_fail(t, -EOPNOTSUPP, p + 3, body - 3);
	if (body > 1 && p[0] == 10)
		version_end = memchr(p + 1, '\0', body - 1);
	if (!version_end)
		return starttls_fail(t, -EBADMSG, "no MySQL greeting", 17);
	/* connection id, 8 bytes of salt, a zero, capabilities */
	at = (size_t)(version_end - p) + 1 + 4 + 8 + 1;
	if (at + 2 > body)
		return starttls_fail(t, -EBADMSG, "no MySQL greeting", 17);
	capabilities = p[at] | (unsigned int)p[at + 1] << 8;
	if (!(capabilities & CAPABILITY_SSL))
		return starttls_fail(t, -EOPNOTSUPP, "MySQL: ssl is off", 17);
	starttls_consume(t, len);
	return buf_add(&t->out, request, 36) < 0 ? -ENOMEM : 1;
}

static int talk(struct starttls_talk *t)
{
	const uint8_t *p = t->in.data;
	size_t len = 0;

	if (t->in.len < HEADER)
		return 0;
	len = HEADER + (p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16);
	if (len > GREETING_MAX || p[3] != 0)
		return starttls_fail(t, -EBADMSG, p, t->in.len);
	return t->in.len < len ? 0 : read_greeting(t, len);
}

static const char *const processes[] = {
	"mysqld", "mariadbd", "proxysql", "maxscale", NULL,
};

static const uint16_t ports[] = {3306, 6033, 0};

const struct starttls starttls_mysql = {
	.name = "mysql",
	.description = "MySQL and MariaDB",
	.processes = processes,
	.ports = ports,
	.talk = talk,
	.greets = greets,
};
