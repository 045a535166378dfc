/* SPDX-License-Identifier: Apache-2.0 */
/* The address of a PKCS#11 token: a URI as of RFC 7512. */
#ifndef CW_LIB_PKCS11_URI_H
#define CW_LIB_PKCS11_URI_H

#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* Appends "pkcs11:token=LABEL;serial=NUMBER?module-name=NAME" with what is
 * known: only a module "pkcs11:?module-name=NAME", nothing "pkcs11:".  0, or
 * the error of the buffer. */
int pkcs11_uri(struct buf *out, const Cw__TokenPlace *t);

#endif
