/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/queue.h>

#include <event2/http.h>

#include "collector-stub/api/request.h"
#include "lib/limits.h"

static const char *const two[] = { "filter", "limit", NULL };
static const char *const any[] = { "*", NULL };

/* What is answered where ${query} is refused, or "". */
static const char *answer(const char *query, const char *const *takes)
{
	static char text[512];
	const struct api_route route = { .query = takes };
	struct exchange x = { .work = NULL };
	struct api q = { .exchange = &x, .route = &route };
	int r = 0;

	TAILQ_INIT(&q.query);
	reply_init(&x.reply);
	x.reply.json = true;
	r = request_query(query, &q);
	assert_true(r == 0 || r == -EINVAL);
	if (r < 0)
		assert_int_equal(x.reply.status, 400);
	snprintf(text, sizeof(text), "%s", r < 0 ? buf_str(&x.reply.body) : "");
	evhttp_clear_headers(&q.query);
	reply_free(&x.reply);
	return text;
}

static bool refuses(const char *query, const char *word)
{
	return strstr(answer(query, two), word) != NULL;
}

static void parameters_of_the_route_are_taken(void **state)
{
	(void)state;
	assert_string_equal(answer(NULL, NULL), "");
	assert_string_equal(answer("", NULL), "");
	assert_string_equal(answer("limit=2&filter=a%20=%20b", two), "");
	assert_string_equal(answer("filter=path+~+%2500", two), "");
	assert_string_equal(answer("code=a&session_state=b", any), "");
}

static void what_a_route_does_not_know_is_refused_by_name(void **state)
{
	(void)state;
	assert_true(refuses("fliter=role+%3D+root", "not known here: fliter"));
	assert_true(refuses("limit=2&Filter=a", "not known here: Filter"));
	assert_string_not_equal(answer("limit=2", NULL), "");
}

static void what_is_there_twice_is_refused(void **state)
{
	(void)state;
	assert_true(refuses("filter=a&limit=2&filter=b", "filter twice"));
	assert_true(refuses("filter=a&Filter=b", "filter twice"));
	assert_true(strstr(answer("code=a&code=b", any), "code twice"));
}

static void there_may_be_only_so_many(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, KIB(16));
	for (int i = 0; i < 32; i++)
		buf_addf(&b, "%sp%d=1", i > 0 ? "&" : "", i);
	assert_string_equal(answer(buf_str(&b), any), "");
	buf_adds(&b, "&q=1");
	assert_true(strstr(answer(buf_str(&b), any), "more than 32"));
	buf_free(&b);
}

static void a_value_with_a_nul_is_refused(void **state)
{
	(void)state;
	assert_true(refuses("filter=role+%3D+root%00x", "is not valid"));
	assert_true(strstr(answer("code=a%00", any), "is not valid"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_of_the_route_are_taken),
		cmocka_unit_test(what_a_route_does_not_know_is_refused_by_name),
		cmocka_unit_test(what_is_there_twice_is_refused),
		cmocka_unit_test(there_may_be_only_so_many),
		cmocka_unit_test(a_value_with_a_nul_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
