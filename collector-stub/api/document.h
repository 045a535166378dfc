/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CW_COLLECTOR_DOCUMENT_H
#define CW_COLLECTOR_DOCUMENT_H

#include <stddef.h>

/* The OpenAPI document as it is served; static. */
const char *document_text(size_t *ret_len);

#endif
