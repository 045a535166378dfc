/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/staple.h"

#include <string.h>

#include "lib/der.h"

/* BasicOCSPResponse to the first SingleResponse's certStatus */
static int read_basic(struct der d, uint32_t *ret_tag)
{
	struct der basic = {0}, data = {0}, list = {0}, one = {0}, id = {0};
	struct der_element e = {0};

	if (der_take(&d, DER_SEQUENCE, &basic) < 0 ||
	    der_take(&basic, DER_SEQUENCE, &data) < 0 ||
	    der_take_optional(&data, DER_CONTEXT_CONSTRUCTED(0), &id) < 0 ||
	    der_next(&data, &e) < 0 ||	/* responderID */
	    der_next(&data, &e) < 0 ||	/* producedAt */
	    der_take(&data, DER_SEQUENCE, &list) < 0 ||
	    der_take(&list, DER_SEQUENCE, &one) < 0 ||
	    der_take(&one, DER_SEQUENCE, &id) < 0 || der_next(&one, &e) < 0)
		return -1;
	*ret_tag = e.tag;
	return 0;
}

const char *staple_status(const uint8_t *der, size_t len)
{
	struct der d = {der, len}, response = {0}, status = {0}, bytes = {0};
	struct der inner = {0}, type = {0}, basic = {0};
	uint32_t tag = 0;

	if (len == 0)
		return "";
	if (der_take(&d, DER_SEQUENCE, &response) < 0 ||
	    der_take(&response, DER_ENUMERATED, &status) < 0 ||
	    status.len != 1)
		return "malformed";
	if (status.data[0] != 0)
		return "error";
	if (der_take(&response, DER_CONTEXT_CONSTRUCTED(0), &bytes) < 0 ||
	    der_take(&bytes, DER_SEQUENCE, &inner) < 0 ||
	    der_take(&inner, DER_OID, &type) < 0 ||
	    der_take(&inner, DER_OCTET_STRING, &basic) < 0 ||
	    read_basic(basic, &tag) < 0)
		return "malformed";
	switch (tag) {
	case DER_CONTEXT(0):
		return "good";
	case DER_CONTEXT_CONSTRUCTED(1):
		return "revoked";
	case DER_CONTEXT(2):
		return "unknown";
	default:
		return "malformed";
	}
}
