/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/endpoint_text.h"

#include <arpa/inet.h>
#include <string.h>

void endpoint_text(struct buf *out, const Cw__EndpointPlace *e)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (e->address.len == 4)
		inet_ntop(AF_INET, e->address.data, text, sizeof(text));
	else if (e->address.len == 16)
		inet_ntop(AF_INET6, e->address.data, text, sizeof(text));
	if (strcmp(e->transport, "udp") == 0)
		buf_adds(out, "udp ");
	buf_addf(out, e->address.len == 16 ? "[%s]:%u" : "%s:%u", text,
		 e->port);
	if (*e->netns)
		buf_addf(out, " net:[%s]", e->netns);
	if (*e->sni)
		buf_addf(out, " (%s)", e->sni);
}
