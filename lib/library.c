/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/library.h"

#include <dlfcn.h>
#include <string.h>

bool library_load(const char *soname, const struct library_symbol *symbols,
		  size_t n, void *functions)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	for (size_t i = 0; i < n; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			dlclose(library);
			return false;
		}
		memcpy((char *)functions + symbols[i].offset, &symbol,
		       sizeof(symbol));
	}
	return true;
}
