/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/limits.h"
#include "lib/token.h"

static void add_line(struct buf *out, const char *key, const char *address,
		     const char *name, uint16_t port)
{
	const char *colon = strrchr(address, ':');
	int len = colon ? (int)(colon - address) : 0;

	if (len == 1 && address[0] == '*')
		buf_addf(out, "%s=%s:%u\n", key, name, port);
	else
		buf_addf(out, "%s=%.*s:%u\n", key, len, address, port);
}

int ports_write(const struct server *srv, const char *name)
{
	const struct collector_config *c = srv->config;
	char path[4096];
	struct buf out;
	int r = file_path(path, sizeof(path), c->state_dir, "ports");

	buf_init(&out, KIB(4));
	add_line(&out, "agents", c->agents, name, srv->port[LISTENER_AGENTS]);
	add_line(&out, "enroll", c->enroll, name, srv->port[LISTENER_ENROLL]);
	if (r == 0)
		r = out.failed ? -ENOBUFS :
			file_replace(path, 0644, out.data, out.len);
	buf_free(&out);
	return r;
}

void ports_remove(const struct collector_config *c)
{
	char path[4096];

	if (file_path(path, sizeof(path), c->state_dir, "ports") == 0)
		unlink(path);
}

int ports_read(const struct collector_config *c, const char *key,
	       uint16_t *ret)
{
	char path[4096], host[TOKEN_ADDRESS_TEXT];
	struct buf b;
	char *line = NULL;
	int r = file_path(path, sizeof(path), c->state_dir, "ports");

	buf_init(&b, KIB(4));
	if (r == 0)
		r = file_read(path, &b);
	if (r == 0)
		line = strstr(buf_str(&b), key);
	if (line) {
		line += strlen(key);
		line[strcspn(line, "\n")] = '\0';
		r = token_split_address(line, host, sizeof(host), ret);
	}
	buf_free(&b);
	return line && r == 0 ? 0 : -ENOENT;
}

int ports_enroll(const struct collector_config *c, uint16_t *ret)
{
	char host[TOKEN_ADDRESS_TEXT];
	uint16_t port = 0;
	int r = token_split_address(c->enroll, host, sizeof(host), &port);

	if (r == 0 && port == 0)
		r = ports_read(c, "enroll=", &port);
	if (r < 0)
		return -ENOENT;
	*ret = port;
	return 0;
}
