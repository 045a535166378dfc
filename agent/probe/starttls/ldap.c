/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4511 section 4.14 */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>

#include "lib/der.h"

#define EXTENDED_RESPONSE 0x78

/* ExtendedRequest 1.3.6.1.4.1.1466.20037, message 1 */
static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
			      "1.3.6.1.4.1.1466.20037";

static int read_response(struct starttls_talk *t, size_t len)
{
	struct der d = {t->in.data, len}, message, id, response, result;

	if (der_take(&d, DER_SEQUENCE, &message) < 0 ||
	    der_take(&message, DER_INTEGER, &id) < 0 ||
	    der_take(&message, EXTENDED_RESPONSE, &response) < 0 ||
	    der_take(&response, DER_ENUMERATED, &result) < 0 ||
	    result.len != 1)
		return starttls_fail(t, -EBADMSG, "no LDAP response", 16);
	if (result.data[0] != 0)
		return starttls_fail(t, -EOPNOTSUPP, "LDAP: refused", 13);
	starttls_consume(t, len);
	return 1;
}

static int talk(struct starttls_talk *t)
{
	size_t len = 0;

	if (!t->greeted && buf_add(&t->out, request, sizeof(request) - 1) < 0)
		return -ENOMEM;
	t->greeted = true;
	if (t->in.len == 0)
		return 0;
	if (t->in.data[0] != DER_SEQUENCE)
		return starttls_fail(t, -EBADMSG, t->in.data, t->in.len);
	len = der_length(t->in.data, t->in.len);
	/* a header has six bytes at most */
	if (len == 0 && t->in.len >= 6)
		return starttls_fail(t, -EBADMSG, "no LDAP response", 16);
	if (len == 0 || t->in.len < len)
		return 0;
	return read_response(t, len);
}

static const char *const processes[] = {
	"slapd", "ns-slapd", "samba", NULL,
};

static const uint16_t ports[] = {389, 3268, 0};

const struct starttls starttls_ldap = {
	.name = "ldap",
	.description = "directories",
	.processes = processes,
	.ports = ports,
	.talk = talk,
};
