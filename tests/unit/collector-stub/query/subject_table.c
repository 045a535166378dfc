/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "collector-stub/query/query.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_command_that_ended_has_the_word_of_its_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
