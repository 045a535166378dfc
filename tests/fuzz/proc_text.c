/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc and p11-kit's configuration say, which others may have named. */
#include <stdlib.h>
#include <string.h>

#include "agent/listen/holder.h"
#include "agent/token/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	char unit[CGROUP_NAME], container[CGROUP_NAME];
	struct module m = {.enabled = true};

	cgroup_parse(text, len, unit, container);
	if (strlen(unit) >= CGROUP_NAME || strlen(container) >= CGROUP_NAME)
		abort();
	holder_start_ticks(text, len);
	module_parse(&m, text, len);
	if (strlen(m.library) >= MODULE_LIBRARY)
		abort();
	return 0;
}
