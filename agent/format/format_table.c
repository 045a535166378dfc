/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/format.h"

/* The first that claims a file parses it; der is last of the binary ones, since
 * it takes whatever begins like DER. */
extern const struct format format_pem;
extern const struct format format_der;
extern const struct format format_embedded;

const struct format *const format_table[] = {
	&format_der,
	&format_pem,
	&format_embedded,
	NULL,
};
