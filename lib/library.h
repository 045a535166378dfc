/* SPDX-License-Identifier: Apache-2.0 */
/* Shared libraries that few processes need: loaded at run time, so that the
 * others do not pay for them. */
#ifndef CW_LIB_LIBRARY_H
#define CW_LIB_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_symbol {
	const char *name;
	size_t offset;	/* of the pointer to it in ${functions} */
};

/* Loads ${soname} and fills in the ${n} pointers: true, or false where it is
 * not installed or lacks one (${functions} then holds nothing of use). */
bool library_load(const char *soname, const struct library_symbol *symbols,
		  size_t n, void *functions);

#endif
