/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/finder/finder.h"

extern const struct finder finder_apache;
extern const struct finder finder_dovecot;
extern const struct finder finder_haproxy;
extern const struct finder finder_nginx;
extern const struct finder finder_postfix;
extern const struct finder finder_postgresql;

const struct finder *const finder_table[] = {
	/* web and proxies */
	&finder_nginx,
	&finder_apache,
	&finder_haproxy,
	/* mail */
	&finder_postfix,
	&finder_dovecot,
	/* databases */
	&finder_postgresql,
	NULL,
};
