/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/appconf_one.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	return appconf_one("jetty.xml", data, len);
}
