/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/channel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/ini_dir.h"

#define MINUTE INT64_C(60)
#define AT(member) .offset = offsetof(struct channel, member)

static const char *const types[] = { "mail", "webhook", "syslog", "program",
				     NULL };
static const char *const forms[] = { "generic", "slack", "teams", "pagerduty",
				     NULL };

const struct option channel_options[] = {
	{ "channel", "type", OPTION_CHOICE, "webhook", AT(type),
	  .choices = types, .help = "How it is told." },
	{ "channel", "timeout", OPTION_DURATION, "15s", AT(timeout),
	  .min = 1, .max = 5 * MINUTE,
	  .help = "Time that one message may take. One that fails is sent "
		"again, later and later, for three days." },
	{ "channel", "server", OPTION_STRING, "smtp://localhost", AT(server),
	  .help = "Of mail: smtp://HOST:PORT, with TLS where the server "
		"offers it, or smtps://HOST:PORT." },
	{ "channel", "from", OPTION_STRING, "", AT(from),
	  .help = "Of mail: the sender's address." },
	{ "channel", "to", OPTION_LIST, "", AT(to),
	  .help = "Of mail: an address." },
	{ "channel", "user", OPTION_STRING, "", AT(user),
	  .help = "Of mail: who logs in. TLS is then a must." },
	{ "channel", "password_file", OPTION_STRING, "", AT(password_file),
	  .help = "Of mail: file with the password, for its owner alone." },
	{ "channel", "url", OPTION_STRING, "", AT(url),
	  .help = "Of a webhook: https://..., or http:// to this host." },
	{ "channel", "form", OPTION_CHOICE, "generic", AT(form),
	  .choices = forms,
	  .help = "Of a webhook: who reads it." },
	{ "channel", "secret_file", OPTION_STRING, "", AT(secret_file),
	  .help = "Of a webhook: file with the key of its signature (generic) "
		"or the routing key (pagerduty), for its owner alone." },
	{ "channel", "ca_file", OPTION_STRING, "", AT(ca_file),
	  .help = "Of mail and webhooks: PEM file of the CAs to trust instead "
		"of the system's." },
	{ "channel", "run", OPTION_STRING, "", AT(run),
	  .help = "Of a program: its whole path. The message is on its "
		"standard input, in the generic form." },
	{ "channel", "argument", OPTION_LIST, "", AT(arguments),
	  .help = "Of a program: an argument." },
	{ .name = NULL },
};

struct told {
	const char *path;
	void (*fault)(void *arg, const char *text);
	void *arg;
	int faults;
};

static void tell(struct told *t, const char *text)
{
	char line[PATH_MAX + 200];

	snprintf(line, sizeof(line), "%s: %s", t->path, text);
	t->fault(t->arg, line);
	t->faults++;
}

/* What goes into a header or an SMTP command as it is. */
static bool is_address(const char *a)
{
	const char *at = strchr(a, '@');

	for (const char *p = a; *p; p++)
		if (*p <= ' ' || *p >= 127 || strchr("<>\"(),;:\\", *p))
			return false;
	return at && at > a && at[1] && !strchr(at + 1, '@');
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Plain HTTP only to this host: a message names what is weak where. */
static bool is_url(const char *url)
{
	static const char *const may[] = {
		"https://", "http://localhost/", "http://localhost:",
		"http://127.0.0.1/", "http://127.0.0.1:", "http://[::1]/",
		"http://[::1]:",
	};

	if (strchr(url, '@') || strlen(url) > 2000)
		return false;
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (begins(url, may[i]))
			return true;
	return false;
}

static void check_mail(const struct channel *c, struct told *t)
{
	if (!begins(c->server, "smtp://") && !begins(c->server, "smtps://"))
		tell(t, "server: neither smtp:// nor smtps://");
	if (!is_address(c->from))
		tell(t, "from: is no mail address");
	if (c->to.count == 0)
		tell(t, "to: there is none");
	for (size_t i = 0; i < c->to.count; i++)
		if (!is_address(c->to.items[i]))
			tell(t, "to: is no mail address");
	if ((*c->user != 0) != (*c->password_file != 0))
		tell(t, "user and password_file go together");
}

static void check_webhook(const struct channel *c, struct told *t)
{
	if (!is_url(c->url))
		tell(t, "url: is neither https:// nor http:// to this host");
	if (strcmp(c->form, "pagerduty") == 0 && !*c->secret_file)
		tell(t, "secret_file: PagerDuty needs a routing key");
}

static void check_channel(const struct channel *c, struct told *t)
{
	if (strcmp(c->type, "mail") == 0)
		check_mail(c, t);
	else if (strcmp(c->type, "webhook") == 0)
		check_webhook(c, t);
	else if (strcmp(c->type, "program") == 0 && c->run[0] != '/')
		tell(t, "run: is no whole path");
}

int channel_load(const char *dir, const char *name, struct channel *ret,
		 void (*fault)(void *arg, const char *text), void *arg)
{
	struct channel c = { .type = NULL };
	char path[PATH_MAX];
	struct told t = { path, fault, arg, 0 };
	int r = ini_dir_path(dir, name, path, sizeof(path));

	if (r == 0)
		r = options_defaults(channel_options, &c);
	if (r == 0)
		r = options_read(channel_options, &c, path, fault, arg);
	if (r < 0 && r != -EINVAL)
		ini_dir_fault(dir, name, r, fault, arg);
	if (r == 0)
		check_channel(&c, &t);
	if (r == 0 && t.faults > 0)
		r = -EINVAL;
	if (r < 0) {
		channel_free(&c);
		return r;
	}
	snprintf(c.name, sizeof(c.name), "%s", name);
	*ret = c;
	return 0;
}

void channel_free(struct channel *c)
{
	options_free(channel_options, c);
}

bool channel_keeps_incidents(const struct channel *c)
{
	return strcmp(c->type, "webhook") == 0 &&
		strcmp(c->form, "pagerduty") == 0;
}
