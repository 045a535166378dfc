/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says before TLS.  The first byte names the protocol, the second
 * splits the rest in two. */
#include <errno.h>
#include <stdlib.h>

#include "agent/probe/starttls/starttls.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void unwrap(const struct starttls *p, const uint8_t *data, size_t len)
{
	struct buf in, out;

	buf_init(&in, LIMIT_STARTTLS);
	buf_init(&out, LIMIT_STARTTLS);
	if (buf_add(&in, data, len) == 0)
		p->unwrap(&in, &out);
	buf_free(&in);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct starttls_talk t;
	size_t n = 0, first = 0;
	int r = 0;

	while (starttls_table[n])
		n++;
	if (len < 2)
		return 0;
	first = data[1] * (len - 2) / 256;
	starttls_begin(&t, starttls_table[data[0] % n], "example.org");
	starttls_recognise(data + 2, len - 2);
	if (t.protocol->unwrap)
		unwrap(t.protocol, data + 2, len - 2);
	if (t.protocol->talk)
		r = t.protocol->talk(&t);
	if (r == 0 && t.protocol->talk &&
	    buf_add(&t.in, data + 2, first) == 0)
		r = t.protocol->talk(&t);
	if (r == 0 && t.protocol->talk &&
	    buf_add(&t.in, data + 2 + first, len - 2 - first) == 0)
		r = t.protocol->talk(&t);
	if (r > 1 || (r < 0 && r != -EBADMSG && r != -EOPNOTSUPP))
		abort();
	starttls_free(&t);
	return 0;
}
