/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#12 (RFC 7292, RFC 9579): what its three files share. */
#ifndef CW_AGENT_FORMAT_PKCS12_H
#define CW_AGENT_FORMAT_PKCS12_H

#include "agent/format/ber.h"
#include "agent/format/emit.h"
#include "agent/format/keystore.h"

/* 1.2.840.113549.1.7 and .9 */
#define PKCS12_PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define PKCS12_PKCS9 "\x2a\x86\x48\x86\xf7\x0d\x01\x09"
#define PKCS12_CONTEXT0 BER_CONTEXT_CONSTRUCTED

enum pkcs12_kind {
	PKCS12_KEY = 1,	/* as in the last arc of the bag's OID */
	PKCS12_SHROUDED,
	PKCS12_CERTIFICATE,
	PKCS12_CRL,
	PKCS12_SECRET,
	PKCS12_SAFE,
};

struct pkcs12_bag {
	struct pkcs12_bag *next;
	enum pkcs12_kind kind;
	struct ber value;
	struct ber name;	/* UTF-8 */
	struct ber id;		/* localKeyID */
	struct ber spki;	/* of a certificate; borrowed from it */
	bool trusted;
	bool encrypted;		/* the safe was, or the bag is */
};

/* What was decrypted, until all has been emitted. */
struct pkcs12_plain {
	struct pkcs12_plain *next;
	struct buf bytes;
};

struct pkcs12 {
	struct emit *e;
	struct keystore store;
	struct pkcs12_bag *first;
	struct pkcs12_bag **last;
	struct pkcs12_plain *plains;
	unsigned int bags;
	uint64_t budget;	/* rounds of key derivation that are left */
	bool has_mac;
	bool mac_unknown;	/* of a kind that cannot be checked */
};

/* pkcs12_open.c */

/* Finds the password by MacData (header included) over ${content}.  0, also
 * where none fits; negative: stop. */
int pkcs12_try_mac(struct pkcs12 *s, struct ber mac_data,
		   const struct ber *content);

/* Decrypts what ${algorithm} (header included) protects.  *ret is secret; it
 * stays until pkcs12_forget().  0; -EKEYREJECTED: locked; -ENOTSUP: by an
 * algorithm that libcrypto lacks; -E2BIG: beyond the budget; -ENOMEM. */
int pkcs12_decrypt(struct pkcs12 *s, const struct ber *algorithm,
		   const struct ber *in, struct ber *ret);

void pkcs12_forget(struct pkcs12 *s);

/* The gap for an error of pkcs12_decrypt(): 0, or negative: stop. */
int pkcs12_locked(struct pkcs12 *s, const char *what, int error);

/* pkcs12_bags.c */

/* Gathers the bags of an AuthenticatedSafe, header included.  0; -EBADMSG where
 * that is broken (bags before are gathered); other negative: stop. */
int pkcs12_read_safes(struct pkcs12 *s, struct ber safes);

#endif
