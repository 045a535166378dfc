/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
		       curl_off_t d)
{
	const struct fetch *f = arg;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(f->stop);
}

static size_t take(char *data, size_t size, size_t n, void *arg)
{
	/* anything but the whole of it ends the transfer */
	return buf_add(arg, data, size * n) == 0 ? size * n : 0;
}

static void set_options(CURL *c, const struct fetch *f, struct buf *out,
			char *error)
{
	curl_easy_setopt(c, CURLOPT_URL, f->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)FETCH_SECONDS);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*f->ca_file) {
		curl_easy_setopt(c, CURLOPT_CAINFO, f->ca_file);
		curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
	}
	if (f->form)
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->form);
	if (f->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, f->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, f->password);
	}
	if (f->bearer) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, f->bearer);
	}
}

/* 401 is of ourselves: invalid_client (RFC 6749 section 5.2). */
static int status_error(long status)
{
	if (status == 200)
		return 0;
	return status >= 500 || status == 429 || status == 401 ? -EREMOTEIO
								: -EPROTO;
}

int fetch(const struct fetch *f, struct buf *out,
	  char ret_why[static FETCH_WHY])
{
	char error[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();
	CURLcode e = CURLE_OUT_OF_MEMORY;
	long status = 0;
	int r = -EIO;

	if (c) {
		set_options(c, f, out, error);
		e = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	}
	if (out->failed)
		snprintf(ret_why, FETCH_WHY, "%.160s: the answer is larger "
			 "than %zu bytes", f->url, out->max);
	else if (e != CURLE_OK)
		snprintf(ret_why, FETCH_WHY, "%.160s: %.90s", f->url,
			 *error ? error : curl_easy_strerror(e));
	else if (status != 200)
		snprintf(ret_why, FETCH_WHY, "%.160s answered %ld", f->url,
			 status);
	if (e == CURLE_OK && !out->failed)
		r = status_error(status);
	curl_easy_cleanup(c);
	return r;
}
