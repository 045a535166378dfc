/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "agent/format/gzip.h"
#include "lib/limits.h"

/* gzip of ${len} bytes 'x'. */
static size_t compress_row(uint8_t *to, size_t cap, size_t len)
{
	uint8_t *row = malloc(len ? len : 1);
	z_stream z = { .next_in = row, .avail_in = (uInt)len,
		       .next_out = to, .avail_out = (uInt)cap };

	memset(row, 'x', len);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	free(row);
	return cap - z.avail_out;
}

static void what_was_compressed_comes_out(void **state)
{
	const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 1000000 };
	uint8_t packed[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = compress_row(packed, sizeof(packed), sizes[i]);
		size_t left = MIB(2);
		struct buf out;

		buf_init(&out, MIB(1));
		assert_int_equal(gzip_inflate(packed, n, &left, &out), 0);
		assert_int_equal(out.len, sizes[i]);
		assert_int_equal(left, MIB(2) - sizes[i]);
		buf_free(&out);
	}
}

static void a_bomb_ends_at_either_limit(void **state)
{
	uint8_t packed[32768];
	size_t n = compress_row(packed, sizeof(packed), MIB(8));
	size_t left = MIB(1);
	struct buf out;

	(void)state;
	buf_init(&out, MIB(16));
	assert_int_equal(gzip_inflate(packed, n, &left, &out), -EFBIG);
	assert_int_equal(left, 0);
	assert_int_equal(out.len, MIB(1));
	assert_int_equal(gzip_inflate(packed, n, &left, &out), -EFBIG);
	buf_free(&out);
	left = MIB(64);
	buf_init(&out, MIB(2));
	assert_int_equal(gzip_inflate(packed, n, &left, &out), -EFBIG);
	assert_in_range(out.len, MIB(1), MIB(2));
	buf_free(&out);
}

static void all_members_come_out_within_one_limit(void **state)
{
	uint8_t packed[16384];
	size_t n = compress_row(packed, sizeof(packed), 100000);
	size_t left = MIB(1);
	struct buf out;

	(void)state;
	n += compress_row(packed + n, sizeof(packed) - n, 0);
	n += compress_row(packed + n, sizeof(packed) - n, 200000);
	buf_init(&out, MIB(1));
	/* padding, no member */
	memset(packed + n, 0, 100);
	assert_int_equal(gzip_inflate(packed, n + 100, &left, &out), 0);
	assert_int_equal(out.len, 300000);
	assert_int_equal(left, MIB(1) - 300000);
	buf_reset(&out);
	assert_int_equal(gzip_inflate(packed, n - 1, &left, &out), -EBADMSG);
	left = 200000;
	buf_reset(&out);
	assert_int_equal(gzip_inflate(packed, n, &left, &out), -EFBIG);
	assert_int_equal(left, 0);
	buf_free(&out);
}

static void what_is_damaged_is_refused(void **state)
{
	uint8_t packed[8192];
	size_t n = compress_row(packed, sizeof(packed), 100000);
	size_t left = MIB(64);
	struct buf out;

	(void)state;
	buf_init(&out, MIB(64));
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(gzip_inflate(packed, cut, &left, &out),
				 -EBADMSG);
	for (size_t at = 10; at < n; at++) {
		packed[at] ^= 0xff;
		assert_int_equal(gzip_inflate(packed, n, &left, &out),
				 -EBADMSG);
		packed[at] ^= 0xff;
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_compressed_comes_out),
		cmocka_unit_test(a_bomb_ends_at_either_limit),
		cmocka_unit_test(all_members_come_out_within_one_limit),
		cmocka_unit_test(what_is_damaged_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
