/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/format.h"

/* The first that is sure of a file takes it; der is last of the binary ones,
 * since it takes whatever begins like DER.  All that search texts follow. */
extern const struct format format_archive;
extern const struct format format_bcfks;
extern const struct format format_bks;
extern const struct format format_der;
extern const struct format format_embedded;
extern const struct format format_jceks;
extern const struct format format_jks;
extern const struct format format_jwk;
extern const struct format format_kdb;
extern const struct format format_nss;
extern const struct format format_nss_dbm;
extern const struct format format_pem;
extern const struct format format_pkcs12;
extern const struct format format_pkcs7;
extern const struct format format_putty;
extern const struct format format_ssh2;
extern const struct format format_ssh_key;
extern const struct format format_ssh_lines;
extern const struct format format_uber;
extern const struct format format_wallet;

const struct format *const format_table[] = {
	&format_jks,
	&format_jceks,
	&format_bks,
	&format_uber,
	&format_pkcs12,
	&format_pkcs7,
	&format_bcfks,
	&format_nss,
	&format_ssh_key,
	&format_ssh2,
	&format_putty,
	&format_nss_dbm,
	&format_kdb,
	&format_wallet,
	&format_archive,
	&format_der,
	&format_pem,
	&format_embedded,
	&format_ssh_lines,
	&format_jwk,
	NULL,
};
