/* SPDX-License-Identifier: Apache-2.0 */
/* The encoding of SSH (RFC 4251 section 5), and the public keys (RFC 4253
 * section 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f) and certificates
 * (OpenSSH's PROTOCOL.certkeys) in it. */
#ifndef CW_AGENT_FORMAT_SSH_BLOB_H
#define CW_AGENT_FORMAT_SSH_BLOB_H

#include "agent/format/emit.h"
#include "agent/format/spki.h"

#define SSH_NAME_MAX 64	/* bytes of a key type or cipher, RFC 4250 4.6.1 */

/* What is still to be read; ${bad} once it was too short. */
struct ssh_wire {
	const uint8_t *data;
	size_t len;
	bool bad;
};

/* Each moves behind what it reads; 0 or empty where ${w} is bad. */
uint32_t ssh_wire_u32(struct ssh_wire *w);
uint64_t ssh_wire_u64(struct ssh_wire *w);
struct spki_part ssh_wire_string(struct ssh_wire *w);
/* Text for a message or a finding: what is not UTF-8 becomes '?'.  NULL where
 * the arena is full. */
char *ssh_text(struct arena *a, struct spki_part s);

struct ssh_certificate {
	uint64_t serial;
	uint32_t type;		/* 1 user, 2 host */
	struct spki_part key_id;
	struct spki_part principals;	/* strings in a row */
	uint64_t valid_after;
	uint64_t valid_before;
	struct spki_part ca;	/* its public key, as a blob */
	struct spki_part signature;
};

/* Points into what was parsed. */
struct ssh_blob {
	struct spki_part name;	/* of the type */
	const struct ssh_type *type;
	struct spki_part fields[4];
	bool is_certificate;
	struct ssh_certificate certificate;
};

/* 0, or -EBADMSG where it is no key; a type that is not known is one, its
 * ${type} is NULL. */
int ssh_blob_parse(const uint8_t *data, size_t len, struct ssh_blob *ret);

/* The SubjectPublicKeyInfo: 0, or -ENOTSUP where the type has none. */
int ssh_blob_spki(const struct ssh_blob *b, struct buf *out);

/* Is the private half in a FIDO authenticator? */
bool ssh_blob_is_security_key(const struct ssh_blob *b);
/* Strings and bytes of a private key of this type before its comment, as in
 * OpenSSH's PROTOCOL.key; each of ${layout}: 's' string, 'b' byte.  NULL where
 * that is not known. */
const char *ssh_blob_private_layout(const struct ssh_blob *b);

/* Emits the key or certificate.  ${comment} may be empty. */
int ssh_blob_emit(struct emit *e, const char *entry, const struct ssh_blob *b,
		  struct spki_part comment, const struct emit_extra *extra);

#endif
