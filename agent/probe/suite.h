/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of TLS and their names (IANA's registry "TLS Parameters"). */
#ifndef CW_AGENT_PROBE_SUITE_H
#define CW_AGENT_PROBE_SUITE_H

#include <stddef.h>
#include <stdint.h>

enum {
	TLS_1_0 = 0x0301, TLS_1_1 = 0x0302, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304,
};

/* Which certificate a suite of TLS 1.2 and before asks for.  Those of TLS 1.3
 * leave that to the signature algorithms. */
enum suite_auth { SUITE_ANY, SUITE_RSA, SUITE_ECDSA, SUITE_DSA, SUITE_ANON };

struct suite {
	uint16_t id;
	uint8_t auth;		/* enum suite_auth */
	const char *name;
};

/* Ends with a record whose name is NULL; best first. */
extern const struct suite suite_table[];

/* Each returns NULL where the number is not known. */
const struct suite *suite_find(uint16_t id);
/* "x25519", "secp256r1", "X25519MLKEM768" */
const char *suite_group_name(uint16_t group);
/* "TLSv1.2" */
const char *suite_version_name(uint16_t version);

/* The text of RFC 8446 section 6.2 and others: "handshake_failure"; "alert" for
 * a number that is not known. */
const char *suite_alert_name(uint8_t description);

/* X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024 */
#define SUITE_HYBRIDS 3
extern const uint16_t suite_hybrids[SUITE_HYBRIDS];

#endif
