/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the kind, the rest is the DER. */
#include <stdlib.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_text(const char *s)
{
	if (!is_utf8((const uint8_t *)s, strlen(s)))
		abort();
}

static void check_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_text(list[i]);
}

/* All text is UTF-8, and packing reads every byte of the facts. */
static void check_facts(const Cw__Facts *f)
{
	size_t size = cw__facts__get_packed_size(f);
	uint8_t *packed = malloc(size ? size : 1);

	check_text(f->subject);
	check_text(f->issuer);
	check_list(f->dns_names, f->n_dns_names);
	check_list(f->emails, f->n_emails);
	check_list(f->uris, f->n_uris);
	check_list(f->permitted, f->n_permitted);
	check_list(f->excluded, f->n_excluded);
	if (packed && cw__facts__pack(f, packed) != size)
		abort();
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const Cw__Kind kinds[] = {
		CW__KIND__KIND_CERTIFICATE, CW__KIND__KIND_CSR,
		CW__KIND__KIND_CRL, CW__KIND__KIND_PUBLIC_KEY,
	};
	const uint8_t *spki = NULL;
	const char *why = NULL;
	struct arena a;
	Cw__Facts f;
	Cw__Kind kind;
	size_t n = 0;
	int r;

	if (len < 1)
		return 0;
	kind = kinds[data[0] % 4];
	data++;
	len--;
	arena_init(&a, LIMIT_FACTS);
	r = x509_facts(kind, data, len, &a, &f, &why);
	if (r == 0)
		check_facts(&f);
	else if (!why)
		abort();
	if (r == 0 && (x509_der_length(data, len) != len ||
		       (kind == CW__KIND__KIND_CERTIFICATE &&
			!x509_looks_like_certificate(data, len))))
		abort();
	if (r == 0 && kind != CW__KIND__KIND_CRL &&
	    x509_spki_of(kind, data, len, &spki, &n) < 0)
		abort();
	x509_looks_like_certificate(data, len);
	arena_free(&a);
	return 0;
}
