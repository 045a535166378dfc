/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/suite.h"

const uint16_t suite_hybrids[SUITE_HYBRIDS] = {0x11ec, 0x11eb, 0x11ed};

const struct suite suite_table[] = {
	{0x1302, SUITE_ANY, "TLS_AES_256_GCM_SHA384"},
	{0x1301, SUITE_ANY, "TLS_AES_128_GCM_SHA256"},
	{0x1303, SUITE_ANY, "TLS_CHACHA20_POLY1305_SHA256"},
	{0x1304, SUITE_ANY, "TLS_AES_128_CCM_SHA256"},
	{0x1305, SUITE_ANY, "TLS_AES_128_CCM_8_SHA256"},
	{0xc02c, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
	{0xc030, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
	{0xc02b, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
	{0xc02f, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
	{0xcca9, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xcca8, SUITE_RSA, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0x009f, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"},
	{0x009e, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
	{0xccaa, SUITE_RSA, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
	{0xc0ad, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM"},
	{0xc0ac, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
	{0xc09f, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_256_CCM"},
	{0xc09e, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_128_CCM"},
	{0xc024, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"},
	{0xc028, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"},
	{0xc023, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"},
	{0xc027, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
	{0xc00a, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"},
	{0xc014, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
	{0xc009, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"},
	{0xc013, SUITE_RSA, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
	{0x006b, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"},
	{0x0067, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"},
	{0x0039, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"},
	{0x0033, SUITE_RSA, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
	{0x009d, SUITE_RSA, "TLS_RSA_WITH_AES_256_GCM_SHA384"},
	{0x009c, SUITE_RSA, "TLS_RSA_WITH_AES_128_GCM_SHA256"},
	{0x003d, SUITE_RSA, "TLS_RSA_WITH_AES_256_CBC_SHA256"},
	{0x003c, SUITE_RSA, "TLS_RSA_WITH_AES_128_CBC_SHA256"},
	{0x0035, SUITE_RSA, "TLS_RSA_WITH_AES_256_CBC_SHA"},
	{0x002f, SUITE_RSA, "TLS_RSA_WITH_AES_128_CBC_SHA"},
	{0xc077, SUITE_RSA, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384"},
	{0x0084, SUITE_RSA, "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA"},
	{0x0041, SUITE_RSA, "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
	{0x0038, SUITE_DSA, "TLS_DHE_DSS_WITH_AES_256_CBC_SHA"},
	{0x0032, SUITE_DSA, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA"},
	{0xc008, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA"},
	{0xc012, SUITE_RSA, "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	{0x0016, SUITE_RSA, "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA"},
	{0x000a, SUITE_RSA, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"},
	{0xc007, SUITE_ECDSA, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"},
	{0xc011, SUITE_RSA, "TLS_ECDHE_RSA_WITH_RC4_128_SHA"},
	{0x0005, SUITE_RSA, "TLS_RSA_WITH_RC4_128_SHA"},
	{0x0004, SUITE_RSA, "TLS_RSA_WITH_RC4_128_MD5"},
	{0, 0, NULL},
};

struct number {
	uint16_t number;
	const char *name;
};

static const struct number groups[] = {
	{0x001d, "x25519"},
	{0x0017, "secp256r1"},
	{0x0018, "secp384r1"},
	{0x0019, "secp521r1"},
	{0x001e, "x448"},
	{0x11ec, "X25519MLKEM768"},
	{0x11eb, "SecP256r1MLKEM768"},
	{0x11ed, "SecP384r1MLKEM1024"},
	{0x0200, "MLKEM512"},
	{0x0201, "MLKEM768"},
	{0x0202, "MLKEM1024"},
	{0x0013, "secp192r1"},
	{0x0015, "secp224r1"},
	{0x0016, "secp256k1"},
	{0x001a, "brainpoolP256r1"},
	{0x001b, "brainpoolP384r1"},
	{0x001c, "brainpoolP512r1"},
	{0x0100, "ffdhe2048"},
	{0x0101, "ffdhe3072"},
	{0x0102, "ffdhe4096"},
	{0x0103, "ffdhe6144"},
	{0x0104, "ffdhe8192"},
	{0, NULL},
};

static const struct number versions[] = {
	{TLS_1_0, "TLSv1.0"},
	{TLS_1_1, "TLSv1.1"},
	{TLS_1_2, "TLSv1.2"},
	{TLS_1_3, "TLSv1.3"},
	{0, NULL},
};

static const struct number alerts[] = {
	{0, "close_notify"},
	{10, "unexpected_message"},
	{20, "bad_record_mac"},
	{40, "handshake_failure"},
	{47, "illegal_parameter"},
	{49, "access_denied"},
	{50, "decode_error"},
	{70, "protocol_version"},
	{71, "insufficient_security"},
	{80, "internal_error"},
	{86, "inappropriate_fallback"},
	{109, "missing_extension"},
	{112, "unrecognized_name"},
	{116, "certificate_required"},
	{120, "no_application_protocol"},
	{0, NULL},
};

static const char *find(const struct number *table, uint16_t number)
{
	for (; table->name; table++) {
		if (table->number == number)
			return table->name;
	}
	return NULL;
}

const struct suite *suite_find(uint16_t id)
{
	for (const struct suite *s = suite_table; s->name; s++) {
		if (s->id == id)
			return s;
	}
	return NULL;
}

const char *suite_group_name(uint16_t group)
{
	return find(groups, group);
}

const char *suite_version_name(uint16_t version)
{
	return find(versions, version);
}

const char *suite_alert_name(uint8_t description)
{
	const char *name = find(alerts, description);

	return name ? name : "alert";
}
