/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/store.h"

const struct store_driver *const store_table[] = {
	&store_sqlite,
	&store_postgres,
	NULL,
};
