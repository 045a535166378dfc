/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/role.h"

#include <string.h>

static const char *const names[] = { "none", "viewer", "operator", "approver",
	"admin" };

const char *role_name(enum role r)
{
	return names[r];
}

enum role role_parse(const char *word)
{
	for (int i = ROLE_VIEWER; i <= ROLE_ADMIN; i++)
		if (strcmp(word, names[i]) == 0)
			return (enum role)i;
	return ROLE_NONE;
}
