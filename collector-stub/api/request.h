/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says, read from evhttp's. */
#ifndef CW_COLLECTOR_REQUEST_H
#define CW_COLLECTOR_REQUEST_H

#include "collector-stub/api/api.h"
#include "collector-stub/api/party.h"

/* Finds the route of ${path} (below the prefix), and decodes its parts that
 * vary into ${q}.  0; -ENOENT; -EPERM for a method that the path has not,
 * ${ret_allow} lists those that it has; -EINVAL; -ENOMEM. */
int request_route(struct evhttp_request *req, const char *path, struct api *q,
		  char *ret_allow, size_t cap);

/* Decodes the ${query} of its route, or NULL, into ${q}: 0, or -EINVAL, and the
 * reply tells: what the route does not take, or is there twice. */
int request_query(const char *query, struct api *q);

/* As party_find(), by what the client shows.  In the loop's thread. */
uint64_t request_party(struct evhttp_request *req, struct party_known *known,
		       const char *address);

/* The token of "Authorization: Bearer", the value of a cookie: 0, -ENOENT. */
int request_bearer(struct evhttp_request *req, char ret[static WHO_SECRET]);
int request_cookie(struct evhttp_request *req, const char *name,
		   char ret[static WHO_SECRET]);

bool request_is_json(struct evhttp_request *req);
/* Is Origin, where there is one, "https://" and Host? */
bool request_is_same_origin(struct evhttp_request *req);

#endif
