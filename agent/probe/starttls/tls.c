/* SPDX-License-Identifier: Apache-2.0 */
/* TLS from the first byte.  The ports are those where something else would be
 * guessed by the process, or that are common: any other gets TLS too. */
#include "agent/probe/starttls/starttls.h"

static const char *const processes[] = {
	"nginx", "apache2", "httpd", "haproxy", "caddy", "traefik", "envoy",
	"lighttpd", "stunnel", "stunnel4", "mongod", "mongos", "redis-server",
	"valkey-server", "beam.smp", "etcd", "kube-apiserver", "kubelet",
	"dockerd", "vault", "consul", "cupsd", NULL,
};

/* https smtps nntps ldaps ftps imaps pop3s; AMQP, MQTT, Kafka, Redis, MongoDB,
 * XMPP, Docker, etcd, Kubernetes, Vault */
static const uint16_t ports[] = {
	443, 465, 563, 636, 990, 993, 995, 3269, 5671, 8883, 9093, 6379, 6380,
	27017, 5223, 5270, 2376, 2379, 2380, 6443, 10250, 8200, 8443, 0
};

const struct starttls starttls_tls = {
	.name = "tls",
	.description = "TLS at once: https, ldaps, imaps, MongoDB, Redis, "
		       "AMQP, Kafka",
	.processes = processes,
	.ports = ports,
};
