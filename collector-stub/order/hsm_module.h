/* SPDX-License-Identifier: Apache-2.0 */
/* From the address of a token to an open session with it. */
#ifndef CW_COLLECTOR_HSM_MODULE_H
#define CW_COLLECTOR_HSM_MODULE_H

#include <p11-kit/p11-kit.h>

#include "collector-stub/order/hsm.h"
#include "lib/pkcs11_uri.h"

struct p11_kit {
	CK_FUNCTION_LIST *(*load)(const char *path, int flags);
	CK_RV (*initialize)(CK_FUNCTION_LIST *module);
	CK_RV (*finalize)(CK_FUNCTION_LIST *module);
	void (*release)(CK_FUNCTION_LIST *module);
	CK_FUNCTION_LIST **(*load_all)(int flags);
	void (*release_all)(CK_FUNCTION_LIST **modules);
	char *(*name)(CK_FUNCTION_LIST *module);
};

struct hsm {
	struct pkcs11_address address;
	struct p11_kit kit;
	CK_FUNCTION_LIST *alone;	/* of module-path, or NULL */
	CK_FUNCTION_LIST **all;		/* else those that p11-kit knows */
	CK_FUNCTION_LIST *module;	/* the token's, one of these */
	CK_SLOT_ID slot;
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE session;
	bool in_session;
	CK_OBJECT_HANDLE private;
};

/* Loads the modules, finds the one token, opens a session (that may write:
 * ${write}) and logs in.  As hsm_open(); hsm_module_end() is the caller's also
 * where it fails. */
int hsm_module_begin(struct hsm *h, bool write, char *fault);
void hsm_module_end(struct hsm *h);

/* Writes what a call returned into ${fault}: -EIO, or what is more exact. */
int hsm_module_failed(const char *what, CK_RV rv, char *fault);

/* Length without the blanks that fill a field of a token's description. */
size_t hsm_module_text(const unsigned char *field, size_t cap);

/* The key in a CKA_EC_POINT, which has it raw or, by version 2.40, in an OCTET
 * STRING: 0, or -EPROTO where it is not an Ed25519 key's. */
int hsm_module_point(const uint8_t *data, size_t len,
		     uint8_t ret[static SIGNATURE_KEY]);

#endif
