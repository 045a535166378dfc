/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 6120 section 5 */
#include "agent/probe/starttls/starttls.h"

#include <errno.h>

static int open_stream(struct starttls_talk *t, const char *namespace)
{
	/* a host name has none of XML's special characters */
	return buf_addf(&t->out,
			"<?xml version='1.0'?><stream:stream xmlns='%s' "
			"xmlns:stream='http://etherx.jabber.org/streams' "
			"to='%s' version='1.0'>", namespace,
			*t->name ? t->name : "localhost") < 0 ? -ENOMEM : 0;
}

static int refused(struct starttls_talk *t, const char *why, size_t len)
{
	return starttls_fail(t, -EOPNOTSUPP, why, len);
}

static int talk_to(struct starttls_talk *t, const char *namespace)
{
	const struct buf *in = &t->in;

	if (!t->greeted && open_stream(t, namespace) < 0)
		return -ENOMEM;
	t->greeted = true;
	if (in->len > 0 && in->data[0] != '<')
		return starttls_fail(t, -EBADMSG, in->data, in->len);
	if (starttls_holds(in->data, in->len, "<stream:error"))
		return refused(t, "XMPP: stream error", 18);
	if (t->step == 0 &&
	    starttls_holds(in->data, in->len, "</stream:features>")) {
		if (!starttls_holds(in->data, in->len,
				    "urn:ietf:params:xml:ns:xmpp-tls"))
			return refused(t, "XMPP: no STARTTLS offered", 25);
		starttls_consume(t, in->len);
		t->step = 1;
		return buf_adds(&t->out,
				"<starttls xmlns='urn:ietf:params:xml:ns:"
				"xmpp-tls'/>") < 0 ? -ENOMEM : 0;
	}
	if (t->step == 0)
		return 0;
	if (starttls_holds(in->data, in->len, "<failure"))
		return refused(t, "XMPP: failure", 13);
	if (!starttls_holds(in->data, in->len, "<proceed") ||
	    in->data[in->len - 1] != '>')
		return 0;
	starttls_consume(t, in->len);
	return 1;
}

static int talk_client(struct starttls_talk *t)
{
	return talk_to(t, "jabber:client");
}

static int talk_server(struct starttls_talk *t)
{
	return talk_to(t, "jabber:server");
}

static const char *const processes[] = {
	"prosody", "ejabberd", "lua5.4", NULL,
};

static const uint16_t client_ports[] = {5222, 0};
static const uint16_t server_ports[] = {5269, 0};

const struct starttls starttls_xmpp = {
	.name = "xmpp",
	.description = "XMPP, for clients",
	.processes = processes,
	.ports = client_ports,
	.talk = talk_client,
};

const struct starttls starttls_xmpp_server = {
	.name = "xmpp-server",
	.description = "XMPP, between servers",
	.processes = processes,
	.ports = server_ports,
	.talk = talk_server,
};
