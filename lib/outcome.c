/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/outcome.h"

#include <stddef.h>

const char *outcome_word(Cw__CommandResult__Outcome outcome)
{
	static const char *const words[] = {
		"", "done", "failed", "refused", "timed-out", "unknown",
	};

	return (size_t)outcome < sizeof(words) / sizeof(words[0])
		       ? words[outcome] : "";
}
