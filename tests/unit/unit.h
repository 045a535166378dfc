/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with the headers that it wants before itself. */
#ifndef CW_TESTS_UNIT_H
#define CW_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
