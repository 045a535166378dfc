/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/finder/finder.h"

extern const struct finder finder_apache;
extern const struct finder finder_caddy;
extern const struct finder finder_cockpit;
extern const struct finder finder_consul;
extern const struct finder finder_cups;
extern const struct finder finder_docker;
extern const struct finder finder_dovecot;
extern const struct finder finder_elasticsearch;
extern const struct finder finder_envoy;
extern const struct finder finder_etcd;
extern const struct finder finder_exim;
extern const struct finder finder_gitlab;
extern const struct finder finder_grafana;
extern const struct finder finder_haproxy;
extern const struct finder finder_jetty;
extern const struct finder finder_kafka;
extern const struct finder finder_kubeconfig;
extern const struct finder finder_kubernetes;
extern const struct finder finder_lighttpd;
extern const struct finder finder_mongodb;
extern const struct finder finder_mysql;
extern const struct finder finder_nginx;
extern const struct finder finder_node;
extern const struct finder finder_openldap;
extern const struct finder finder_openvpn;
extern const struct finder finder_postfix;
extern const struct finder finder_postgresql;
extern const struct finder finder_proftpd;
extern const struct finder finder_prometheus;
extern const struct finder finder_rabbitmq;
extern const struct finder finder_redis;
extern const struct finder finder_strongswan;
extern const struct finder finder_stunnel;
extern const struct finder finder_tomcat;
extern const struct finder finder_traefik;
extern const struct finder finder_vault;
extern const struct finder finder_vsftpd;

const struct finder *const finder_table[] = {
	/* web and proxies */
	&finder_nginx,
	&finder_apache,
	&finder_haproxy,
	&finder_lighttpd,
	&finder_caddy,
	&finder_traefik,
	&finder_envoy,
	&finder_stunnel,
	/* mail */
	&finder_postfix,
	&finder_dovecot,
	&finder_exim,
	/* directories, databases, queues */
	&finder_openldap,
	&finder_postgresql,
	&finder_mysql,
	&finder_redis,
	&finder_mongodb,
	&finder_rabbitmq,
	&finder_kafka,
	&finder_elasticsearch,
	/* Java and applications */
	&finder_tomcat,
	&finder_jetty,
	&finder_gitlab,
	&finder_grafana,
	&finder_node,
	/* files and prints */
	&finder_vsftpd,
	&finder_proftpd,
	&finder_cups,
	/* networks */
	&finder_openvpn,
	&finder_strongswan,
	/* containers and their control */
	&finder_docker,
	&finder_kubernetes,
	&finder_etcd,
	&finder_vault,
	&finder_consul,
	&finder_prometheus,
	/* administration */
	&finder_cockpit,
	/* users */
	&finder_kubeconfig,
	NULL,
};
