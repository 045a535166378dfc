/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/deliver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <curl/curl.h>
#include <openssl/hmac.h>

#include "collector-stub/alert/program.h"
#include "collector-stub/alert/system_log.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/hash.h"

#define SECRET_MAX 4096
#define HEADER 160

#if LIBCURL_VERSION_NUM >= 0x080200
#define RCPT_MAY_FAIL CURLOPT_MAIL_RCPT_ALLOWFAILS
#else
#define RCPT_MAY_FAIL CURLOPT_MAIL_RCPT_ALLLOWFAILS
#endif

struct delivery {
	const struct channel *channel;
	const Alert__Message *message;
	const char *id;
	const atomic_bool *stop;
	char *why;
	struct buf body;
	struct buf secret;
	size_t sent;
};

/* The first line of a file. */
static int read_secret(struct delivery *d, const char *path)
{
	int r = 0;

	buf_reset(&d->secret);
	if (*path)
		r = file_read_secret(path, &d->secret);
	if (r < 0) {
		snprintf(d->why, DELIVER_WHY, "%s: %s", path,
			 r == -EPERM ? "others may read or write it" :
			 strerror(-r));
		return r;
	}
	buf_str(&d->secret);
	if (d->secret.data)
		d->secret.data[strcspn((char *)d->secret.data, "\r\n")] = 0;
	return d->secret.failed ? -ENOMEM : 0;
}

static const char *secret(const struct delivery *d)
{
	return d->secret.data ? (const char *)d->secret.data : "";
}

/* --------------------------------------------------------------- libcurl */

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
		       curl_off_t d)
{
	const struct delivery *y = arg;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(y->stop);
}

static size_t drop(char *data, size_t size, size_t n, void *arg)
{
	(void)data, (void)arg;
	return size * n;
}

static size_t give(char *data, size_t size, size_t n, void *arg)
{
	struct delivery *d = arg;
	size_t len = d->body.len - d->sent;

	if (len > size * n)
		len = size * n;
	if (len > 0)
		memcpy(data, d->body.data + d->sent, len);
	d->sent += len;
	return len;
}

static CURL *make_handle(struct delivery *d, const char *url, char *error)
{
	CURL *c = curl_easy_init();

	if (!c)
		return NULL;
	*error = '\0';
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)d->channel->timeout);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, d);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*d->channel->ca_file) {
		curl_easy_setopt(c, CURLOPT_CAINFO, d->channel->ca_file);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	return c;
}

static int perform(struct delivery *d, CURL *c, const char *error)
{
	CURLcode e = curl_easy_perform(c);
	long status = 0;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (e != CURLE_OK) {
		snprintf(d->why, DELIVER_WHY, "%s",
			 *error ? error : curl_easy_strerror(e));
		return -EIO;
	}
	if (strcmp(d->channel->type, "webhook") == 0 &&
	    (status < 200 || status > 299)) {
		snprintf(d->why, DELIVER_WHY, "answered %ld", status);
		return -EIO;
	}
	return 0;
}

/* --------------------------------------------------------------- webhook */

static bool sign(const struct delivery *d, char ret[static HEADER])
{
	long long now = (long long)clock_now();
	unsigned char mac[HASH_SIZE];
	unsigned int len = sizeof(mac);
	char hex[HASH_HEX];
	struct buf b;
	bool good = false;

	buf_init(&b, 8 * MESSAGE_MAX + HEADER);
	buf_addf(&b, "%lld.", now);
	buf_add(&b, d->body.data, d->body.len);
	good = !b.failed && HMAC(EVP_sha256(), secret(d),
				 (int)strlen(secret(d)), b.data, b.len, mac,
				 &len);
	buf_free(&b);
	if (!good)
		return false;
	encode_hex(mac, sizeof(mac), hex);
	snprintf(ret, HEADER, "X-Certwalk-Signature: t=%lld,v1=%s", now, hex);
	return true;
}

static bool add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *l = curl_slist_append(*list, line);

	if (l)
		*list = l;
	return l != NULL;
}

static bool webhook_headers(struct delivery *d, struct curl_slist **ret)
{
	char line[HEADER];

	snprintf(line, sizeof(line), "X-Certwalk-Delivery: %s", d->id);
	if (!add_header(ret, "Content-Type: application/json") ||
	    !add_header(ret, "Expect:") || !add_header(ret, line))
		return false;
	if (strcmp(d->channel->form, "generic") != 0 || !*secret(d))
		return true;
	return sign(d, line) && add_header(ret, line);
}

static const struct message_form *find_form(const char *name)
{
	const struct message_form *f = message_forms;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f->name ? f : NULL;
}

static int webhook(struct delivery *d)
{
	const struct message_form *form = find_form(d->channel->form);
	char error[CURL_ERROR_SIZE];
	struct curl_slist *headers = NULL;
	CURL *c = NULL;
	int r = form ? read_secret(d, d->channel->secret_file) : -EINVAL;

	if (r < 0)
		return r;
	message_write(form, d->message, secret(d), &d->body);
	c = make_handle(d, d->channel->url, error);
	if (!c || d->body.failed || !webhook_headers(d, &headers)) {
		r = -ENOMEM;
	} else {
		curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, d->body.data);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)d->body.len);
		r = perform(d, c, error);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return r;
}

/* --------------------------------------------------------------- mail */

static bool recipients(const struct channel *ch, struct curl_slist **ret)
{
	for (size_t i = 0; i < ch->to.count; i++)
		if (!add_header(ret, ch->to.items[i]))
			return false;
	return true;
}

static int mail(struct delivery *d)
{
	const struct channel *ch = d->channel;
	char error[CURL_ERROR_SIZE];
	struct curl_slist *to = NULL;
	CURL *c = NULL;
	int r = read_secret(d, ch->password_file);

	if (r < 0)
		return r;
	message_mail(d->message, ch->from, ch->to.items, ch->to.count, d->id,
		     &d->body);
	c = make_handle(d, ch->server, error);
	if (!c || d->body.failed || !recipients(ch, &to)) {
		r = -ENOMEM;
	} else {
		curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
		/* a password goes over TLS or not at all */
		curl_easy_setopt(c, CURLOPT_USE_SSL, *ch->user
				 ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
		if (*ch->user) {
			curl_easy_setopt(c, CURLOPT_USERNAME, ch->user);
			curl_easy_setopt(c, CURLOPT_PASSWORD, secret(d));
		}
		curl_easy_setopt(c, CURLOPT_MAIL_FROM, ch->from);
		curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
		/* one who has left must not keep it from the others */
		curl_easy_setopt(c, RCPT_MAY_FAIL, 1L);
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
		curl_easy_setopt(c, CURLOPT_READDATA, d);
		r = perform(d, c, error);
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return r;
}

/* -------------------------------------------------------- syslog, program */

static int to_syslog(struct delivery *d)
{
	const char *s = d->message->severity;
	int priority = strcmp(s, "critical") == 0 ? LOG_CRIT :
		strcmp(s, "warning") == 0 ? LOG_WARNING : LOG_NOTICE;
	int r = 0;

	message_subject(d->message, &d->body);
	if (d->body.failed)
		return -ENOMEM;
	r = system_log(LOG_DAEMON | priority, buf_str(&d->body),
		       d->channel->timeout);
	if (r < 0)
		snprintf(d->why, DELIVER_WHY, "/dev/log: %s", strerror(-r));
	return r;
}

static int program(struct delivery *d)
{
	message_write(&message_forms[0], d->message, "", &d->body);
	if (d->body.failed)
		return -ENOMEM;
	return program_run(d->channel, &d->body, d->stop, d->why);
}

int deliver(const struct channel *c, const Alert__Message *m, const char *id,
	    const atomic_bool *stop, char *why)
{
	static const struct {
		const char *type;
		int (*send)(struct delivery *d);
	} ways[] = {
		{ "mail", mail }, { "webhook", webhook },
		{ "syslog", to_syslog }, { "program", program },
	};
	struct delivery d = { .channel = c, .message = m, .id = id,
			      .stop = stop, .why = why };
	int r = -EINVAL;

	*why = '\0';
	buf_init(&d.body, 8 * MESSAGE_MAX);
	buf_init(&d.secret, SECRET_MAX);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(c->type, ways[i].type) == 0)
			r = ways[i].send(&d);
	if (r < 0 && !*why)
		snprintf(why, DELIVER_WHY, "%s", strerror(-r));
	buf_free(&d.body);
	buf_free_secret(&d.secret);
	return r;
}
