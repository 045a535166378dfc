/* SPDX-License-Identifier: Apache-2.0 */
/* Where something is served, as text. */
#ifndef CW_LIB_ENDPOINT_TEXT_H
#define CW_LIB_ENDPOINT_TEXT_H

#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* Appends "192.0.2.1:443", "[2001:db8::1]:443", "udp 0.0.0.0:53", with
 * " net:[INODE]" in another network namespace and " (NAME)" where a name was
 * asked for. */
void endpoint_text(struct buf *out, const Cw__EndpointPlace *e);

#endif
