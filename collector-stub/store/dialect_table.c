/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/dialect.h"

const struct dialect dialect_sqlite = {
	.parameter = "?%zu",
	.folded = "lower(%s)",
	.hex = "NULLIF(lower(hex(%s)), '')",
	.elements = "json_each(%s) v",
	.columns = "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
	.each = true,
};

const struct dialect dialect_postgres = {
	.parameter = "$%zu",
	.folded = "lower((%s) COLLATE \"C\")",
	.hex = "encode(%s, 'hex')",
	.elements = "json_array_elements_text((%s)::json) AS v(value)",
	.columns = "SELECT column_name::text FROM information_schema.columns"
		" WHERE table_schema = current_schema()"
		" AND table_name = $1 ORDER BY ordinal_position",
	.unhurried = "SET LOCAL idle_in_transaction_session_timeout = 0",
};
