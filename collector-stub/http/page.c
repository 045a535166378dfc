/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/http.h>

#include "collector-stub/http/exchange.h"
#include "collector-stub/http/server.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"

/* Nothing inline, nothing from elsewhere, in no frame. */
#define POLICY \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; " \
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; " \
	"frame-ancestors 'none'"

struct item {
	char name[128];
	char etag[HASH_SIZE + 3];
	struct buf data;
};

struct page {
	struct item items[PAGE_FILES];
	size_t n;
};

static const struct {
	const char *ending;
	const char *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(dot, types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static int load_one(struct page *p, const char *directory, const char *name)
{
	struct item *i = &p->items[p->n];
	uint8_t hash[HASH_SIZE];
	char path[4096], hex[HASH_HEX];
	struct stat st;
	int r = file_path(path, sizeof(path), directory, name);

	if (r < 0 || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return r;
	if (p->n == PAGE_FILES || strlen(name) >= sizeof(i->name))
		return -EFBIG;
	buf_init(&i->data, LIMIT_REPLY);
	p->n++;
	snprintf(i->name, sizeof(i->name), "%s", name);
	r = file_read(path, &i->data);
	hash_sha256(i->data.data, i->data.len, hash);
	encode_hex(hash, HASH_SIZE / 2, hex);
	snprintf(i->etag, sizeof(i->etag), "\"%.32s\"", hex);
	return r;
}

int page_load(const char *directory, struct page **ret)
{
	DIR *dir = opendir(directory);
	struct page *p = dir ? calloc(1, sizeof(*p)) : NULL;
	struct dirent *e = NULL;
	int r = dir ? 0 : -errno;

	if (r == 0 && !p)
		r = -ENOMEM;
	while (r == 0 && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			r = load_one(p, directory, e->d_name);
	if (dir)
		closedir(dir);
	if (r < 0)
		page_free(p);
	else
		*ret = p;
	return r;
}

void page_free(struct page *p)
{
	for (size_t i = 0; p && i < p->n; i++)
		buf_free(&p->items[i].data);
	free(p);
}

static const struct item *find(const struct page *p, const char *name)
{
	for (size_t i = 0; p && i < p->n; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return &p->items[i];
	return NULL;
}

static const struct item *find_packed(const struct page *p, const char *name)
{
	char packed[160];

	snprintf(packed, sizeof(packed), "%s.gz", name);
	return find(p, packed);
}

static const char *input(struct exchange *x, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(x->request),
				  name);
}

static void answer(struct exchange *x, const struct item *i)
{
	const struct item *packed = find_packed(x->server->page, i->name);
	const char *accept = input(x, "Accept-Encoding");
	const char *known = input(x, "If-None-Match");
	const char *type = type_of(i->name);
	struct reply *r = &x->reply;

	r->type = type;
	reply_header(r, "Content-Security-Policy", POLICY);
	reply_header(r, "X-Content-Type-Options", "nosniff");
	reply_header(r, "Referrer-Policy", "no-referrer");
	reply_header(r, "Cross-Origin-Opener-Policy", "same-origin");
	reply_header(r, "Cache-Control", "no-cache");
	if (packed) {
		reply_header(r, "Vary", "Accept-Encoding");
		if (accept && strstr(accept, "gzip")) {
			reply_header(r, "Content-Encoding", "gzip");
			i = packed;
		}
	}
	reply_header(r, "ETag", i->etag);
	r->status = known && strstr(known, i->etag) ? 304 : 200;
	if (r->status == 200)
		buf_add(&r->body, i->data.data, i->data.len);
	if (r->body.failed)
		reply_later(r, "overloaded", "no memory");
}

void page_handle(struct exchange *x)
{
	const struct evhttp_uri *uri =
		evhttp_request_get_evhttp_uri(x->request);
	const char *name = evhttp_uri_get_path(uri) + 1;
	enum evhttp_cmd_type method = evhttp_request_get_command(x->request);
	const struct item *i = find(x->server->page, *name ? name :
				    "index.html");

	if (!i) {
		reply_problem(&x->reply, 404, "not-found",
			      "nothing is served at this path");
	} else if (method != EVHTTP_REQ_GET && method != EVHTTP_REQ_HEAD) {
		reply_problem(&x->reply, 405, "wrong-method",
			      "only GET is served at this path");
		x->reply.allow = "GET, HEAD";
	} else {
		answer(x, i);
	}
	exchange_finish(x);
}
