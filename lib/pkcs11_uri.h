/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a PKCS#11 token: a URI as of RFC 7512. */
#ifndef CW_LIB_PKCS11_URI_H
#define CW_LIB_PKCS11_URI_H

#include <stddef.h>

#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* Appends "pkcs11:token=LABEL;serial=NUMBER?module-name=NAME" with what is
 * known: only a module "pkcs11:?module-name=NAME", nothing "pkcs11:".  0, or
 * the error of the buffer. */
int pkcs11_uri(struct buf *out, const Cw__TokenPlace *t);

/* The same for bytes of any attribute, "NAME=VALUE"; nothing for none. */
void pkcs11_uri_add(struct buf *out, const char *name, const void *value,
		    size_t len);

#define PKCS11_URI_TEXT 256
#define PKCS11_URI_PATH 4096

/* Which token, and which key in it; "" where the URI does not say. */
struct pkcs11_address {
	char token[PKCS11_URI_TEXT];
	char serial[PKCS11_URI_TEXT];
	char manufacturer[PKCS11_URI_TEXT];
	char model[PKCS11_URI_TEXT];
	char object[PKCS11_URI_TEXT];	/* the key's label */
	char id[PKCS11_URI_TEXT];	/* bytes */
	size_t id_len;
	char module_name[PKCS11_URI_TEXT];
	char module_path[PKCS11_URI_PATH];
	char pin_source[PKCS11_URI_PATH];	/* a file: path only */
};

/* Reads a URI.  0; -EINVAL, and *ret_why is a static text: not such a URI, an
 * attribute that is not above (it would name another key), or pin-value: a PIN
 * that stands where others can read it. */
int pkcs11_uri_parse(const char *uri, struct pkcs11_address *ret,
		     const char **ret_why);

#endif
