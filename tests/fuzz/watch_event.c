/* SPDX-License-Identifier: Apache-2.0 */
/* A block of events as no kernel writes it. */
#include <stdlib.h>
#include <string.h>

#include "agent/walk/watch_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t use(const struct watch_event *e)
{
	size_t sum = strlen(e->name);

	if (sum == 0 || strchr(e->name, '/') || strcmp(e->name, "..") == 0)
		abort();
	for (size_t i = 0; i < e->directory_len; i++)
		sum += e->directory[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *at = data;
	struct watch_event e = {0};
	size_t sum = 0;

	while (watch_event_fanotify(&at, data + len, &e) == 1)
		sum += use(&e);
	at = data;
	while (watch_event_inotify(&at, data + len, &e) == 1)
		sum += use(&e);
	return sum == SIZE_MAX;
}
