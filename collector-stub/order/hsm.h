/* SPDX-License-Identifier: Apache-2.0 */
/* An Ed25519 key that stays in a PKCS#11 token (a smart card, an HSM), which is
 * asked for signatures (PKCS#11 3.0 section 2.3.14, CKM_EDDSA).  p11-kit,
 * which finds the modules, is loaded at run time, the module by it: it runs in
 * the operator's process, never in the one that serves. */
#ifndef CW_COLLECTOR_HSM_H
#define CW_COLLECTOR_HSM_H

#include "lib/buf.h"
#include "lib/signature.h"

/* bytes of a fault's text with its NUL */
#define HSM_FAULT 256

struct hsm;

/* Opens the token that ${uri} (lib/pkcs11_uri.h) names, logs in with the PIN of
 * its pin-source or else one that is asked for on the terminal, and takes the
 * key that it names, or (${create}) makes one there, which cannot be taken out.
 * The key has signed something by then, and the signature was right.  0 and its
 * public half; -errno, and ${fault} says what is wrong, never with the PIN:
 * -EINVAL a bad URI, -ENOENT no such token or key, -EEXIST the key is there
 * already or several fit, -ENOTSUP the token cannot do it, -EACCES the PIN,
 * -EIO. */
int hsm_open(const char *uri, bool create, struct hsm **ret,
	     uint8_t public[static SIGNATURE_KEY],
	     char fault[static HSM_FAULT]);

/* 0, or -EIO with ${fault}. */
int hsm_sign(struct hsm *h, const void *data, size_t len,
	     uint8_t ret[static SIGNATURE_SIZE], char fault[static HSM_FAULT]);

/* Appends the URI by which the key is found again: 0, or the buffer's error. */
int hsm_uri(const struct hsm *h, struct buf *out);

/* NULL is allowed. */
void hsm_close(struct hsm *h);

#endif
