/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void kubelet_kubeconfig_and_manifest(void **state)
{
	(void)state;
	file("/var/lib/kubelet/config.yaml",
		"apiVersion: kubelet.config.k8s.io/v1beta1\n"
		"authentication:\n"
		"  x509:\n"
		"    clientCAFile: /etc/kubernetes/pki/ca.crt\n"
		"kind: KubeletConfiguration\n"
		"tlsCertFile: /var/lib/kubelet/pki/kubelet.crt\n"
		"tlsPrivateKeyFile: /var/lib/kubelet/pki/kubelet.key\n");
	file("/etc/kubernetes/kubelet.conf",
		"apiVersion: v1\n"
		"clusters:\n"
		"- cluster:\n"
		"    certificate-authority-data: LS0tLS1CRUdJTg==\n"
		"    server: https://10.0.0.1:6443\n"
		"  name: kubernetes\n"
		"users:\n"
		"- name: default-auth\n"
		"  user:\n"
		"    client-certificate: "
		"/var/lib/kubelet/pki/kubelet-client-current.pem\n"
		"    client-key: "
		"/var/lib/kubelet/pki/kubelet-client-current.pem\n");
	file("/etc/kubernetes/manifests/kube-apiserver.yaml",
		"apiVersion: v1\n"
		"kind: Pod\n"
		"spec:\n"
		"  containers:\n"
		"  - command:\n"
		"    - kube-apiserver\n"
		"    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n"
		"    - "
		"--etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.c"
		"rt\n"
		"    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n"
		"    - "
		"--tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n");
	find("kubernetes");
	assert_found(
		"client-ca /etc/kubernetes/pki/ca.crt "
		"/var/lib/kubelet/config.yaml:4\n"
		"certificate /var/lib/kubelet/pki/kubelet.crt "
		"/var/lib/kubelet/config.yaml:6\n"
		"key /var/lib/kubelet/pki/kubelet.key "
		"/var/lib/kubelet/config.yaml:7\n"
		"client-certificate "
		"/var/lib/kubelet/pki/kubelet-client-current.pem "
		"/etc/kubernetes/kubelet.conf:10\n"
		"key /var/lib/kubelet/pki/kubelet-client-current.pem "
		"/etc/kubernetes/kubelet.conf:11\n"
		"client-ca /etc/kubernetes/pki/ca.crt "
		"/etc/kubernetes/manifests/kube-apiserver.yaml:7\n"
		"client-certificate "
		"/etc/kubernetes/pki/apiserver-etcd-client.crt "
		"/etc/kubernetes/manifests/kube-apiserver.yaml:8\n"
		"certificate /etc/kubernetes/pki/apiserver.crt "
		"/etc/kubernetes/manifests/kube-apiserver.yaml:9\n"
		"key /etc/kubernetes/pki/apiserver.key "
		"/etc/kubernetes/manifests/kube-apiserver.yaml:10\n");
	assert_gaps("");
}

static void a_kubeconfig_names_files_from_its_own_folder(void **state)
{
	(void)state;
	file("/home/ann/.kube/config",
		"apiVersion: v1\n"
		"clusters:\n"
		"- cluster:\n"
		"    certificate-authority: ../ca.crt\n"
		"    server: https://10.0.0.1:6443\n"
		"  name: one\n"
		"users:\n"
		"- name: ann\n"
		"  user:\n"
		"    client-certificate: pki/ann.crt\n"
		"    client-key: /srv/ann.key\n");
	file("/root/.kube/config",
		"users:\n"
		"- user:\n"
		"    client-certificate: admin.crt\n");
	find("kubeconfig");
	assert_found(
		"client-certificate /root/.kube/admin.crt "
		"/root/.kube/config:3\n"
		"ca /home/ann/.kube/../ca.crt /home/ann/.kube/config:4\n"
		"client-certificate /home/ann/.kube/pki/ann.crt "
		"/home/ann/.kube/config:10\n"
		"key /srv/ann.key /home/ann/.kube/config:11\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(kubelet_kubeconfig_and_manifest),
		finder_test(a_kubeconfig_names_files_from_its_own_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
