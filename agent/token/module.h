/* SPDX-License-Identifier: Apache-2.0 */
/* Which PKCS#11 modules p11-kit knows: pkcs11.conf(5).  Read here and not by
 * p11-kit, which loads all modules into one process to tell their names. */
#ifndef CW_AGENT_TOKEN_MODULE_H
#define CW_AGENT_TOKEN_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/limits.h"

#define MODULE_NAME 128
#define MODULE_LIBRARY 1024

struct module {
	char name[MODULE_NAME];		/* of its file, without .module */
	char library[MODULE_LIBRARY];	/* as p11_kit_module_load() takes it */
	bool remote;			/* reached through a program */
	bool trust;			/* holds trust anchors */
	bool enabled;			/* for a program of our name */
	const char *fault;		/* its file is not readable, or NULL */
	unsigned int given;		/* which options are set */
};

/* Takes over the options of a module's file; those that are set already stay.
 * 0, or -EINVAL where it is not such a file. */
int module_parse(struct module *m, const char *text, size_t len);

/* Reads the modules of all configurations, those of the user only where it is
 * not root, as p11-kit does: their number, at most LIMIT_TOKEN_MODULES, or one
 * more where there are more.  Sorted by name. */
size_t modules_read(struct module ret[static LIMIT_TOKEN_MODULES + 1]);

/* The same from these folders, NULL-terminated; the first that sets an option
 * decides. */
size_t modules_read_folders(const char *const *folders,
			    struct module ret[static LIMIT_TOKEN_MODULES + 1]);

#endif
