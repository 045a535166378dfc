/* SPDX-License-Identifier: Apache-2.0 */
/* The first admin, by the one-time link that init has printed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/api.h"
#include "collector-stub/api/handlers.h"
#include "collector-stub/api/session.h"
#include "collector-stub/auth/account.h"
#include "collector-stub/auth/password.h"

static int refuse_link(struct api *q)
{
	int r = session_failure(q, NULL, "one-time link", NULL);

	api_problem(q, 401, "bad-link", "the link was used already, or is "
		    "older than an hour; on the collector's host: "
		    "certwalk-collector user add NAME --role admin");
	return r;
}

static int make(struct api *q, const char *name, const char *password)
{
	const char *link = api_value(q, "link");
	uint8_t hash[HASH_SIZE];
	int r = 0;

	hash_sha256(link, strlen(link), hash);
	r = account_set_up(q->store, hash, q->exchange->address, name,
			   password);
	if (r == -ENOENT)
		return refuse_link(q);
	if (r == -EPERM)
		return api_problem(q, 409, "conflict",
				   "there is an admin already");
	if (r == -EEXIST)
		return api_problem(q, 409, "exists",
				   "there is such a user already");
	return r < 0 ? r : api_done(q);
}

int setup_admin(struct api *q)
{
	static const struct api_field fields[] = {
		{ "link", true, false }, { "name", true, false },
		{ "password", true, false }, { NULL, false, false },
	};
	const char *why = NULL, *name = NULL;
	int64_t wait = 0;
	int r = session_wait(q, NULL, &wait);

	if (r < 0 || wait > 0)
		return r < 0 ? r : session_too_many(q, wait);
	if (api_body(q, fields) < 0)
		return 0;
	name = api_value(q, "name");
	if (!is_account_name(name))
		return api_problem(q, 400, "bad-request", "name has letters, "
				   "digits and ._@- only, at most 64");
	why = password_fault(name, api_value(q, "password"));
	if (why)
		return api_problem(q, 400, "weak-password", "the password %s",
				   why);
	return session_compute(q, name, api_value(q, "password"), make);
}
