/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab (omnibus): gitlab.rb. https://docs.gitlab.com/omnibus/settings/ssl/ */
#include <string.h>

#include "agent/finder/rules.h"

static const struct syntax_lines gitlab_syntax = {
	.flags = LINES_ASSIGN | LINES_SINGLE | LINES_COMMENT,
	.comments = "#",
};

static const struct finder_rule gitlab_list[] = {
	{"*nginx\\['ssl_certificate'\\]", FINDER_CERTIFICATE, NULL, 0},
	{"*nginx\\['ssl_certificate_key'\\]", FINDER_KEY, NULL, 0},
	{"*nginx\\['ssl_client_certificate'\\]", FINDER_CLIENT_CA, NULL, 0},
	{"*\\['ssl_cert_file'\\]", FINDER_CERTIFICATE, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules gitlab_rules = {
	.reader = syntax_lines,
	.options = &gitlab_syntax,
	.list = gitlab_list,
};

/* https://HOST of a line is served with /etc/gitlab/ssl/HOST.crt unless another
 * one is named. */
static void implied(struct finder_run *r, const char *name, const char *named)
{
	const struct syntax_node *n = syntax_child(&r->tree.root, name);
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};
	const char *url = n ? syntax_value(n) : "", *host = NULL;

	if (strncmp(url, "https://", 8) != 0)
		return;
	host = finder_text(r, "%.*s", (int)strcspn(url + 8, ":/"), url + 8);
	finder_add(r, &scope.names, host);
	if (syntax_child(&r->tree.root, named))
		return;
	finder_value(r, n, FINDER_CERTIFICATE, "/etc/gitlab/ssl",
		     finder_text(r, "%s.crt", host), &scope);
	finder_value(r, n, FINDER_KEY, "/etc/gitlab/ssl",
		     finder_text(r, "%s.key", host), &scope);
}

/* #{...} is replaced by Ruby, so by nobody here. */
static void mark_variables(struct finder_run *r, struct syntax_node *top)
{
	for (struct syntax_node *n = top->child; n; n = n->next) {
		if (n->n_words > 0 && strstr(n->words[0], "#{"))
			n->words[0] = finder_text(r, "$%s", n->words[0]);
	}
}

static int gitlab_read(struct finder_run *r, const char *file)
{
	if (!finder_load(r, &r->tree.root, file, syntax_lines, &gitlab_syntax))
		return 0;
	mark_variables(r, &r->tree.root);
	finder_rules_apply(r, &gitlab_rules, file);
	implied(r, "external_url", "nginx['ssl_certificate']");
	implied(r, "registry_external_url",
		"registry_nginx['ssl_certificate']");
	return 0;
}

static const char *const gitlab_files[] = {
	"/etc/gitlab/gitlab.rb", NULL,
};

const struct finder finder_gitlab = {
	.name = "gitlab",
	.description = "gitlab.rb; the certificate that external_url implies",
	.files = gitlab_files,
	.read = gitlab_read,
	.rules = &gitlab_rules,
};
