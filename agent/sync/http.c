/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "agent/sync/backoff.h"
#include "agent/sync/tls.h"
#include "lib/clock.h"
#include "lib/limits.h"

/* seconds: a date or number beyond this in Retry-After counts as this */
#define RETRY_AFTER_MAX 86400

/* bytes of all header fields of one reply */
#define HEADERS_MAX KIB(16)

/* a connection slower than this many bytes a second, for half of the time that
 * one exchange may take, is given up */
#define LOW_SPEED 10L

/* milliseconds; libcurl takes no endless wait */
#define POLL_MAX 60000

struct http {
	CURLSH *share;		/* TLS sessions */
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	int64_t timeout;
	struct http_peer peer;
	char host[IDENTITY_URL];
	bool busy;
	struct buf body;
	size_t header_bytes;
	int64_t retry_after;
	char detail[CURL_ERROR_SIZE];
};

struct http *http_new(int64_t timeout)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h) {
		h->timeout = timeout;
		buf_init(&h->body, LIMIT_REPLY);
	}
	return h;
}

static void stop(struct http *h)
{
	if (h->busy)
		curl_multi_remove_handle(h->multi, h->easy);
	h->busy = false;
}

void http_rest(struct http *h)
{
	stop(h);
	if (h->easy)
		curl_easy_cleanup(h->easy);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	curl_slist_free_all(h->headers);
	h->easy = NULL;
	h->multi = NULL;
	h->headers = NULL;
	buf_free(&h->body);
}

void http_forget(struct http *h)
{
	http_rest(h);
	if (h->share)
		curl_share_cleanup(h->share);
	h->share = NULL;
}

void http_free(struct http *h)
{
	if (h)
		http_forget(h);
	free(h);
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	return buf_add(&h->body, data, size * n) == 0 ? size * n : 0;
}

static size_t take_header(char *data, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct http *h = arg;
	size_t len = size * n;
	char value[64];

	h->header_bytes += len;
	if (h->header_bytes > HEADERS_MAX)
		return 0;
	if (len < sizeof(name) ||
	    strncasecmp(data, name, sizeof(name) - 1) != 0)
		return len;
	data += sizeof(name) - 1;
	n = len - (sizeof(name) - 1);
	while (n > 0 && (*data == ' ' || *data == '\t')) {
		data++;
		n--;
	}
	while (n > 0 && strchr("\r\n \t", data[n - 1]))
		n--;
	snprintf(value, sizeof(value), "%.*s", (int)n, data);
	h->retry_after =
		backoff_retry_after(value, clock_now(), RETRY_AFTER_MAX);
	return len;
}

static CURLcode take_context(CURL *easy, void *ctx, void *arg)
{
	struct http *h = arg;

	(void)easy;
	if (h->peer.ca_sha256)
		tls_use_pin(ctx, h->peer.ca_sha256);
	else if (tls_use_identity(ctx, h->peer.identity) < 0)
		return CURLE_SSL_CERTPROBLEM;
	return CURLE_OK;
}

static bool set_transport(struct http *h)
{
	CURL *c = h->easy;

	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT,
			 (long)(h->timeout < 20 ? h->timeout : 20));
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->detail);
	curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(c, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, h);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == 0 &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION,
				(long)CURL_SSLVERSION_TLSv1_2) == 0 &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == 0 &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == 0 &&
	       curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, take_context) ==
		       0 &&
	       curl_easy_setopt(c, CURLOPT_SHARE, h->share) == 0;
}

static bool set_headers(struct http *h, int64_t hold)
{
	char prefer[48];
	/* a name alone keeps libcurl from sending its own */
	static const char *const lines[] = {
		"Content-Type: application/x-protobuf", "Accept:", "Expect:",
	};

	curl_slist_free_all(h->headers);
	h->headers = NULL;
	snprintf(prefer, sizeof(prefer), "Prefer: wait=%lld", (long long)hold);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) + (hold > 0);
	     i++) {
		struct curl_slist *l = curl_slist_append(h->headers,
			i < sizeof(lines) / sizeof(lines[0]) ? lines[i] :
			prefer);

		if (!l)
			return false;
		h->headers = l;
	}
	curl_easy_setopt(h->easy, CURLOPT_TIMEOUT, (long)(h->timeout + hold));
	curl_easy_setopt(h->easy, CURLOPT_LOW_SPEED_TIME,
			 (long)(h->timeout / 2 + 1 + hold));
	return curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) == 0;
}

static bool wake(struct http *h)
{
	if (!h->share) {
		h->share = curl_share_init();
		if (!h->share)
			return false;
		curl_share_setopt(h->share, CURLSHOPT_SHARE,
				  CURL_LOCK_DATA_SSL_SESSION);
	}
	if (h->easy)
		return true;
	h->multi = curl_multi_init();
	h->easy = curl_easy_init();
	return h->multi && h->easy && set_transport(h);
}

static bool is_same_peer(const struct http *h, const struct http_peer *peer)
{
	return h->peer.identity == peer->identity &&
	       h->peer.ca_sha256 == peer->ca_sha256;
}

int http_post(struct http *h, const struct http_peer *peer, const char *url,
	      const char *path, const struct buf *body, int64_t hold)
{
	char whole[IDENTITY_URL + 64];
	int r = 0;

	if (!is_same_peer(h, peer))
		http_forget(h);
	stop(h);
	h->peer = *peer;
	if (!identity_is_url(url))
		return -EINVAL;
	snprintf(whole, sizeof(whole), "%s%s", url, path);
	snprintf(h->host, sizeof(h->host), "%s", url + strlen("https://"));
	h->header_bytes = 0;
	h->retry_after = -1;
	h->detail[0] = '\0';
	buf_reset(&h->body);
	if (!wake(h) || !set_headers(h, hold) ||
	    curl_easy_setopt(h->easy, CURLOPT_URL, whole) != 0 ||
	    curl_easy_setopt(h->easy, CURLOPT_POST, 1L) != 0 ||
	    curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			     (curl_off_t)body->len) != 0 ||
	    curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS,
			     body->len ? (const char *)body->data : "") != 0 ||
	    curl_multi_add_handle(h->multi, h->easy) != CURLM_OK)
		r = -ENOMEM;
	if (r < 0)
		http_rest(h);
	h->busy = r == 0;
	return r;
}

const struct buf *http_body(const struct http *h)
{
	return &h->body;
}

static void tell(struct http *h, CURLcode code, struct outcome *ret)
{
	long status = 0, verify = 0;

	if (code == CURLE_OK) {
		curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
		outcome_http(ret, h->host, status, h->body.data, h->body.len,
			     h->retry_after);
		return;
	}
	if (code == CURLE_WRITE_ERROR)
		snprintf(h->detail, sizeof(h->detail), "%s",
			 "reply larger than 4 MiB, or header than 16 KiB");
	curl_easy_getinfo(h->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
	outcome_transport(ret, h->host, (int)code, h->detail, verify);
}

/* True where the exchange is over. */
static bool move_on(struct http *h, struct outcome *ret)
{
	CURLMsg *m = NULL;
	int running = 0, left = 0;
	CURLMcode e = curl_multi_perform(h->multi, &running);

	while (e == CURLM_OK && (m = curl_multi_info_read(h->multi, &left))) {
		if (m->msg == CURLMSG_DONE) {
			CURLcode code = m->data.result;

			stop(h);
			tell(h, code, ret);
			return true;
		}
	}
	if (e == CURLM_OK)
		return false;
	stop(h);
	outcome_transport(ret, h->host, CURLE_OUT_OF_MEMORY,
			  curl_multi_strerror(e), 0);
	return true;
}

bool http_wait(struct http *h, struct pollfd *extra, int64_t ms,
	       struct outcome *ret)
{
	int most = ms < 0 ? -1 : ms > INT32_MAX ? INT32_MAX : (int)ms;
	struct curl_waitfd w = {.fd = CURL_SOCKET_BAD};

	if (!h->busy) {
		poll(extra, extra ? 1 : 0, most);
		return false;
	}
	if (extra) {
		extra->revents = 0;
		w = (struct curl_waitfd){.fd = extra->fd,
					 .events = CURL_WAIT_POLLIN};
	}
	if (move_on(h, ret))
		return true;
	if (most < 0 || most > POLL_MAX)
		most = POLL_MAX;
	if (curl_multi_poll(h->multi, &w, extra ? 1 : 0, most, NULL) !=
	    CURLM_OK)
		return move_on(h, ret);
	if (extra && w.revents)
		extra->revents = POLLIN;
	return move_on(h, ret);
}
