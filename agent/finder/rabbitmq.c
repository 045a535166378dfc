/* SPDX-License-Identifier: Apache-2.0 */
/* RabbitMQ: rabbitmq.conf, and Erlang terms in rabbitmq.config and
 * advanced.config. https://www.rabbitmq.com/docs/ssl */
#include <string.h>

#include "agent/finder/rules.h"
#include "agent/syntax/erlang.h"

static const struct finder_rule rabbitmq_list[] = {
	{"*cacertfile", FINDER_CLIENT_CA, NULL, 0},
	{"*certfile", FINDER_CERTIFICATE, NULL, 0},
	{"*keyfile", FINDER_KEY, NULL, 0},
	{"ssl_options.listeners.ssl.*", FINDER_LISTEN, NULL, 0},
	{"*.ssl.port", FINDER_LISTEN, NULL, 0},
	{"rabbit.ssl_listeners", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules rabbitmq_rules = {
	.reader = syntax_lines,
	.options = &rules_ini,
	.list = rabbitmq_list,
	.base = "/",
};

/* a.b.c is c of section a.b; listeners use ssl_options. */
static void make_sections(struct finder_run *r)
{
	struct syntax_node *root = &r->tree.root, *last = root->last;

	for (struct syntax_node *n = root->child; n && last; n = n->next) {
		bool listens = strncmp(n->name, "listeners.ssl.", 14) == 0;
		const char *dot = strrchr(n->name, '.');
		const char *name = listens ? "ssl_options" : dot ?
			finder_text(r, "%.*s", (int)(dot - n->name), n->name)
			: NULL;
		struct syntax_node *section = NULL;

		if (name)
			section = syntax_child(root, name);
		if (name && !section)
			section = syntax_add(&r->tree, root, name,
					     strlen(name), n->line);
		if (section) {
			n->parent = section;
			n->name = listens ? n->name : dot + 1;
		}
		if (n == last)
			break;
	}
}

static int rabbitmq_read(struct finder_run *r, const char *file)
{
	size_t len = strlen(file);

	if (len > 7 && strcmp(file + len - 7, ".config") == 0) {
		finder_load(r, &r->tree.root, file, syntax_erlang, NULL);
	} else {
		finder_load(r, &r->tree.root, file, syntax_lines, &rules_ini);
		make_sections(r);
	}
	finder_rules_apply(r, &rabbitmq_rules, file);
	return 0;
}

static const char *const rabbitmq_files[] = {
	"/etc/rabbitmq/rabbitmq.conf", "/etc/rabbitmq/conf.d/*.conf",
	"/etc/rabbitmq/rabbitmq.config", "/etc/rabbitmq/advanced.config", NULL,
};

const struct finder finder_rabbitmq = {
	.name = "rabbitmq",
	.description = "listeners, management, plugins; both syntaxes",
	.files = rabbitmq_files,
	.read = rabbitmq_read,
	.rules = &rabbitmq_rules,
};
