/* SPDX-License-Identifier: Apache-2.0 */
/* strongSwan: swanctl.conf, and ipsec.conf with ipsec.secrets.
 * https://docs.strongswan.org/docs/5.9/swanctl/swanctlConf.html */
#include <string.h>

#include "agent/finder/rules.h"

static const struct syntax_lines swanctl_syntax = {
	.flags = LINES_ASSIGN | LINES_BRACES | LINES_COMMENT,
	.comments = "#",
};
static const struct syntax_lines ipsec_syntax = {
	.flags = LINES_ASSIGN | LINES_COMMENT,
	.comments = "#",
};
static const struct syntax_lines secrets_syntax = {
	.flags = LINES_SPLIT,
	.comments = "#",
};

struct strongswan {
	struct finder_run *r;
	const char *base;
};

static void bind(struct strongswan *s, const struct syntax_node *n,
		 enum finder_role role, const char *folder,
		 const struct finder_scope *scope)
{
	const char *value = syntax_value(n);

	/* of a token, or a group of algorithms */
	if (*value == '%')
		return;
	for (value += strspn(value, ", "); *value;
	     value += strspn(value, ", ")) {
		size_t len = strcspn(value, ",");

		while (len > 0 && value[len - 1] == ' ')
			len--;
		finder_value(s->r, n, role,
			     finder_path(s->r, s->base, folder),
			     finder_text(s->r, "%.*s", (int)len, value),
			     scope);
		value += len;
	}
}

static void include(struct strongswan *s, struct syntax_node *n,
		    const struct syntax_lines *syntax)
{
	const struct finder_how how = {.reader = syntax_lines,
				       .options = syntax, .optional = true};

	finder_include(s->r, n, finder_path(s->r, finder_folder(s->r, n->file),
					    syntax_value(n)), &how);
}

static void swanctl(struct strongswan *s, struct syntax_node *top, bool remote)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};
	const char *id = syntax_get(top, "id");

	if (id && !remote)
		finder_add(s->r, &scope.names, id);
	for (struct syntax_node *n = top->child; n && s->r->failed == 0;
	     n = n->next) {
		bool far = strncmp(n->name, "remote", 6) == 0;

		if (strcmp(n->name, "include") == 0)
			include(s, n, &swanctl_syntax);
		else if (strcmp(n->name, "certs") == 0)
			bind(s, n, remote ? FINDER_CA : FINDER_CERTIFICATE,
			     "x509", &scope);
		else if (strncmp(n->name, "cacert", 6) == 0 && !n->child)
			bind(s, n, FINDER_CLIENT_CA, "x509ca", &scope);
		swanctl(s, n, remote || far);
	}
}

/* What is loaded because it lies there. */
static void folders(struct strongswan *s, const char *file)
{
	static const struct {
		const char *name;
		enum finder_role role;
	} known[] = {
		{"x509", FINDER_CERTIFICATE}, {"x509ca", FINDER_CLIENT_CA},
		{"x509crl", FINDER_CRL}, {"private", FINDER_KEY},
		{"rsa", FINDER_KEY}, {"ecdsa", FINDER_KEY},
		{"pkcs8", FINDER_KEY}, {"pkcs12", FINDER_KEYSTORE},
	};
	const struct syntax_node line = {.file = file};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *path = finder_path(s->r, s->base, known[i].name);

		if (finder_is_there(s->r, path))
			finder_bind(s->r, &line, known[i].role, path, NULL);
	}
}

/* leftid of the connection whose lines begin at ${n}. */
static struct finder_scope names_of(struct strongswan *s,
				    const struct syntax_node *n)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	for (; n && strcmp(n->name, "conn") != 0 && strcmp(n->name, "ca") != 0;
	     n = n->next) {
		const char *id = syntax_value(n);

		if (strcmp(n->name, "leftid") == 0)
			finder_add(s->r, &scope.names, id + (*id == '@'));
	}
	return scope;
}

/* conn NAME, then its lines, until the next. */
static void ipsec(struct strongswan *s, struct syntax_node *top)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	for (struct syntax_node *n = top->child; n && s->r->failed == 0;
	     n = n->next) {
		if (strcmp(n->name, "conn") == 0 || strcmp(n->name, "ca") == 0)
			scope = names_of(s, n->next);
		else if (strcmp(n->name, "include") == 0)
			include(s, n, &ipsec_syntax);
		else if (strcmp(n->name, "leftcert") == 0 ||
			 strcmp(n->name, "leftcert2") == 0)
			bind(s, n, FINDER_CERTIFICATE, "ipsec.d/certs",
			     &scope);
		else if (strcmp(n->name, "rightcert") == 0)
			bind(s, n, FINDER_CA, "ipsec.d/certs", &scope);
		else if (strcmp(n->name, "cacert") == 0)
			bind(s, n, FINDER_CLIENT_CA, "ipsec.d/cacerts", NULL);
		ipsec(s, n);
	}
}

/* : RSA FILE "password" -- the third word is never looked at */
static void secrets(struct strongswan *s, const struct syntax_node *top)
{
	for (const struct syntax_node *n = top->child; n; n = n->next) {
		size_t i = 0;

		if (strcmp(n->name, ":") != 0)
			while (i < n->n_words && strcmp(n->words[i], ":") != 0)
				i++;
		i += strcmp(n->name, ":") != 0;
		if (i + 1 >= n->n_words)
			continue;
		if (strcmp(n->words[i], "RSA") == 0 ||
		    strcmp(n->words[i], "ECDSA") == 0 ||
		    strcmp(n->words[i], "PKCS8") == 0)
			finder_value(s->r, n, FINDER_KEY,
				     finder_path(s->r, s->base,
						 "ipsec.d/private"),
				     n->words[i + 1], NULL);
		else if (strcmp(n->words[i], "P12") == 0)
			finder_value(s->r, n, FINDER_KEYSTORE,
				     finder_path(s->r, s->base,
						 "ipsec.d/private"),
				     n->words[i + 1], NULL);
	}
}

static int strongswan_read(struct finder_run *r, const char *file)
{
	struct strongswan s = {.r = r, .base = finder_folder(r, file)};
	const char *name = strrchr(file, '/') + 1;
	const struct syntax_lines *syntax = &swanctl_syntax;

	if (strcmp(name, "ipsec.conf") == 0)
		syntax = &ipsec_syntax;
	else if (strcmp(name, "ipsec.secrets") == 0)
		syntax = &secrets_syntax;
	if (!finder_load(r, &r->tree.root, file, syntax_lines, syntax))
		return 0;
	if (syntax == &ipsec_syntax) {
		ipsec(&s, &r->tree.root);
	} else if (syntax == &secrets_syntax) {
		secrets(&s, &r->tree.root);
	} else {
		swanctl(&s, &r->tree.root, false);
		folders(&s, file);
	}
	return 0;
}

static const char *const strongswan_files[] = {
	"/etc/swanctl/swanctl.conf", "/etc/strongswan/swanctl/swanctl.conf",
	"/etc/ipsec.conf", "/etc/ipsec.secrets", "/etc/strongswan/ipsec.conf",
	"/etc/strongswan/ipsec.secrets", NULL,
};
static const char *const strongswan_programs[] = {
	"charon", "charon-systemd", NULL,
};

const struct finder finder_strongswan = {
	.name = "strongswan",
	.description = "swanctl and its folders; ipsec.conf, ipsec.secrets",
	.files = strongswan_files,
	.programs = strongswan_programs,
	.read = strongswan_read,
};
