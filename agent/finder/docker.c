/* SPDX-License-Identifier: Apache-2.0 */
/* Docker daemon, and the certificates of registries.
 * https://docs.docker.com/engine/security/protect-access/, .../certificates/ */
#include <fnmatch.h>
#include <string.h>

#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct finder_rule docker_list[] = {
	{"tlscert", FINDER_CERTIFICATE, NULL, 0},
	{"tlskey", FINDER_KEY, NULL, 0},
	{"tlscacert", FINDER_CLIENT_CA, NULL, 0},
	{"hosts", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules docker_rules = {
	.reader = syntax_yaml,
	.list = docker_list,
	.base = "/",
};

/* certs.d/HOST:PORT/ca.crt, client.cert, client.key: the name tells. */
static void registry(struct finder_run *r, const char *file)
{
	static const struct {
		const char *pattern;
		enum finder_role role;
	} names[] = {
		{"*.crt", FINDER_CA},
		{"*.cert", FINDER_CERTIFICATE},
		{"*.key", FINDER_KEY},
	};
	const struct syntax_node line = {.file = finder_folder(r, file)};
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	finder_add(r, &scope.names, strrchr(line.file, '/') + 1);
	for (size_t i = 0; i < 3; i++) {
		if (fnmatch(names[i].pattern, file, 0) == 0)
			finder_bind(r, &line, names[i].role, file, &scope);
	}
}

static int docker_read(struct finder_run *r, const char *file)
{
	if (!strstr(file, "/certs.d/"))
		return finder_rules_read(r, file);
	registry(r, file);
	return 0;
}

static const char *const docker_files[] = {
	"/etc/docker/daemon.json", "/etc/docker/certs.d/*/*",
	"/etc/containerd/certs.d/*/*", "/etc/containers/certs.d/*/*", NULL,
};
static const char *const docker_programs[] = {
	"dockerd", NULL,
};
static const struct finder_option docker_options[] = {
	{"--config-file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--tlscert", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--tlskey", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--tlscacert", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_docker = {
	.name = "docker",
	.description = "daemon.json, command line, certs.d of registries",
	.files = docker_files,
	.programs = docker_programs,
	.options = docker_options,
	.read = docker_read,
	.rules = &docker_rules,
};
