/* SPDX-License-Identifier: Apache-2.0 */
/* Archives are made with tar, zip and the compressors, where they are there. */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "agent/format/libarchive.h"

extern const struct format format_archive;

static char folder[] = "/tmp/cw-test-XXXXXX";

/* A folder with x/cert.pem, x/noise, and what ${commands} make of them. */
static int make_files(void **state)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "in an archive");
	char path[64];
	FILE *f;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/x", folder);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/x/cert.pem", folder);
	f = fopen(path, "w");
	if (!f)
		return -1;
	PEM_write_X509(f, x);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
	format_configure(&(struct format_settings){.archives = true});
	format_archive.prepare();
	return 0;
}

static int remove_files(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return tool(command) ? 0 : -1;
}

/* Runs ${command} in the folder, then parses its file "out". */
static void parse(struct collected *c, const char *command)
{
	char line[512], path[64];
	struct buf data;

	snprintf(line, sizeof(line), "cd %s && rm -f out && %s", folder,
		 command);
	assert_true(tool(line));
	snprintf(path, sizeof(path), "%s/out", folder);
	buf_init(&data, MIB(16));
	assert_int_equal(file_read(path, &data), 0);
	collect(c, &format_archive, data.data, data.len, "out.pem.gz");
	buf_free(&data);
}

static bool is_ready(const char *program)
{
	return libarchive_load() && tool_is_installed(program);
}

static void tar_plain_and_compressed_is_read(void **state)
{
	static const char *const commands[] = {
		"tar cf out x", "tar cf - x | gzip >out",
		"tar cf - x | xz >out", "tar cf - x | bzip2 >out",
		"tar cf - x | zstd >out 2>/dev/null",
	};
	static const char *const programs[] = {
		"tar", "gzip", "xz", "bzip2", "zstd",
	};
	struct collected c;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!is_ready(programs[i]))
			continue;
		parse(&c, commands[i]);
		assert_string_equal(buf_str(&c.text),
				    "certificate x/cert.pem/1\n");
		collect_free(&c);
	}
}

static void a_compressed_file_has_the_name_outside(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("gzip"))
		skip();
	parse(&c, "gzip -c x/cert.pem >out");
	assert_string_equal(buf_str(&c.text), "certificate out.pem/1\n");
	collect_free(&c);
}

static void archives_in_archives_are_read(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("gzip"))
		skip();
	parse(&c, "tar cf a x && tar cf - a | gzip >b.gz && tar cf out b.gz "
		  "&& rm a b.gz");
	assert_string_equal(buf_str(&c.text),
			    "certificate b.gz/a/x/cert.pem/1\n");
	collect_free(&c);
}

static void zip_is_read(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("zip"))
		skip();
	parse(&c, "zip -q out.zip -r x && mv out.zip out");
	assert_string_equal(buf_str(&c.text), "certificate x/cert.pem/1\n");
	collect_free(&c);
	parse(&c, "zip -q -P secret out.zip -r x && mv out.zip out");
	assert_yields(&c, "gap 6 the archive has entries that need a password");
	collect_free(&c);
}

static void depth_is_limited(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("tar"))
		skip();
	parse(&c, "tar cf out x && for i in 1 2 3 4 5 6 7 8; do mv out in && "
		  "tar cf out in; done; rm in");
	assert_yields(&c, "archives nested too deep");
	assert_int_equal(c.certificates, 0);
	collect_free(&c);
}

static void a_bomb_is_left_alone(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("gzip"))
		skip();
	parse(&c, "truncate -s 200M zeros && tar cf - zeros x | gzip -1 >out; "
		  "rm zeros");
	assert_yields(&c, "gap 4 zeros: gives far more than goes in");
	assert_int_equal(c.certificates, 0);
	collect_free(&c);
}

static void what_an_archive_may_give_is_limited(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("tar"))
		skip();
	format_configure(&(struct format_settings){.archives = true,
						   .archive_entries = 5});
	parse(&c, "cp -r x y && cp -r x z && tar cf out x y z && rm -r y z");
	assert_string_equal(buf_str(&c.text),
			    "certificate x/cert.pem/1\n"
			    "certificate y/cert.pem/1\n"
			    "gap 4 z/: more entries than an archive "
			    "may have\n");
	collect_free(&c);
	format_configure(&(struct format_settings){.archives = true,
						   .archive_bytes = 100});
	parse(&c, "tar cf out x");
	assert_string_equal(buf_str(&c.text),
			    "gap 4 x/cert.pem: more comes out of it than is "
			    "read of an archive\n");
	collect_free(&c);
	format_configure(&(struct format_settings){.archives = true});
}

static void an_entry_above_its_limit_is_a_gap(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("gzip"))
		skip();
	parse(&c, "(cat x/cert.pem; head -c 17000000 /dev/zero | tr '\\0' a) "
		  ">long && tar cf - long x | gzip >out; rm long");
	assert_string_equal(buf_str(&c.text),
			    "gap 4 long: an entry above the limit\n"
			    "certificate x/cert.pem/1\n");
	collect_free(&c);
}

static void damage_is_reported(void **state)
{
	struct collected c;

	(void)state;
	if (!is_ready("gzip"))
		skip();
	parse(&c, "tar cf - x | gzip | head -c 300 >out");
	assert_int_equal(c.gaps, 1);
	assert_yields(&c, "gap 5 ");
	collect_free(&c);
	parse(&c, "printf 'PK\\003\\004 and nothing more' >out");
	assert_yields(&c, "gap 5 an archive that is damaged");
	collect_free(&c);
}

static void archives_are_no_business_unless_asked_for(void **state)
{
	static const uint8_t gzip[] = {0x1f, 0x8b, 0x08, 0x00};

	(void)state;
	format_configure(&(struct format_settings){.archives = false});
	assert_int_equal(format_archive.sniff(gzip, sizeof(gzip), 4, ""),
			 FORMAT_NO);
	format_configure(&(struct format_settings){.archives = true});
	assert_int_equal(format_archive.sniff(gzip, sizeof(gzip), 4, ""),
			 FORMAT_YES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tar_plain_and_compressed_is_read),
		cmocka_unit_test(a_compressed_file_has_the_name_outside),
		cmocka_unit_test(archives_in_archives_are_read),
		cmocka_unit_test(zip_is_read),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(a_bomb_is_left_alone),
		cmocka_unit_test(what_an_archive_may_give_is_limited),
		cmocka_unit_test(an_entry_above_its_limit_is_a_gap),
		cmocka_unit_test(damage_is_reported),
		cmocka_unit_test(archives_are_no_business_unless_asked_for),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
