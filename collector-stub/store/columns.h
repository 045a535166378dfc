/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of locations and objects hold beside their packed bytes, so
 * that filters can choose by it: the values of the fields of
 * lib/location_filter.h, a list of several as a JSON array of texts.  Missing
 * values are STORE_NULL. */
#ifndef CW_COLLECTOR_COLUMNS_H
#define CW_COLLECTOR_COLUMNS_H

#include "collector-stub/store/store.h"
#include "lib/location_filter.h"

/* X(column, field, letter): the column's name, the LOCATION_ of the field, its
 * type as sql.h has it. */
#define COLUMNS_OF_LOCATION(X) \
	X(place, PLACE, "t") X(path_text, PATH, "t") X(entry, ENTRY, "t") \
	X(role, ROLE, "t") X(flags, FLAGS, "t") \
	X(chain_position, CHAIN_POSITION, "n") \
	X(trust_store, TRUST_STORE, "n") X(matches, MATCHES, "t") \
	X(encrypted, ENCRYPTED, "n") X(encryption, ENCRYPTION, "t") \
	X(opened_by, OPENED_BY, "t") \
	X(well_known_password, WELL_KNOWN_PASSWORD, "n") \
	X(services, SERVICES, "t") X(server_names, SERVER_NAMES, "t") \
	X(container, CONTAINER, "t") X(mode, MODE, "t") \
	X(owner, OWNER, "t") X(own_group, GROUP, "t") \
	X(address, ADDRESS, "t") X(port, PORT, "n") \
	X(transport, TRANSPORT, "t") X(starttls, STARTTLS, "t") \
	X(sni, SNI, "t") X(tls_version, TLS_VERSION, "t") \
	X(versions, VERSIONS, "t") X(cipher, CIPHER, "t") \
	X(hybrid_groups, HYBRID_GROUPS, "t") X(alpn, ALPN, "t") \
	X(chain, CHAIN, "t") X(staple, STAPLE, "t") \
	X(tickets, TICKETS, "n") X(asks_client, ASKS_CLIENT, "n") \
	X(netns, NETNS, "t") X(process, PROCESS, "t") X(unit, UNIT, "t") \
	X(state, STATE, "t") X(cause, CAUSE, "t") X(failure, FAILURE, "t") \
	X(module, MODULE, "t") X(token, TOKEN, "t") \
	X(token_serial, TOKEN_SERIAL, "t")

#define COLUMNS_OF_OBJECT(X) \
	X(subject, SUBJECT, "t") X(issuer, ISSUER, "t") \
	X(serial, SERIAL, "t") X(not_before, NOT_BEFORE, "n") \
	X(not_after, NOT_AFTER, "n") X(lifetime_days, LIFETIME_DAYS, "n") \
	X(key_alg, KEY_ALG, "t") X(key_bits, KEY_BITS, "n") \
	X(curve, CURVE, "t") X(sig_alg, SIG_ALG, "t") \
	X(dns_names, DNS_NAMES, "t") X(ip_addresses, IP_ADDRESSES, "t") \
	X(emails, EMAILS, "t") X(uris, URIS, "t") X(is_ca, IS_CA, "n") \
	X(self_signed, SELF_SIGNED, "n") X(role, ROLE, "t") \
	X(key_usage, KEY_USAGE, "t") X(ext_key_usage, EXT_KEY_USAGE, "t") \
	X(validation, VALIDATION, "t") X(strength_bits, STRENGTH_BITS, "n") \
	X(pq_class, PQ_CLASS, "t") X(sig_pq_class, SIG_PQ_CLASS, "t") \
	X(must_staple, MUST_STAPLE, "n") X(principals, PRINCIPALS, "t") \
	X(comment, COMMENT, "t") X(flags, FLAGS, "t")

#define COLUMNS_ENUM_L(column, field, letter) COLUMNS_L_##field,
#define COLUMNS_ENUM_O(column, field, letter) COLUMNS_O_##field,
enum { COLUMNS_OF_LOCATION(COLUMNS_ENUM_L) COLUMNS_LOCATION };
enum { COLUMNS_OF_OBJECT(COLUMNS_ENUM_O) COLUMNS_OBJECT };

/* The names, each after a comma; the letters. */
#define COLUMNS_NAME(column, field, letter) ", " #column
#define COLUMNS_LETTER(column, field, letter) letter

/* Columns in the order of the lists above, in ${a}.  0 or -ENOMEM. */
int columns_of_location(const Cw__Location *l, struct arena *a,
			struct store_value ret[static COLUMNS_LOCATION]);
int columns_of_object(const Cw__Facts *f, struct arena *a,
		      struct store_value ret[static COLUMNS_OBJECT]);

/* Of an agent's host: os, kernel, arch, agent_version, libcrypto. */
#define COLUMNS_HOST 5
int columns_of_host(const Cw__HostFacts *h, struct arena *a,
		    struct store_value ret[static COLUMNS_HOST]);

/* What a scan could not look at, without what it was told to skip. */
int64_t columns_gaps(const Cw__Coverage *c);

/* The key of the row for facts that only a location carries: a hash of all
 * that is in them, so that nobody can say another's.  0 or -ENOMEM. */
int columns_claim(const Cw__Location *l, uint8_t ret[static HASH_SIZE]);
/* Is it what such a key is the hash of?  It is no object, and as one it would
 * have the key of another's word. */
bool columns_is_claim(const void *data, size_t len);

#endif
