/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of an identity provider, by libcurl: https only, no redirects,
 * limited in size (LIMIT_PROVIDER) and time.  Blocks. */
#ifndef CW_COLLECTOR_FETCH_H
#define CW_COLLECTOR_FETCH_H

#include <stdatomic.h>

#include "lib/buf.h"

#define FETCH_WHY 256		/* bytes of a message */
#define FETCH_SECONDS 10	/* for a whole answer */

struct fetch {
	const char *url;
	const char *ca_file;	/* PEM; "": the system's */
	const char *form;	/* POSTs it; NULL: GET */
	const char *user;	/* of basic authentication, or NULL */
	const char *password;
	const char *bearer;	/* a token (RFC 6750) without blanks, or NULL */
	const atomic_bool *stop;	/* ends it early */
};

/* Appends the body of a 200 to ${out}.  0, or -EIO (-ENOMEM) and ${ret_why}
 * tells.  For any other status ${out} may hold what was said: -EREMOTEIO where
 * the fault is the server's or ours, -EPROTO where it refuses. */
int fetch(const struct fetch *f, struct buf *out,
	  char ret_why[static FETCH_WHY]);

#endif
