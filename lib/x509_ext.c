/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions of certificates, requests and CRLs to facts. */
#include "lib/x509_part.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/name.h"

/* GeneralName ::= CHOICE, RFC 5280 section 4.2.1.6: identifier octets */
enum {
	GENERAL_OTHER = 0xa0, GENERAL_EMAIL = 0x81, GENERAL_DNS = 0x82,
	GENERAL_DIRECTORY = 0xa4, GENERAL_URI = 0x86, GENERAL_IP = 0x87,
};

struct oid_name {
	const char *oid;	/* content octets */
	size_t len;
	const char *name;
};
#define OID_NAME(octets, text) {(octets), sizeof(octets) - 1, (text)}

#define ID_KP "\x2b\x06\x01\x05\x05\x07\x03"
#define ID_AD "\x2b\x06\x01\x05\x05\x07\x30"
#define ID_MICROSOFT "\x2b\x06\x01\x04\x01\x82\x37"

static const char *name_of_oid(const struct oid_name *table, size_t n,
			       struct der oid)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].len == oid.len &&
		    memcmp(table[i].oid, oid.data, oid.len) == 0)
			return table[i].name;
	}
	return NULL;
}

static bool is_oid(struct der oid, const char *octets)
{
	return oid.len == strlen(octets) &&
	       memcmp(oid.data, octets, oid.len) == 0;
}

static int add_text(struct x509_reader *x, char ***list, size_t *n,
		    struct der bytes)
{
	return x509_add(x, list, n, name_plain_text(bytes, x->a));
}

/* SmtpUTF8Mailbox, RFC 9598 section 3 */
static int read_other_name(struct x509_reader *x, struct der body)
{
	struct der oid, explicit, text;

	if (der_take(&body, DER_OID, &oid) < 0 ||
	    der_take(&body, DER_CONTEXT_CONSTRUCTED(0), &explicit) < 0)
		return -EBADMSG;
	if (!is_oid(oid, "\x2b\x06\x01\x05\x05\x07\x08\x09") ||
	    der_take(&explicit, DER_UTF8_STRING, &text) < 0)
		return 0;
	return add_text(x, &x->f->emails, &x->f->n_emails, text);
}

static int add_address(struct x509_reader *x, struct der address)
{
	char text[INET6_ADDRSTRLEN];
	int family = address.len == 4 ? AF_INET : AF_INET6;

	if ((address.len != 4 && address.len != 16) ||
	    !inet_ntop(family, address.data, text, sizeof(text)))
		return x509_flag(x, "bad-ip-address");
	return add_text(x, &x->f->ip_addresses, &x->f->n_ip_addresses,
			(struct der){(const uint8_t *)text, strlen(text)});
}

static int read_alt_name(struct x509_reader *x, struct der_element e)
{
	Cw__Facts *f = x->f;

	switch (e.tag) {
	case GENERAL_DNS:
		return add_text(x, &f->dns_names, &f->n_dns_names, e.body);
	case GENERAL_EMAIL:
		return add_text(x, &f->emails, &f->n_emails, e.body);
	case GENERAL_URI:
		return add_text(x, &f->uris, &f->n_uris, e.body);
	case GENERAL_IP:
		return add_address(x, e.body);
	case GENERAL_OTHER:
		return read_other_name(x, e.body);
	default:
		return 0;
	}
}

static int read_alt_names(struct x509_reader *x, struct der value)
{
	struct der names;
	int r = 0;

	if (der_take(&value, DER_SEQUENCE, &names) < 0 || value.len > 0)
		return -EBADMSG;
	while (r == 0 && names.len > 0) {
		struct der_element e;

		r = der_next(&names, &e);
		if (r == 0)
			r = read_alt_name(x, e);
	}
	return r;
}

/* KeyUsage ::= BIT STRING, RFC 5280 section 4.2.1.3 */
static int read_key_usage(struct x509_reader *x, struct der value)
{
	static const char *const names[] = {
		"digitalSignature", "nonRepudiation", "keyEncipherment",
		"dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign",
		"encipherOnly", "decipherOnly",
	};
	struct der bits;
	unsigned int unused = 0;
	int r = 0;

	if (der_take_bit_string(&value, &bits, &unused) < 0 || value.len > 0)
		return -EBADMSG;
	for (size_t i = 0; r == 0 && i < 9 && i / 8 < bits.len; i++) {
		if (bits.data[i / 8] & 0x80 >> i % 8)
			r = x509_add(x, &x->f->key_usage, &x->f->n_key_usage,
				     X509_TEXT(names[i]));
	}
	return r;
}

static const struct oid_name purposes[] = {
	OID_NAME(ID_KP "\x01", "serverAuth"),
	OID_NAME(ID_KP "\x02", "clientAuth"),
	OID_NAME(ID_KP "\x03", "codeSigning"),
	OID_NAME(ID_KP "\x04", "emailProtection"),
	OID_NAME(ID_KP "\x08", "timeStamping"),
	OID_NAME(ID_KP "\x09", "OCSPSigning"),
	OID_NAME("\x55\x1d\x25\x00", "anyExtendedKeyUsage"),
	OID_NAME(ID_KP "\x05", "ipsecEndSystem"),
	OID_NAME(ID_KP "\x06", "ipsecTunnel"),
	OID_NAME(ID_KP "\x07", "ipsecUser"),
	OID_NAME(ID_KP "\x11", "ipsecIKE"),
	OID_NAME("\x2b\x06\x01\x05\x02\x03\x04", "pkInitClientAuth"),
	OID_NAME("\x2b\x06\x01\x05\x02\x03\x05", "pkInitKDC"),
	OID_NAME(ID_MICROSOFT "\x02\x01\x15", "msCodeInd"),
	OID_NAME(ID_MICROSOFT "\x02\x01\x16", "msCodeCom"),
	OID_NAME(ID_MICROSOFT "\x0a\x03\x01", "msCTLSign"),
	OID_NAME(ID_MICROSOFT "\x0a\x03\x03", "msSGC"),
	OID_NAME(ID_MICROSOFT "\x0a\x03\x04", "msEFS"),
	OID_NAME(ID_MICROSOFT "\x14\x02\x02", "msSmartcardLogin"),
	OID_NAME("\x60\x86\x48\x01\x86\xf8\x42\x04\x01", "nsSGC"),
};

/* ExtKeyUsageSyntax ::= SEQUENCE OF OID, RFC 5280 section 4.2.1.12 */
static int read_ext_key_usage(struct x509_reader *x, struct der value)
{
	struct der list, oid;
	int r = 0;

	if (der_take(&value, DER_SEQUENCE, &list) < 0 || value.len > 0)
		return -EBADMSG;
	while (r == 0 && list.len > 0) {
		const char *name;
		char *text = NULL;
		size_t len = 0;

		if (der_take(&list, DER_OID, &oid) < 0)
			return -EBADMSG;
		name = name_of_oid(purposes,
				   sizeof(purposes) / sizeof(purposes[0]), oid);
		if (name)
			text = X509_TEXT(name);
		else
			r = x509_oid(x, oid, &text, &len);
		if (r == 0)
			r = x509_add(x, &x->f->ext_key_usage,
				     &x->f->n_ext_key_usage, text);
	}
	return r;
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLen INTEGER
 * OPTIONAL }, RFC 5280 section 4.2.1.9 */
static int read_basic_constraints(struct x509_reader *x, struct der value)
{
	struct der body, integer;
	bool ca = false, has_length = false;
	uint32_t length = 0;

	if (der_take(&value, DER_SEQUENCE, &body) < 0 || value.len > 0 ||
	    (der_is_next(&body, DER_BOOLEAN) &&
	     der_take_boolean(&body, &ca) < 0))
		return -EBADMSG;
	if (body.len > 0) {
		if (der_take_integer(&body, &integer) < 0 || body.len > 0 ||
		    der_uint32(integer, &length) < 0)
			return -EBADMSG;
		has_length = true;
	}
	x->f->has_basic_constraints = true;
	x->f->is_ca = ca;
	x->f->has_path_len = has_length;
	x->f->path_len = length;
	return 0;
}

/* The bytes stay where they are: in the certificate. */
static ProtobufCBinaryData borrowed(struct der bytes)
{
	return (ProtobufCBinaryData){bytes.len,
				     (uint8_t *)(uintptr_t)bytes.data};
}

/* SubjectKeyIdentifier ::= OCTET STRING */
static int read_subject_key_id(struct x509_reader *x, struct der value)
{
	struct der id;

	if (der_take(&value, DER_OCTET_STRING, &id) < 0 || value.len > 0)
		return -EBADMSG;
	x->f->ski = borrowed(id);
	return 0;
}

/* AuthorityKeyIdentifier ::= SEQUENCE { [0] keyIdentifier OPTIONAL, ... } */
static int read_authority_key_id(struct x509_reader *x, struct der value)
{
	struct der body, id;
	int r;

	if (der_take(&value, DER_SEQUENCE, &body) < 0 || value.len > 0)
		return -EBADMSG;
	r = der_take_optional(&body, DER_CONTEXT(0), &id);
	if (r > 0)
		x->f->aki = borrowed(id);
	return r < 0 ? r : 0;
}

static void set_validation(Cw__Facts *f, struct der policy)
{
	/* CA/Browser Forum, BR section 7.1.6.1, EVG section 9.3.2 */
	static const struct oid_name levels[] = {
		OID_NAME("\x67\x81\x0c\x01\x02\x01", "DV"),
		OID_NAME("\x67\x81\x0c\x01\x02\x02", "OV"),
		OID_NAME("\x67\x81\x0c\x01\x02\x03", "IV"),
		OID_NAME("\x67\x81\x0c\x01\x01", "EV"),
	};
	const char *level = name_of_oid(levels, 4, policy);

	if (level && strcmp(f->validation, "EV") != 0)
		f->validation = X509_TEXT(level);
}

/* CertificatePolicies ::= SEQUENCE OF SEQUENCE { OID, ... }, RFC 5280 section
 * 4.2.1.4 */
static int read_policies(struct x509_reader *x, struct der value)
{
	struct der list, policy, oid;
	int r = 0;

	if (der_take(&value, DER_SEQUENCE, &list) < 0 || value.len > 0)
		return -EBADMSG;
	while (r == 0 && list.len > 0) {
		char *text = NULL;
		size_t len = 0;

		if (der_take(&list, DER_SEQUENCE, &policy) < 0 ||
		    der_take(&policy, DER_OID, &oid) < 0)
			return -EBADMSG;
		r = x509_oid(x, oid, &text, &len);
		if (r == 0)
			r = x509_add(x, &x->f->policies, &x->f->n_policies,
				     text);
		set_validation(x->f, oid);
	}
	return r;
}

/* AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { OID, GeneralName },
 * RFC 5280 section 4.2.2.1 */
static int read_info_access(struct x509_reader *x, struct der value)
{
	Cw__Facts *f = x->f;
	struct der list, access, oid;
	int r = 0;

	if (der_take(&value, DER_SEQUENCE, &list) < 0 || value.len > 0)
		return -EBADMSG;
	while (r == 0 && list.len > 0) {
		struct der_element e;

		if (der_take(&list, DER_SEQUENCE, &access) < 0 ||
		    der_take(&access, DER_OID, &oid) < 0 ||
		    der_next(&access, &e) < 0)
			return -EBADMSG;
		if (e.tag != GENERAL_URI)
			continue;
		if (is_oid(oid, ID_AD "\x01"))
			r = add_text(x, &f->ocsp, &f->n_ocsp, e.body);
		else if (is_oid(oid, ID_AD "\x02"))
			r = add_text(x, &f->ca_issuers, &f->n_ca_issuers,
				     e.body);
	}
	return r;
}

/* One DistributionPoint's [0] DistributionPointName's [0] GeneralNames */
static int read_distribution_point(struct x509_reader *x, struct der point)
{
	struct der name, full;
	int r = der_take_optional(&point, DER_CONTEXT_CONSTRUCTED(0), &name);

	if (r <= 0)
		return r;
	r = der_take_optional(&name, DER_CONTEXT_CONSTRUCTED(0), &full);
	if (r <= 0)
		return r;
	for (r = 0; r == 0 && full.len > 0;) {
		struct der_element e;

		r = der_next(&full, &e);
		if (r == 0 && e.tag == GENERAL_URI)
			r = add_text(x, &x->f->crl, &x->f->n_crl, e.body);
	}
	return r;
}

/* CRLDistributionPoints ::= SEQUENCE OF DistributionPoint, RFC 5280 section
 * 4.2.1.13 */
static int read_distribution_points(struct x509_reader *x, struct der value)
{
	struct der list, point;
	int r = 0;

	if (der_take(&value, DER_SEQUENCE, &list) < 0 || value.len > 0)
		return -EBADMSG;
	while (r == 0 && list.len > 0) {
		r = der_take(&list, DER_SEQUENCE, &point);
		if (r == 0)
			r = read_distribution_point(x, point);
	}
	return r;
}

/* SignedCertificateTimestampList in an OCTET STRING, RFC 6962 section 3.3:
 * lengths of two octets, big-endian. */
static int read_scts(struct x509_reader *x, struct der value)
{
	struct der list;
	uint32_t n = 0;

	if (der_take(&value, DER_OCTET_STRING, &list) < 0 || value.len > 0 ||
	    list.len < 2 ||
	    (size_t)(list.data[0] << 8 | list.data[1]) != list.len - 2)
		return -EBADMSG;
	for (size_t at = 2; at < list.len; n++) {
		if (list.len - at < 2)
			return -EBADMSG;
		at += 2u + (size_t)(list.data[at] << 8 | list.data[at + 1]);
		if (at > list.len)
			return -EBADMSG;
	}
	x->f->sct_count = n;
	return 0;
}

/* Features ::= SEQUENCE OF INTEGER, RFC 7633 section 4.1; 5 is
 * status_request: "must staple". */
static int read_tls_feature(struct x509_reader *x, struct der value)
{
	struct der list, integer;

	if (der_take(&value, DER_SEQUENCE, &list) < 0 || value.len > 0)
		return -EBADMSG;
	while (list.len > 0) {
		uint32_t feature = 0;

		if (der_take_integer(&list, &integer) < 0)
			return -EBADMSG;
		if (der_uint32(integer, &feature) == 0 && feature == 5)
			x->f->must_staple = true;
	}
	return 0;
}

/* CRLNumber ::= INTEGER, as lower-case hex like a serial. */
static int read_crl_number(struct x509_reader *x, struct der value)
{
	struct der integer;
	char *text;

	if (der_take_integer(&value, &integer) < 0 || value.len > 0)
		return -EBADMSG;
	if (integer.len > 1)
		integer = der_magnitude(integer);
	text = name_hex(integer, x->a);
	if (!text)
		return x509_full(x);
	x->f->crl_number = text;
	return 0;
}

/* Length of a netmask's prefix, or -1 where its ones are not in front. */
static int prefix_length(const uint8_t *mask, size_t len)
{
	size_t ones = 0;

	while (ones < len * 8 && mask[ones / 8] & 0x80 >> ones % 8)
		ones++;
	for (size_t i = ones; i < len * 8; i++) {
		if (mask[i / 8] & 0x80 >> i % 8)
			return -1;
	}
	return (int)ones;
}

/* Address and mask: "10.0.0.0/8", "10.0.0.0/255.0.255.0". */
static bool network_text(struct der ip, char *text, size_t cap)
{
	char address[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
	size_t half = ip.len / 2;
	int family = ip.len == 8 ? AF_INET : AF_INET6;
	int prefix;

	if (ip.len != 8 && ip.len != 32)
		return false;
	prefix = prefix_length(ip.data + half, half);
	inet_ntop(family, ip.data, address, sizeof(address));
	inet_ntop(family, ip.data + half, mask, sizeof(mask));
	if (prefix >= 0)
		snprintf(text, cap, "%s/%d", address, prefix);
	else
		snprintf(text, cap, "%s/%s", address, mask);
	return true;
}

/* "dns:" and the name, and so on, in the arena: 0 or -EBADMSG, -ENOBUFS. */
static int constraint_text(struct x509_reader *x, struct der_element base,
			   char **ret)
{
	char network[2 * INET6_ADDRSTRLEN];
	const char *kind = "other";
	struct der name;
	char *text = NULL, *whole;
	size_t len;

	if (base.tag == GENERAL_DIRECTORY) {
		kind = "dirname";
		if (der_take(&base.body, DER_SEQUENCE, &name) < 0)
			return -EBADMSG;
		if (name_text(name, x->a, &text) == -EBADMSG)
			return -EBADMSG;
	} else if (base.tag == GENERAL_IP) {
		kind = "ip";
		if (!network_text(base.body, network, sizeof(network)))
			return -EBADMSG;
		text = network;
	} else {
		kind = base.tag == GENERAL_DNS ? "dns" :
		       base.tag == GENERAL_EMAIL ? "email" :
		       base.tag == GENERAL_URI ? "uri" : "other";
		text = strcmp(kind, "other") ?
		       name_plain_text(base.body, x->a) :
		       name_hex(base.all, x->a);
	}
	if (!text)
		return x509_full(x);
	len = strlen(kind) + 1 + strlen(text);
	whole = arena_alloc(x->a, len + 1);
	if (!whole)
		return x509_full(x);
	snprintf(whole, len + 1, "%s:%s", kind, text);
	*ret = whole;
	return 0;
}

static int read_subtrees(struct x509_reader *x, struct der subtrees,
			 char ***list, size_t *n)
{
	int r = 0;

	while (r == 0 && subtrees.len > 0) {
		struct der subtree;
		struct der_element base;
		char *text = NULL;

		if (der_take(&subtrees, DER_SEQUENCE, &subtree) < 0 ||
		    der_next(&subtree, &base) < 0)
			return -EBADMSG;
		r = constraint_text(x, base, &text);
		if (r == 0)
			r = x509_add(x, list, n, text);
	}
	return r;
}

/* NameConstraints ::= SEQUENCE { [0] permittedSubtrees OPTIONAL, [1]
 * excludedSubtrees OPTIONAL }, RFC 5280 section 4.2.1.10 */
static int read_name_constraints(struct x509_reader *x, struct der value)
{
	Cw__Facts *f = x->f;
	struct der body, permitted, excluded;
	int p, e, r = 0;

	if (der_take(&value, DER_SEQUENCE, &body) < 0 || value.len > 0)
		return -EBADMSG;
	p = der_take_optional(&body, DER_CONTEXT_CONSTRUCTED(0), &permitted);
	e = der_take_optional(&body, DER_CONTEXT_CONSTRUCTED(1), &excluded);
	if (p < 0 || e < 0 || body.len > 0)
		return -EBADMSG;
	if (p > 0)
		r = read_subtrees(x, permitted, &f->permitted, &f->n_permitted);
	if (r == 0 && e > 0)
		r = read_subtrees(x, excluded, &f->excluded, &f->n_excluded);
	return r;
}

static const struct extension {
	const char *oid;	/* content octets */
	size_t len;
	int (*read)(struct x509_reader *x, struct der value);
} extension_table[] = {
#define EXTENSION(octets, read) {(octets), sizeof(octets) - 1, (read)}
	EXTENSION("\x55\x1d\x0e", read_subject_key_id),
	EXTENSION("\x55\x1d\x0f", read_key_usage),
	EXTENSION("\x55\x1d\x11", read_alt_names),
	EXTENSION("\x55\x1d\x13", read_basic_constraints),
	EXTENSION("\x55\x1d\x14", read_crl_number),
	EXTENSION("\x55\x1d\x1e", read_name_constraints),
	EXTENSION("\x55\x1d\x1f", read_distribution_points),
	EXTENSION("\x55\x1d\x20", read_policies),
	EXTENSION("\x55\x1d\x23", read_authority_key_id),
	EXTENSION("\x55\x1d\x25", read_ext_key_usage),
	EXTENSION("\x2b\x06\x01\x05\x05\x07\x01\x01", read_info_access),
	EXTENSION("\x2b\x06\x01\x05\x05\x07\x01\x18", read_tls_feature),
	EXTENSION("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02", read_scts),
};

static int read_value(struct x509_reader *x, struct der oid, struct der value)
{
	int r = 0;

	for (size_t i = 0;
	     i < sizeof(extension_table) / sizeof(extension_table[0]); i++) {
		const struct extension *e = &extension_table[i];

		if (e->len == oid.len &&
		    memcmp(e->oid, oid.data, oid.len) == 0) {
			r = e->read(x, value);
			break;
		}
	}
	return r == -EBADMSG ? x509_flag(x, "bad-extension") : r;
}

/* Extension ::= SEQUENCE { extnID OID, critical BOOLEAN DEFAULT FALSE,
 * extnValue OCTET STRING } */
int x509_extensions(struct x509_reader *x, struct der extensions)
{
	int r = 0;

	while (r == 0 && extensions.len > 0) {
		struct der body, oid, value;
		bool critical = false;

		if (der_take(&extensions, DER_SEQUENCE, &body) < 0 ||
		    der_take(&body, DER_OID, &oid) < 0 ||
		    (der_is_next(&body, DER_BOOLEAN) &&
		     der_take_boolean(&body, &critical) < 0) ||
		    der_take(&body, DER_OCTET_STRING, &value) < 0 ||
		    body.len > 0)
			return x509_bad(x, "RFC 5280 section 4.2: Extension");
		r = read_value(x, oid, value);
	}
	return r;
}
