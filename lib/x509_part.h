/* SPDX-License-Identifier: Apache-2.0 */
/* What x509.c, x509_key.c and x509_ext.c share.  Each function returns 0,
 * -EBADMSG or -ENOBUFS with ${why} set, and adds to ${f}. */
#ifndef CW_LIB_X509_PART_H
#define CW_LIB_X509_PART_H

#include "lib/algorithm.h"
#include "lib/der.h"
#include "proto/certwalk.pb-c.h"

struct arena;

struct x509_reader {
	struct arena *a;
	Cw__Facts *f;
	const char *why;
};

/* Sets ${why}, returns -EBADMSG or -ENOBUFS. */
int x509_bad(struct x509_reader *x, const char *why);
int x509_full(struct x509_reader *x);

/* A static text as protobuf-c wants it; nobody writes to it. */
#define X509_TEXT(s) ((char *)(s))

/* Appends to a list of texts; NULL: the arena was full. */
int x509_add(struct x509_reader *x, char ***list, size_t *n, char *text);
/* Adds a flag, once. */
int x509_flag(struct x509_reader *x, const char *flag);
/* Dotted text in the arena. */
int x509_oid(struct x509_reader *x, struct der oid, char **ret,
	     size_t *ret_len);
int x509_sha256(struct x509_reader *x, struct der bytes,
		ProtobufCBinaryData *ret);
/* AlgorithmIdentifier's content, RFC 5280 section 4.1.1.2: the OID, and the
 * parameters, whose ${all} is empty where there are none. */
int x509_algorithm(struct x509_reader *x, struct der body, struct der *ret_oid,
		   struct der_element *ret_parameters);

/* SubjectPublicKeyInfo, whole; a key that is malformed for its algorithm is
 * flagged bad-public-key, not refused. */
int x509_spki(struct x509_reader *x, struct der_element spki);

/* Content of Extensions, RFC 5280 section 4.2; an extension whose value is
 * malformed is flagged bad-extension, not refused. */
int x509_extensions(struct x509_reader *x, struct der extensions);

#endif
