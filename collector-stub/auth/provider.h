/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the identity provider: its addresses (OpenID Connect
 * Discovery 1.0) and its keys.  All from any thread; what is asked of the
 * network blocks, and others wait for it. */
#ifndef CW_COLLECTOR_PROVIDER_H
#define CW_COLLECTOR_PROVIDER_H

#include "collector-stub/auth/fetch.h"
#include "collector-stub/auth/jwt.h"
#include "collector-stub/config/config.h"

#define PROVIDER_URL 1024	/* bytes of an address and its NUL */
#define PROVIDER_LIFE 3600	/* seconds that both are kept */
#define PROVIDER_KEYS_AGAIN 60	/* seconds before keys are fetched again */
#define PROVIDER_REST 15	/* seconds that it rests after it failed */

struct provider;

struct provider_addresses {
	char authorization[PROVIDER_URL];
	char token[PROVIDER_URL];
	char keys[PROVIDER_URL];
	char userinfo[PROVIDER_URL];	/* "": none */
	bool takes_basic, takes_post;	/* the client's secret */
};

/* ${config} and ${stop} are used until provider_free().  NULL without
 * memory. */
struct provider *provider_new(const struct collector_config *config,
			      const atomic_bool *stop);
/* NULL is allowed. */
void provider_free(struct provider *p);

/* 0; -EAGAIN, and ${ret_why} tells why it is not known now. */
int provider_find(struct provider *p, struct provider_addresses *ret,
		  char ret_why[static FETCH_WHY]);
/* As fetch(), with the provider's settings; it rests after a failure, and
 * -EAGAIN is also returned while it rests. */
int provider_fetch(struct provider *p, struct fetch *f, struct buf *out,
		   char ret_why[static FETCH_WHY]);
/* Is the token signed by one of its keys?  0; -EAGAIN as above; -EACCES. */
int provider_verify(struct provider *p, const struct jwt *t,
		    char ret_why[static FETCH_WHY]);

/* Reads a discovery document: 0, or -EBADMSG, and ${ret_why} tells. */
int provider_read(const char *json, size_t len, const char *issuer,
		  struct provider_addresses *ret,
		  char ret_why[static FETCH_WHY]);

#endif
