/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/dialect.h"

const struct dialect dialect_sqlite = {
	.parameter = "?%zu",
	.folded = "lower(%s)",
	.hex = "NULLIF(lower(hex(%s)), '')",
	.elements = "json_each(%s) v",
};

const struct dialect dialect_postgres = {
	.parameter = "$%zu",
	.folded = "lower((%s) COLLATE \"C\")",
	.hex = "encode(%s, 'hex')",
	.elements = "json_array_elements_text((%s)::json) AS v(value)",
};
