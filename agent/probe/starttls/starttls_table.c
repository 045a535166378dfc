/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/starttls/starttls.h"

extern const struct starttls starttls_tls;
extern const struct starttls starttls_smtp;
extern const struct starttls starttls_lmtp;
extern const struct starttls starttls_imap;
extern const struct starttls starttls_pop3;
extern const struct starttls starttls_ftp;
extern const struct starttls starttls_ldap;
extern const struct starttls starttls_xmpp;
extern const struct starttls starttls_xmpp_server;
extern const struct starttls starttls_postgres;
extern const struct starttls starttls_mysql;
extern const struct starttls starttls_nntp;
extern const struct starttls starttls_sieve;
extern const struct starttls starttls_rdp;
extern const struct starttls starttls_mssql;

const struct starttls *const starttls_table[] = {
	&starttls_tls,
	&starttls_smtp,
	&starttls_lmtp,
	&starttls_imap,
	&starttls_pop3,
	&starttls_ftp,
	&starttls_ldap,
	&starttls_xmpp,
	&starttls_xmpp_server,
	&starttls_postgres,
	&starttls_mysql,
	&starttls_nntp,
	&starttls_sieve,
	&starttls_rdp,
	&starttls_mssql,
	NULL,
};
