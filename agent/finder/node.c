/* SPDX-License-Identifier: Apache-2.0 */
/* Applications' own JSON configurations, as Node programs have them: a key
 * whose name says certificate, key or CA, and whose value is the path of
 * such a file. */
#include <fnmatch.h>
#include <string.h>

#include "agent/finder/finder.h"
#include "agent/syntax/yaml.h"

static const struct rule {
	const char *key;
	enum finder_role role;
} keys[] = {
	{"*@(client|trusted)*ca*", FINDER_CLIENT_CA},
	{"*@(truststore)*", FINDER_TRUSTSTORE},
	{"*@(pfx|pkcs12|p12|keystore)*", FINDER_KEYSTORE},
	{"*chain*", FINDER_CHAIN},
	{"*crl*", FINDER_CRL},
	{"*key*", FINDER_KEY},
	{"*cert*", FINDER_CERTIFICATE},
	{"ca*", FINDER_CA},
	{"*_ca", FINDER_CA},
	{NULL, FINDER_ROLES},
};

static const char files[] =
	"*?.@(pem|crt|cer|cert|key|p12|pfx|jks|der|crl|ca-bundle)";

/* The name of a list's items is that of the list. */
static const char *name_of(const struct syntax_node *n)
{
	while (n->parent && *n->name == '\0')
		n = n->parent;
	return n->name;
}

static void walk(struct finder_run *r, const struct syntax_node *top,
		 const char *base)
{
	const int flags = FNM_EXTMATCH | FNM_CASEFOLD;

	for (const struct syntax_node *n = top->child; n; n = n->next) {
		const char *value = syntax_value(n), *name = name_of(n);

		walk(r, n, base);
		if (fnmatch(files, value, flags) != 0 || strchr(value, ' '))
			continue;
		for (const struct rule *k = keys; k->key; k++) {
			if (fnmatch(k->key, name, flags) != 0)
				continue;
			finder_value(r, n, k->role, base, value, NULL);
			break;
		}
	}
}

static int node_read(struct finder_run *r, const char *file)
{
	if (finder_load(r, &r->tree.root, file, syntax_yaml, NULL))
		walk(r, &r->tree.root, finder_folder(r, file));
	return 0;
}

static const char *const node_files[] = {
	"/etc/*/config.json", "/opt/*/config.json", "/opt/*/config/*.json",
	"/srv/*/config.json", "/srv/*/config/*.json", "/var/www/*/config.json",
	"/var/www/*/config/*.json", NULL,
};
static const char *const node_programs[] = {
	"node", "nodejs", NULL,
};
static const struct finder_option node_options[] = {
	{"*.json", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_node = {
	.name = "node",
	.description = "JSON configurations of applications in /etc, /opt, "
		"/srv, /var/www, and those that node was started with",
	.files = node_files,
	.programs = node_programs,
	.options = node_options,
	.read = node_read,
};
