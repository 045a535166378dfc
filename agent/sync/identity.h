/* SPDX-License-Identifier: Apache-2.0 */
/* Who the agent is towards the collector: key, certificate, whom it trusts and
 * where to go.  Enrolled agents have it in one file that is replaced whole:
 *
 *	agent-id: ...
 *	sync-url: https://host:port
 *	issued: 1790000000		seconds since 1970, by this host's clock
 *	command-threshold: 1		0 where there are no keys
 *	command-key: ID HEX		any number of these
 *	(PEM) PRIVATE KEY
 *	(PEM) CERTIFICATE		its own, then its issuers, the root last
 *
 * With an existing PKI it comes from the configured files. */
#ifndef CW_AGENT_SYNC_IDENTITY_H
#define CW_AGENT_SYNC_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "agent/config/config.h"
#include "lib/buf.h"

#define IDENTITY_FILE "identity.pem"
#define IDENTITY_NEXT "identity.next.pem"
#define IDENTITY_PREVIOUS "identity.previous.pem"

/* bytes of an agent id, of a URL, and each one's NUL */
#define IDENTITY_ID 129
#define IDENTITY_URL 512

/* certificates of a chain or of a configured CA file; command keys */
#define IDENTITY_CHAIN 16
#define IDENTITY_COMMAND_KEYS 16

struct identity_command_key {
	char id[65];
	uint8_t ed25519[32];
};

struct identity {
	char agent_id[IDENTITY_ID];	/* "" with an existing PKI */
	char sync_url[IDENTITY_URL];	/* https://host:port */
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) *chain;		/* above the certificate */
	STACK_OF(X509) *anchors;	/* what the collector must chain to */
	int64_t issued;
	int64_t not_after;
	uint32_t command_threshold;
	size_t command_keys_count;
	struct identity_command_key command_keys[IDENTITY_COMMAND_KEYS];
	bool configured;	/* from an existing PKI */
};

/* Reads an enrolled agent's file.  0; -ENOENT; -EPERM as file_read_secret();
 * -EBADMSG (*ret_why: the rule that failed, static text); -errno. */
int identity_read(const char *path, struct identity *ret,
		  const char **ret_why);

/* Reads the configured files of an existing PKI.  As above; *ret_file is the
 * file that failed. */
int identity_read_configured(const struct agent_config *c,
			     struct identity *ret, const char **ret_file,
			     const char **ret_why);

/* Replaces ${path}, mode 0600; owner ${uid} and ${gid} unless (uid_t)-1.
 * 0 or -errno. */
int identity_write(const char *path, const struct identity *id, uid_t uid,
		   gid_t gid);

/* Checks what file and network give alike: the key is the certificate's, and
 * the chain ends in an anchor at the time of its issue.  NULL, or the rule that
 * failed. */
const char *identity_fault(const struct identity *id);

/* Both are NULL-safe for every member; the key's memory is wiped. */
void identity_free(struct identity *id);

/* When a fresh certificate is to be asked for: seconds since 1970. */
int64_t identity_renewal_due(const struct identity *id);

/* Seconds since 1970. */
int64_t identity_seconds(const ASN1_TIME *t);

/* "https://host:port" with no path, user or query. */
bool identity_is_url(const char *url);

#endif
