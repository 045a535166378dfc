/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "lib/inventory_json.h"

static char weak[] = "weak-key", open_key[] = "open";
static char *flags[] = { weak, open_key };
static char root[] = "root", anchor[] = "trust-anchor", pem[] = "pem";

static Cw__FilePlace file(void)
{
	Cw__FilePlace f = CW__FILE_PLACE__INIT;

	f.path = (ProtobufCBinaryData){ 3, (uint8_t *)"/a\xff" };
	f.mode = 0100640;
	f.owner = f.group = root;
	return f;
}

static void expect(struct json *j, const char *text)
{
	json_end_object(j);
	assert_int_equal(buf_addch(j->out, '\0'), 0);
	assert_string_equal((char *)j->out->data, text);
	buf_free(j->out);
}

static void start(struct json *j, struct buf *out)
{
	buf_init(out, 4096);
	json_init(j, out);
	json_begin_object(j, NULL);
}

static void a_path_that_is_not_text_keeps_its_bytes(void **state)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = file();
	struct json j;
	struct buf out;

	(void)state;
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	l.format = pem;
	start(&j, &out);
	inventory_json_place(&j, &l);
	expect(&j, "{\"path\":\"/a\xef\xbf\xbd\",\"path_bytes\":\"L2H/\","
	       "\"mode\":\"0640\",\"owner\":\"root\",\"group\":\"root\","
	       "\"mtime\":\"1970-01-01T00:00:00Z\",\"format\":\"pem\","
	       "\"encrypted\":false}");
}

static void only_a_private_key_is_without_its_hash(void **state)
{
	Cw__Location l = CW__LOCATION__INIT;
	struct json j;
	struct buf out;

	(void)state;
	l.object = (ProtobufCBinaryData){ 2, (uint8_t *)"\x01\xab" };
	l.kind = CW__KIND__KIND_PUBLIC_KEY;
	start(&j, &out);
	inventory_json_object(&j, &l, NULL);
	expect(&j, "{\"sha256\":\"01ab\"}");
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	start(&j, &out);
	inventory_json_object(&j, &l, NULL);
	expect(&j, "{}");
}

static void the_verdict_joins_object_and_place(void **state)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__Facts f = CW__FACTS__INIT;
	struct json j;
	struct buf out;

	(void)state;
	f.role = root;
	f.flags = flags;
	f.n_flags = 1;
	start(&j, &out);
	inventory_json_verdict(&j, &l, &f);
	expect(&j, "{\"role\":\"root\",\"flags\":[\"weak-key\"]}");
	l.role = anchor;
	l.flags = flags + 1;
	l.n_flags = 1;
	start(&j, &out);
	inventory_json_verdict(&j, &l, &f);
	expect(&j, "{\"role\":\"trust-anchor\","
	       "\"flags\":[\"weak-key\",\"open\"]}");
	start(&j, &out);
	inventory_json_verdict(&j, NULL, NULL);
	expect(&j, "{}");
}

static void every_kind_has_a_word(void **state)
{
	(void)state;
	assert_string_equal(inventory_kind(CW__KIND__KIND_ENDPOINT),
			    "endpoint");
	assert_string_equal(inventory_kind(CW__KIND__KIND_UNSPECIFIED),
			    "unknown");
	assert_string_equal(inventory_kind((Cw__Kind)1000), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_is_not_text_keeps_its_bytes),
		cmocka_unit_test(only_a_private_key_is_without_its_hash),
		cmocka_unit_test(the_verdict_joins_object_and_place),
		cmocka_unit_test(every_kind_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
