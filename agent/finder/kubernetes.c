/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes: kubelet, kubeconfigs, and the command lines in static pods'
 * manifests. https://kubernetes.io/docs/reference/command-line-tools-
 * reference/ */
#include <string.h>

#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct finder_rule kubernetes_list[] = {
	{"tlsCertFile", FINDER_CERTIFICATE, NULL, 0},
	{"tlsPrivateKeyFile", FINDER_KEY, NULL, 0},
	{"authentication.x509.clientCAFile", FINDER_CLIENT_CA, NULL, 0},
	{"clusters.cluster.certificate-authority", FINDER_CA, NULL, 0},
	{"users.user.client-certificate", FINDER_CLIENT, NULL, 0},
	{"users.user.client-key", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules kubernetes_rules = {
	.reader = syntax_yaml,
	.list = kubernetes_list,
};

static const struct flag {
	const char *name;
	enum finder_role role;
} flags[] = {
	{"--tls-cert-file", FINDER_CERTIFICATE},
	{"--tls-private-key-file", FINDER_KEY},
	{"--client-ca-file", FINDER_CLIENT_CA},
	{"--requestheader-client-ca-file", FINDER_CLIENT_CA},
	{"--proxy-client-cert-file", FINDER_CLIENT},
	{"--proxy-client-key-file", FINDER_KEY},
	{"--etcd-cafile", FINDER_CA},
	{"--etcd-certfile", FINDER_CLIENT},
	{"--etcd-keyfile", FINDER_KEY},
	{"--kubelet-client-certificate", FINDER_CLIENT},
	{"--kubelet-client-key", FINDER_KEY},
	{"--kubelet-certificate-authority", FINDER_CA},
	{"--root-ca-file", FINDER_CA},
	{"--cluster-signing-cert-file", FINDER_CERTIFICATE},
	{"--cluster-signing-key-file", FINDER_KEY},
	{"--service-account-key-file", FINDER_KEY},
	{"--service-account-private-key-file", FINDER_KEY},
	{"--service-account-signing-key-file", FINDER_KEY},
	/* etcd */
	{"--cert-file", FINDER_CERTIFICATE},
	{"--key-file", FINDER_KEY},
	{"--trusted-ca-file", FINDER_CLIENT_CA},
	{"--peer-cert-file", FINDER_CERTIFICATE},
	{"--peer-key-file", FINDER_KEY},
	{"--peer-trusted-ca-file", FINDER_CLIENT_CA},
	{NULL, FINDER_ROLES},
};

/* "--flag=FILE", wherever it stands in a manifest.  Static pods of the control
 * plane mount the host's folders at the same path. */
static void command_lines(struct finder_run *r, const struct syntax_node *top)
{
	for (const struct syntax_node *n = top->child; n; n = n->next) {
		const char *value = syntax_value(n), *eq = strchr(value, '=');

		command_lines(r, n);
		for (const struct flag *f = flags; eq && f->name; f++) {
			size_t len = strlen(f->name);

			if ((size_t)(eq - value) == len &&
			    strncmp(f->name, value, len) == 0)
				finder_value(r, n, f->role, "/", eq + 1,
					     NULL);
		}
	}
}

static int kubernetes_read(struct finder_run *r, const char *file)
{
	if (!finder_load(r, &r->tree.root, file, syntax_yaml, NULL))
		return 0;
	finder_rules_apply(r, &kubernetes_rules, file);
	command_lines(r, &r->tree.root);
	return 0;
}

static const char *const kubernetes_files[] = {
	"/var/lib/kubelet/config.yaml", "/etc/kubernetes/kubelet*.yaml",
	"/etc/kubernetes/*.conf", "/etc/kubernetes/manifests/*.yaml",
	"/etc/kubernetes/manifests/*.yml", "/etc/kubernetes/manifests/*.json",
	"/var/lib/rancher/k3s/agent/*.kubeconfig", "/etc/rancher/*/*.yaml",
	"/var/lib/rancher/*/agent/pod-manifests/*.yaml", NULL,
};
static const char *const kubernetes_programs[] = {
	"kubelet", "kube-apiserver", "kube-proxy", NULL,
};
static const struct finder_option kubernetes_options[] = {
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--kubeconfig", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--tls-cert-file", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--tls-private-key-file", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--client-ca-file", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

static const char *const kubeconfig_files[] = {
	"/root/.kube/config", "/home/*/.kube/config", NULL,
};

const struct finder finder_kubeconfig = {
	.name = "kubeconfig",
	.description = "kubeconfigs in users' own folders",
	.files = kubeconfig_files,
	.read = finder_rules_read,
	.rules = &kubernetes_rules,
	.of_users = true,
};

const struct finder finder_kubernetes = {
	.name = "kubernetes",
	.description = "kubelet, kubeconfigs, static pods' command lines",
	.files = kubernetes_files,
	.programs = kubernetes_programs,
	.options = kubernetes_options,
	.read = kubernetes_read,
	.rules = &kubernetes_rules,
};
