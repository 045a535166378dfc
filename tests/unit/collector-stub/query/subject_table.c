/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "collector-stub/query/query.h"
#include "lib/location_filter.h"
#include "lib/outcome.h"
#include "tests/unit/unit.h"

static void a_command_that_ended_has_the_word_of_its_outcome(void **state)
{
	const struct query_field *f =
		query_field(query_subject("commands"), "state");
	char word[32];

	(void)state;
	for (int i = CW__COMMAND_RESULT__OUTCOME__DONE;
	     i <= CW__COMMAND_RESULT__OUTCOME__UNKNOWN; i++) {
		snprintf(word, sizeof(word), "'%s'",
			 outcome_word((Cw__CommandResult__Outcome)i));
		assert_non_null(strstr(f->sql, word));
	}
}

static void the_locations_have_each_field_of_the_language(void **state)
{
	const struct query_subject *q = query_subject("locations");

	(void)state;
	for (const struct filter_field *f = location_fields; f->name; f++) {
		const struct query_field *have = query_field(q, f->name);

		if (!have)
			fail_msg("%s is missing", f->name);
		assert_int_equal(have->type, f->type);
	}
}

/* The words behind .Cm from one heading of the manual to the next. */
static void read_words(FILE *f, const char *subject, char *words, size_t cap)
{
	char line[512] = "", head[64];
	size_t n = 0;

	snprintf(head, sizeof(head), ".Ss %s\n", subject);
	while (fgets(line, sizeof(line), f) && strcmp(line, head) != 0)
		;
	n = (size_t)snprintf(words, cap, " ");
	while (fgets(line, sizeof(line), f) && strncmp(line, ".S", 2) != 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Cm ", 4) == 0)
			n += (size_t)snprintf(words + n, cap - n, "%s ",
					      line + 4);
	}
}

/* Takes a word out; false where it is not there. */
static bool strike(char *words, const char *word)
{
	char find[64], *at = NULL;
	size_t len = strlen(word);

	snprintf(find, sizeof(find), " %s ", word);
	at = strstr(words, find);
	if (at)
		memmove(at + 1, at + 2 + len, strlen(at + 2 + len) + 1);
	return at != NULL;
}

static void compare_words(const char *subject, const char *name)
{
	const struct query_subject *q = query_subject(subject);
	static char words[8192];
	FILE *f = fopen("man/certwalk-filter.7", "r");

	assert_non_null(f);
	read_words(f, name, words, sizeof(words));
	fclose(f);
	for (size_t i = 0; q && q->fields[i].name; i++)
		if (!strike(words, q->fields[i].name))
			fail_msg("%s: %s is not in the manual", name,
				 q->fields[i].name);
	for (size_t i = 0; !q && location_fields[i].name; i++)
		if (!strike(words, location_fields[i].name))
			fail_msg("%s: %s is not in the manual", name,
				 location_fields[i].name);
	if (words[strspn(words, " .")])
		fail_msg("%s: only in the manual: %s", name, words);
}

static void the_manual_has_each_field_of_each_subject(void **state)
{
	(void)state;
	for (size_t i = 0; query_subjects[i]; i++)
		compare_words(query_subjects[i]->name,
			      query_subjects[i]->name);
	compare_words("none", "scan");
}

static void what_only_grows_is_sorted_as_its_index_is(void **state)
{
	static const char *const names[] = {
		"events", "alerts", "alert-messages",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct query_subject *q = query_subject(names[i]);

		assert_string_equal(query_field(q, q->sort + 1)->sql,
				    q->ids[0].sql);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_command_that_ended_has_the_word_of_its_outcome),
		cmocka_unit_test(the_locations_have_each_field_of_the_language),
		cmocka_unit_test(the_manual_has_each_field_of_each_subject),
		cmocka_unit_test(what_only_grows_is_sorted_as_its_index_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
