/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a keystore as a whole, whatever its format. */
#ifndef CW_AGENT_FORMAT_KEYSTORE_H
#define CW_AGENT_FORMAT_KEYSTORE_H

#include "agent/format/ber.h"
#include "agent/format/emit.h"
#include "agent/format/password.h"

struct keystore {
	unsigned int certificates;
	unsigned int keys;
	unsigned int keys_locked;	/* of these, not opened */
	unsigned int secrets;
	unsigned int crls;
	unsigned int locked;	/* of all these, or parts, not opened */
	bool encrypted;
	bool may_hold_keys;	/* in what cannot be looked into */
	char scheme[64];	/* the first seen, "" if none */
	uint64_t iterations;	/* the most that were seen */
	struct password opened;	/* .source is NULL: none fitted */
	char mac[96];		/* what guards it against change, "" if none */
	const char *flags[4];	/* NULL-terminated, static texts */
	struct buf aliases;	/* ", " between them */
	struct arena arena;	/* of the parser, for as long as the store */
};

void keystore_init(struct keystore *k);
void keystore_free(struct keystore *k);

/* Notes a name; what is no UTF-8 becomes "?".  Names beyond a limit are left
 * out, and "..." says so. */
void keystore_alias(struct keystore *k, const char *alias);

/* Notes how something in it is protected. */
void keystore_scheme(struct keystore *k, const char *scheme,
		     uint64_t iterations);

/* The protection of the store, for its own finding and those of its keys. */
void keystore_protection(const struct keystore *k, Cw__Protection *ret);

/* Emits the finding of the store itself, and where something in it is locked
 * the gap that says what.  0, or negative: stop. */
int keystore_emit(struct keystore *k, struct emit *e);

/* A text for an entry: ${alias} as UTF-8 (see above) and, if ${n} is not 0,
 * "/" and that number; the number alone if the alias is empty. */
char *keystore_entry(struct arena *a, const void *alias, size_t len,
		     unsigned int n);

/* Reads the whole of a source and hands it on; above LIMIT_SLURP a gap says so.
 * What ${parse} returns, or the error of source_slurp(). */
int keystore_read(const struct source *s, struct emit *e,
		  int (*parse)(struct emit *e, const uint8_t *data,
			       size_t len));

/* Emits a certificate, or a gap that says why it is none.  0, or negative. */
int keystore_certificate(struct emit *e, const char *entry, const uint8_t *der,
			 size_t len, const struct emit_extra *extra);

/* Emits a private key: ${key} is its DER in clear, or empty; ${spki} the public
 * key of its certificate, or empty, where the key does not give it.  0, or
 * negative. */
int keystore_private_key(struct emit *e, const char *entry, struct ber key,
			 struct ber spki, const struct emit_extra *extra);

#endif
