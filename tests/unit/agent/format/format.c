/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every format: no length, count or depth in a file costs more
 * than its limits.  The fuzzers' seeds, a valid file of each format at least,
 * are cut at every place and get the largest numbers at every place. */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

#include <dirent.h>
#include <limits.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/format/pbe.h"
#include "lib/encode.h"

#define CORPUS "tests/fuzz/corpus"
#define SEED_MAX KIB(64)
#define PLACES_MAX 2048		/* bytes from the start that are changed */
#define PARSE_SECONDS 20	/* of CPU, for one file; budgets allow 4 */
/* of the process; the sanitizers keep what is freed for a while */
#ifdef CW_SANITIZED
#define MEMORY_MAX MIB(1500)
#define SPOILT 32		/* places in one seed */
#else
#define MEMORY_MAX MIB(600)
#define SPOILT 48
#endif

static const struct {
	uint8_t bytes[8];
	size_t len;
} worst[] = {
	{{0x7f, 0xff, 0xff, 0xff}, 4},
	{{0x80, 0x00, 0x00, 0x00}, 4},
	{{0xff, 0xff, 0xff, 0xff}, 4},
	{{0xff, 0xff, 0xff, 0x7f}, 4},
	{{0x00, 0x00, 0x00, 0x80}, 4},
	{{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8},
	{{0x80}, 8},
	{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 8},
	/* lengths of DER: 2^31, 2^63, without end */
	{{0x84, 0x80, 0x00, 0x00, 0x00}, 5},
	{{0x88, 0x80}, 8},
	{{0x80}, 1},
};

static int count_finding(void *arg, const Ipc__Finding *f)
{
	unsigned int *n = arg;

	assert_true(ipc__finding__get_packed_size(f) > 0);
	++*n;
	return 0;
}

static int count_gap(void *arg, Cw__GapKind kind, const char *reason)
{
	(void)arg;
	(void)kind;
	assert_true(is_utf8((const uint8_t *)reason, strlen(reason)));
	return 0;
}

static int64_t cpu_ms(void)
{
	struct timespec t = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* All formats over an exact copy, so that ASan sees overreads; findings. */
static unsigned int parse_all(const uint8_t *data, size_t len, const char *name)
{
	unsigned int n = 0;
	const struct emit_sink sink = {count_finding, count_gap, &n};
	uint8_t *copy = malloc(len ? len : 1);
	int64_t start = cpu_ms();
	struct source s = {0};
	struct emit e;

	if (len > 0)
		memcpy(copy, data, len);
	source_open_memory(&s, copy, len, name);
	emit_init(&e, &sink);
	format_parse(&s, &e);
	emit_free(&e);
	free(copy);
	assert_in_range(cpu_ms() - start, 0, PARSE_SECONDS * 1000);
	return n;
}

static unsigned int spoilt;	/* seeds that were parsed with a fault */

static void spoil(const uint8_t *seed, size_t len, const char *name)
{
	size_t n = sizeof(worst) / sizeof(worst[0]);
	size_t places = len < PLACES_MAX ? len : PLACES_MAX;
	uint8_t *copy = malloc(len + 8);

	/* a step that is prime to the number of places spreads them */
	for (size_t i = 0; i < places && i < SPOILT; i++) {
		size_t at = i * 7919 % places;

		for (size_t k = 0; k < n; k++) {
			if (at + worst[k].len > len)
				continue;
			memcpy(copy, seed, len);
			memcpy(copy + at, worst[k].bytes, worst[k].len);
			parse_all(copy, len, name);
			spoilt++;
		}
		parse_all(seed, at, name);
		spoilt++;
	}
	free(copy);
}

/* Calls ${each} for every seed of every format; their number. */
static unsigned int for_seeds(void (*each)(const uint8_t *data, size_t len,
					   const char *name))
{
	DIR *corpus = opendir(CORPUS), *folder;
	unsigned int n = 0;
	struct dirent *d;

	while (corpus && (d = readdir(corpus))) {
		char path[600];
		struct dirent *f;

		if (strncmp(d->d_name, "format_", 7) != 0)
			continue;
		snprintf(path, sizeof(path), CORPUS "/%s", d->d_name);
		folder = opendir(path);
		while (folder && (f = readdir(folder))) {
			struct buf b;

			buf_init(&b, SEED_MAX);
			snprintf(path, sizeof(path), CORPUS "/%s/%s",
				 d->d_name, f->d_name);
			if (f->d_name[0] != '.' && file_read(path, &b) == 0) {
				each(b.data, b.len, f->d_name);
				n++;
			}
			buf_free(&b);
		}
		closedir(folder);
	}
	if (corpus)
		closedir(corpus);
	return n;
}

static void the_largest_numbers_at_any_place_cost_little(void **state)
{
	struct rusage u = {0};
	unsigned int seeds;

	(void)state;
	format_configure(&(struct format_settings){.archives = true});
	seeds = for_seeds(spoil);
	format_configure(&(struct format_settings){.archives = false});
	if (seeds == 0)
		skip();
	/* most seeds are longer than their places, and take all faults */
	assert_in_range(spoilt, seeds * SPOILT * 9, UINT_MAX);
	getrusage(RUSAGE_SELF, &u);
	assert_in_range(u.ru_maxrss, 0, MEMORY_MAX / 1024);
}

static void sniff_cut(const uint8_t *data, size_t len, const char *name)
{
	for (size_t n = 0; n <= len && n <= 512; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, data, n);
		for (size_t i = 0; format_table[i]; i++) {
			format_table[i]->sniff(copy, n, n, name);
			format_table[i]->sniff(copy, n, UINT64_MAX, "");
		}
		free(copy);
	}
}

static void a_first_block_of_any_length_is_sniffed(void **state)
{
	(void)state;
	if (for_seeds(sniff_cut) == 0)
		skip();
}

static bool seeded[64];		/* by the place in the table */

static void note_formats(const uint8_t *data, size_t len, const char *name)
{
	for (size_t i = 0; format_table[i]; i++) {
		struct collected c;

		assert_in_range(i, 0, sizeof(seeded) - 1);
		collect(&c, format_table[i], data, len, name);
		seeded[i] |= c.result == 0 && c.text.len > 0;
		collect_free(&c);
	}
}

static void each_format_has_a_seed_of_its_own(void **state)
{
	unsigned int seeds;

	(void)state;
	format_configure(&(struct format_settings){.archives = true});
	seeds = for_seeds(note_formats);
	format_configure(&(struct format_settings){.archives = false});
	if (seeds == 0)
		skip();
	for (size_t i = 0; format_table[i]; i++) {
		if (!seeded[i])
			fail_msg("no seed of %s", format_table[i]->name);
	}
}

/* ${text} becomes a PEM block that holds it. */
static void wrap(struct buf *text)
{
	struct buf inner;

	buf_init(&inner, MIB(8));
	buf_add(&inner, text->data, text->len);
	buf_reset(text);
	buf_adds(text, "-----BEGIN PKCS7-----\n");
	encode_base64(text, inner.data, inner.len);
	buf_adds(text, "\n-----END PKCS7-----\n");
	buf_free(&inner);
}

static void nesting_ends_at_its_limit(void **state)
{
	struct collected c;
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "nested");
	extern const struct format format_pem;
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);
	struct buf text;

	(void)state;
	buf_init(&text, MIB(8));
	buf_add(&text, der, (size_t)len);
	for (int i = 0; i < LIMIT_NESTING; i++)
		wrap(&text);
	assert_int_equal(parse_all(text.data, text.len, ""), 1);
	wrap(&text);
	assert_int_equal(parse_all(text.data, text.len, ""), 0);
	collect(&c, &format_pem, text.data, text.len, "");
	assert_yields(&c, "nested deeper than 6 levels");
	collect_free(&c);
	for (int i = 0; i < 12; i++)
		wrap(&text);
	assert_int_equal(parse_all(text.data, text.len, ""), 0);
	buf_free(&text);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* 30 80 30 80 ..., and 30 84 7f ff ff ff within each other. */
static void a_tower_of_headers_is_no_recursion(void **state)
{
	static const uint8_t headers[][6] = {
		{0x30, 0x80, 0x30, 0x80, 0x30, 0x80},
		{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff},
		{0xa0, 0x80, 0x24, 0x80, 0xa0, 0x80},
		{0x30, 0x83, 0x0f, 0xff, 0x00, 0x00},
	};
	size_t len = MIB(2);
	uint8_t *tower = malloc(len);

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		static const uint8_t signed_data[] = {
			0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
			0xf7, 0x0d, 0x01, 0x07, 0x02,
		};

		for (size_t at = 0; at + 6 <= len; at += 6)
			memcpy(tower + at, headers[i], 6);
		parse_all(tower, len, "tower.der");
		memcpy(tower, signed_data, sizeof(signed_data));
		parse_all(tower, len, "tower.p7b");
		/* PFX of version 3 */
		memcpy(tower, "\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48"
		       "\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80", 22);
		parse_all(tower, len, "tower.p12");
	}
	free(tower);
}

static int prepare(void **state)
{
	(void)state;
	format_prepare();
	return pbe_init() < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_numbers_at_any_place_cost_little),
		cmocka_unit_test(each_format_has_a_seed_of_its_own),
		cmocka_unit_test(a_first_block_of_any_length_is_sniffed),
		cmocka_unit_test(nesting_ends_at_its_limit),
		cmocka_unit_test(a_tower_of_headers_is_no_recursion),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
