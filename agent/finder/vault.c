/* SPDX-License-Identifier: Apache-2.0 */
/* HashiCorp Vault and OpenBao.
 * https://developer.hashicorp.com/vault/docs/configuration/listener/tcp */
#include "agent/finder/rules.h"

static const struct finder_rule vault_list[] = {
	{"listener*.tls_cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"listener*.tls_key_file", FINDER_KEY, NULL, 0},
	{"listener*.tls_client_ca_file", FINDER_CLIENT_CA, NULL, 0},
	{"listener*.address", FINDER_LISTEN, "8200", 0},
	{"*tls_ca_file", FINDER_CA, NULL, 0},
	{"*tls_ca_cert", FINDER_CA, NULL, 0},
	{"*ca_cert", FINDER_CA, NULL, 0},
	{"*leader_ca_cert_file", FINDER_CA, NULL, 0},
	{"*leader_client_cert_file", FINDER_CLIENT, NULL, 0},
	{"*leader_client_key_file", FINDER_KEY, NULL, 0},
	{"*tls_cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"*tls_key_file", FINDER_KEY, NULL, 0},
	{"*tls_client_cert", FINDER_CLIENT, NULL, 0},
	{"*tls_client_key", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules vault_rules = {
	.list = vault_list,
	.base = "/",
};

static const char *const vault_files[] = {
	"/etc/vault.d/*.hcl", "/etc/vault.d/*.json", "/etc/vault/*.hcl",
	"/etc/openbao/*.hcl", NULL,
};
static const char *const vault_programs[] = {
	"vault", "bao", NULL,
};
static const struct finder_option vault_options[] = {
	{"-config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_vault = {
	.name = "vault",
	.description = "Vault and OpenBao: listeners, storage, seal; HCL and "
		"JSON",
	.files = vault_files,
	.programs = vault_programs,
	.options = vault_options,
	.read = finder_rules_read,
	.rules = &vault_rules,
};
