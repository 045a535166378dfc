/* SPDX-License-Identifier: Apache-2.0 */
/* One login at an identity provider, from the moment when the browser is sent
 * there until it comes back.  The browser keeps it in a cookie, "SECRET.TIME";
 * state, nonce and PKCE verifier (RFC 7636) are each a SHA-256 of it, so that
 * no collector has to remember any. */
#ifndef CW_COLLECTOR_LOGIN_FLOW_H
#define CW_COLLECTOR_LOGIN_FLOW_H

#include <stdint.h>

#define LOGIN_FLOW_COOKIE "__Host-certwalk-login"
#define LOGIN_FLOW_LIFE 600		/* seconds */
#define LOGIN_FLOW_COOKIE_TEXT 48
#define LOGIN_FLOW_TEXT 44		/* 32 bytes in base64url, and a NUL */

struct login_flow {
	char cookie[LOGIN_FLOW_COOKIE_TEXT];
	char state[LOGIN_FLOW_TEXT];
	char nonce[LOGIN_FLOW_TEXT];
	char verifier[LOGIN_FLOW_TEXT];
	char challenge[LOGIN_FLOW_TEXT];	/* S256 of the verifier */
	int64_t since;
};

/* 0, -EIO. */
int login_flow_new(int64_t now, struct login_flow *ret);
/* By the cookie's value: 0; -EINVAL; -ETIME where it is too old. */
int login_flow_read(const char *cookie, int64_t now, struct login_flow *ret);

#endif
