/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of sock_diag. */
#include <stdlib.h>

#include "agent/listen/diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int take(void *arg, const struct diag_socket *s)
{
	(void)arg;
	if (s->port == 0 || (s->address_len != 4 && s->address_len != 16))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	diag_parse(data, len, len % 2, take, NULL);
	return 0;
}
