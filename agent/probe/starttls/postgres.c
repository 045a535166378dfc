/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL, "Frontend/Backend Protocol": SSLRequest */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>

static int talk(struct starttls_talk *t)
{
	static const char request[] = "\0\0\0\x08\x04\xd2\x16\x2f";

	if (!t->greeted && buf_add(&t->out, request, sizeof(request) - 1) < 0)
		return -ENOMEM;
	t->greeted = true;
	if (t->in.len == 0)
		return 0;
	if (t->in.data[0] == 'N')
		return starttls_fail(t, -EOPNOTSUPP,
				     "PostgreSQL: ssl is off", 22);
	if (t->in.data[0] != 'S')
		return starttls_fail(t, -EBADMSG, t->in.data, t->in.len);
	starttls_consume(t, 1);
	return 1;
}

static const char *const processes[] = {
	"postgres", "postmaster", "pgbouncer", "pgpool", NULL,
};

static const uint16_t ports[] = {5432, 6432, 0};

const struct starttls starttls_postgres = {
	.name = "postgres",
	.description = "PostgreSQL and its poolers",
	.processes = processes,
	.ports = ports,
	.talk = talk,
};
