/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cmd.h"
#include "lib/log.h"

int session_config(const char *path, struct collector_config *ret)
{
	enum log_level level = LOG_LEVEL_INFO;

	if (collector_config_load(ret, path) < 0)
		return EXIT_USAGE;
	if (log_level_parse(ret->log_level, &level) == 0)
		log_level(level);
	return EXIT_DONE;
}

int session_url(const struct collector_config *c, char ret[static SESSION_URL])
{
	int n = c->database[0] ?
		snprintf(ret, SESSION_URL, "%s", c->database) :
		snprintf(ret, SESSION_URL, "sqlite:%s/collector.db",
			 c->state_dir);

	return n < 0 || n >= SESSION_URL ? -ENAMETOOLONG : 0;
}

int session_open(const char *path, struct session *ret)
{
	struct session s = { .store = NULL };
	char url[SESSION_URL], error[256] = "";
	int r = session_config(path, &s.config);

	if (r != EXIT_DONE)
		return r;
	r = session_url(&s.config, url);
	if (r == 0)
		r = store_open(url, false, &s.store, error, sizeof(error));
	if (r == 0) {
		*ret = s;
		return EXIT_DONE;
	}
	if (r == -ENOENT)
		log_error("%s: there is no collector yet: run "
			  "certwalk-collector init",
			  store_name(url, error));
	else
		log_error("%s: %s", store_name(url, "database"), error);
	collector_config_free(&s.config);
	return EXIT_FAILED;
}

void session_close(struct session *s)
{
	store_close(s->store);
	collector_config_free(&s->config);
}

int session_failed(const struct session *s, const char *what)
{
	log_error("%s: %s", what, s->store->error);
	return EXIT_FAILED;
}

static int told(const struct session *s, int r,
		const struct filter_fault *fault, const char *what)
{
	if (r >= 0)
		return EXIT_DONE;
	if (r == -EINVAL && fault->column > 0)
		log_error("filter, column %zu: %s", fault->column,
			  fault->text);
	else if (r == -EINVAL)
		log_error("%s", fault->text);
	else if (r == -ETIMEDOUT)
		log_error("%s: it took longer than %d seconds", what,
			  QUERY_MS / 1000);
	else
		return session_failed(s, what);
	return r == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

int session_query(struct session *s, const struct query *q, query_row_fn *fn,
		  void *arg, const char *what)
{
	struct filter_fault fault = { .column = 0 };

	return told(s, query_each(s->store, q, fn, arg, &fault), &fault, what);
}

int session_page(struct session *s, const struct query *q, query_row_fn *fn,
		 void *arg, const char *what)
{
	struct filter_fault fault = { .column = 0 };

	return told(s, query_rows(s->store, q, fn, arg, &fault), &fault, what);
}

int session_second(const struct session *s, struct store **ret)
{
	char url[SESSION_URL], error[256] = "";
	int r = session_url(&s->config, url);

	if (r == 0)
		r = store_open(url, false, ret, error, sizeof(error));
	if (r < 0)
		log_error("database: %s", *error ? error : strerror(-r));
	return r;
}
