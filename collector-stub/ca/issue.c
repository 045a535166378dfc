/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ca/issue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "collector-stub/ca/ca.h"
#include "lib/clock.h"

/* A clock behind ours should still find the certificate valid. */
#define SKEW_MAX 300

static int set_serial(X509 *cert)
{
	uint8_t raw[16];
	BIGNUM *n = NULL;
	int ok = 0;

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return -EIO;
	raw[0] = (raw[0] & 0x7f) | 0x40;	/* positive, full length */
	n = BN_bin2bn(raw, sizeof(raw), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok ? 0 : -EIO;
}

static int set_validity(X509 *cert, int64_t now, int64_t lifetime)
{
	int64_t skew = lifetime / 10 < SKEW_MAX ? lifetime / 10 : SKEW_MAX;
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now - skew));
	ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)(now + lifetime));
	int ok = from && to && X509_set1_notBefore(cert, from) &&
		X509_set1_notAfter(cert, to);

	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return ok ? 0 : -EIO;
}

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e = NULL;
	int ok = 0;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
	return ok ? 0 : -EIO;
}

/* Everything but the extensions. */
static int start(const X509_NAME *issuer, EVP_PKEY *key, const char *cn,
		 int64_t now, int64_t lifetime, X509 **ret)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();
	int r = -EIO;

	if (!cert || !name || X509_set_version(cert, X509_VERSION_3) != 1 ||
	    set_serial(cert) < 0 || set_validity(cert, now, lifetime) < 0)
		goto out;
	if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
				       (const uint8_t *)cn, -1, -1, 0) != 1 ||
	    X509_set_subject_name(cert, name) != 1 ||
	    X509_set_issuer_name(cert, issuer ? issuer : name) != 1 ||
	    X509_set_pubkey(cert, key) != 1)
		goto out;
	r = 0;
out:
	X509_NAME_free(name);
	if (r == 0)
		*ret = cert;
	else
		X509_free(cert);
	return r;
}

static const struct {
	int nid;
	const char *value;
} root_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
}, leaf_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid" },
};

int issue_root(EVP_PKEY *key, const char *cn, int64_t now, int64_t lifetime,
	       X509 **ret)
{
	X509 *cert = NULL;
	int r = start(NULL, key, cn, now, lifetime, &cert);

	for (size_t i = 0; r == 0 && i < sizeof(root_extensions) /
	     sizeof(*root_extensions); i++)
		r = add_extension(cert, cert, root_extensions[i].nid,
				  root_extensions[i].value);
	if (r == 0 && X509_sign(cert, key, EVP_sha256()) <= 0)
		r = -EIO;
	if (r == 0)
		*ret = cert;
	else
		X509_free(cert);
	return r;
}

/* Adds the extensions of a leaf and signs; frees ${cert} on failure. */
static int finish(X509 *cert, X509 *ca, EVP_PKEY *ca_key, const char *usage,
		  GENERAL_NAMES *names, X509 **ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(leaf_extensions) /
	     sizeof(*leaf_extensions); i++)
		r = add_extension(cert, ca, leaf_extensions[i].nid,
				  leaf_extensions[i].value);
	if (r == 0)
		r = add_extension(cert, ca, NID_ext_key_usage, usage);
	if (r == 0 && (X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
					 X509V3_ADD_DEFAULT) != 1 ||
		       X509_sign(cert, ca_key, EVP_sha256()) <= 0))
		r = -EIO;
	if (r == 0)
		*ret = cert;
	else
		X509_free(cert);
	return r;
}

static int add_name(GENERAL_NAMES *names, int type, const void *data,
		    size_t len)
{
	GENERAL_NAME *n = GENERAL_NAME_new();
	ASN1_STRING *v = ASN1_STRING_type_new(type == GEN_IPADD ?
		V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);

	if (!n || !v || ASN1_STRING_set(v, data, (int)len) != 1) {
		GENERAL_NAME_free(n);
		ASN1_STRING_free(v);
		return -EIO;
	}
	GENERAL_NAME_set0_value(n, type, v);
	if (sk_GENERAL_NAME_push(names, n) > 0)
		return 0;
	GENERAL_NAME_free(n);
	return -EIO;
}

static bool is_host_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	size_t len = strlen(s);

	return len > 0 && len <= 253 && strspn(s, allowed) == len &&
		s[0] != '.' && s[0] != '-' && !strstr(s, "..");
}

static int add_server_name(GENERAL_NAMES *names, const char *text)
{
	uint8_t ip[16];

	if (inet_pton(AF_INET, text, ip) == 1)
		return add_name(names, GEN_IPADD, ip, 4);
	if (inet_pton(AF_INET6, text, ip) == 1)
		return add_name(names, GEN_IPADD, ip, 16);
	if (!is_host_name(text))
		return -EINVAL;
	return add_name(names, GEN_DNS, text, strlen(text));
}

int issue_server(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key, char *const *names,
		 size_t count, int64_t now, int64_t lifetime, X509 **ret)
{
	GENERAL_NAMES *san = GENERAL_NAMES_new();
	X509 *cert = NULL;
	int r = san ? 0 : -EIO;

	if (count == 0)
		r = -EINVAL;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_server_name(san, names[i]);
	if (r == 0)
		r = start(X509_get_subject_name(ca), key, "certwalk collector",
			  now, lifetime, &cert);
	if (r == 0)
		r = finish(cert, ca, ca_key, "serverAuth", san, ret);
	GENERAL_NAMES_free(san);
	return r;
}

int issue_agent(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key, const char *id,
		int64_t now, int64_t lifetime, X509 **ret)
{
	GENERAL_NAMES *san = GENERAL_NAMES_new();
	X509 *cert = NULL;
	char uri[128];
	int n = snprintf(uri, sizeof(uri), CA_AGENT_URI "%s", id);
	int r = n > 0 && (size_t)n < sizeof(uri) ? 0 : -EINVAL;

	if (r == 0)
		r = san ? add_name(san, GEN_URI, uri, (size_t)n) : -EIO;
	if (r == 0)
		r = start(X509_get_subject_name(ca), key, id, now, lifetime,
			  &cert);
	if (r == 0)
		r = finish(cert, ca, ca_key, "clientAuth", san, ret);
	GENERAL_NAMES_free(san);
	return r;
}

int issue_time(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm = { .tm_year = 0 };

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return -EBADMSG;
	return clock_from_date(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			       tm.tm_hour, tm.tm_min, tm.tm_sec, ret) < 0 ?
		-EBADMSG : 0;
}

int issue_due(const X509 *cert, int64_t *ret)
{
	int64_t from = 0, to = 0;

	if (issue_time(X509_get0_notBefore(cert), &from) < 0 ||
	    issue_time(X509_get0_notAfter(cert), &to) < 0)
		return -EBADMSG;
	*ret = from + (to - from) / 3 * 2;
	return 0;
}

static char *name_text(const GENERAL_NAME *n)
{
	char text[INET6_ADDRSTRLEN];
	int type = 0;
	const ASN1_STRING *v = GENERAL_NAME_get0_value(n, &type);
	int len = type == GEN_DNS || type == GEN_IPADD ?
		ASN1_STRING_length(v) : 0;

	if (type == GEN_DNS)
		return strndup((const char *)ASN1_STRING_get0_data(v),
			       (size_t)len);
	if ((len == 4 || len == 16) &&
	    inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(v),
		      text, sizeof(text)))
		return strdup(text);
	return NULL;
}

int issue_names(X509 *cert, char ***ret, size_t *ret_count)
{
	GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL,
					      NULL);
	int n = san ? sk_GENERAL_NAME_num(san) : 0;
	char **names = calloc((size_t)n + 1, sizeof(*names));
	size_t count = 0;

	for (int i = 0; names && i < n; i++) {
		names[count] = name_text(sk_GENERAL_NAME_value(san, i));
		if (names[count])
			count++;
	}
	GENERAL_NAMES_free(san);
	if (!names)
		return -ENOMEM;
	*ret = names;
	*ret_count = count;
	return 0;
}

void issue_names_free(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}
