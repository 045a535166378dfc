/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/quantity.h"

#include <errno.h>
#include <stdbool.h>

const struct quantity_unit quantity_durations[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
	{ 0, 0 },
};
const struct quantity_unit quantity_sizes[] = {
	{ 'T', INT64_C(1) << 40 }, { 'G', 1 << 30 }, { 'M', 1 << 20 },
	{ 'K', 1 << 10 }, { 0, 0 },
};
const struct quantity_unit quantity_plain[] = { { 0, 0 } };

int quantity_parse(const char *text, const struct quantity_unit *u,
		   int64_t *ret)
{
	int64_t n = 0;
	bool over = false;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++)
		over |= __builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, *text - '0', &n);
	if (*text) {
		while (u->letter && u->letter != *text)
			u++;
		if (!u->letter || text[1])
			return -EINVAL;
		over |= __builtin_mul_overflow(n, u->factor, &n);
	}
	if (over)
		return -ERANGE;
	*ret = n;
	return 0;
}
