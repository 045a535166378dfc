/* SPDX-License-Identifier: Apache-2.0 */
/* What a user may do; each may what those before it may. */
#ifndef CW_COLLECTOR_ROLE_H
#define CW_COLLECTOR_ROLE_H

enum role {
	ROLE_NONE,	/* no credential is needed */
	ROLE_VIEWER,	/* sees the inventory */
	ROLE_OPERATOR,	/* orders, enrols */
	ROLE_APPROVER,	/* signs orders */
	ROLE_ADMIN,	/* users, revocation */
};

/* "viewer" to "admin"; "none". */
const char *role_name(enum role r);
/* ROLE_NONE for any other word. */
enum role role_parse(const char *word);

#endif
