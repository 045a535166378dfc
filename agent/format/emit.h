/* SPDX-License-Identifier: Apache-2.0 */
/* What a parser yields.  All of it runs in the parse role (or in a test, or in
 * a fuzz target): no file is opened here, nothing but the sink is called. */
#ifndef CW_AGENT_FORMAT_EMIT_H
#define CW_AGENT_FORMAT_EMIT_H

#include "agent/format/source.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"

/* Where findings and gaps go.  The messages are borrowed: valid only during
 * the call.  A negative return ends the parse of this file. */
struct emit_sink {
	int (*finding)(void *arg, const Ipc__Finding *f);
	int (*gap)(void *arg, Cw__GapKind kind, const char *reason);
	void *arg;
};

/* Flag of a key that is in Debian's lists: lib/debian_key.h. */
#define EMIT_DEBIAN_WEAK "debian-weak-key"

struct emit {
	const struct emit_sink *sink;
	struct arena arena;	/* reset after each finding */
	const char *format;	/* name of the format that is being parsed */
	const char *prefix;	/* entry of the enclosing format, or "" */
	unsigned int depth;	/* of nesting */
	unsigned int count;	/* findings of this file */
	unsigned int certificates;	/* certificates of this file */
	unsigned int gaps;	/* gaps of this file */
	size_t inflate_left;	/* bytes that may still come out of gzip */
	uint64_t unlock_work;	/* rounds spent on its locked private keys */
};

void emit_init(struct emit *e, const struct emit_sink *sink);
void emit_free(struct emit *e);

/* What else is known of an entry.  All optional. */
struct emit_extra {
	bool trust_store;
	bool holds_keys;	/* of a keystore: private ones, or may */
	const char *const *flags;	/* NULL-terminated */
	const Cw__Protection *protection;
	const Cw__Facts *facts;	/* of a private key without a known SPKI */
};

/* Emits a certificate, public key, CSR or CRL.  ${entry} is its alias or index
 * within this format ("" if it is alone); the full entry is prefix "/" entry.
 * 0; -EBADMSG where the DER is not such an object: nothing was emitted and
 * *ret_why (may be NULL) says why; any other negative: stop parsing. */
int emit_object(struct emit *e, Cw__Kind kind, const char *entry,
		const uint8_t *der, size_t len, const struct emit_extra *extra,
		const char **ret_why);

/* Emits a private key, as its public key: ${spki} is the DER of its
 * SubjectPublicKeyInfo, or NULL where that cannot be known without a password.
 * 0, or negative: stop. */
int emit_private_key(struct emit *e, const char *entry, const uint8_t *spki,
		     size_t len, const struct emit_extra *extra);

/* Emits what has facts but no DER (SSH key, SSH certificate, keystore). */
int emit_facts(struct emit *e, Cw__Kind kind, const char *entry,
	       const Cw__Facts *facts, const struct emit_extra *extra);

/* Says what of this file could not be looked at, and why.  The path is added by
 * who knows it.  Never put a file's content into the text.  Above
 * LIMIT_GAPS_PER_FILE one last gap says that there are more. */
int emit_gap(struct emit *e, Cw__GapKind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
