/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/der.h"

#include <errno.h>
#include <string.h>

#include "lib/clock.h"

/* Identifier octets, the number in base 128 where it does not fit into one:
 * bytes used, or 0. */
static size_t read_tag(const uint8_t *p, size_t len, uint32_t *ret)
{
	uint32_t number = 0;

	if (len == 0)
		return 0;
	if ((p[0] & 0x1f) != 0x1f) {
		*ret = p[0];
		return 1;
	}
	for (size_t i = 1; i < len && i <= 3; i++) {
		number = number << 7 | (p[i] & 0x7f);
		if (p[i] & 0x80)
			continue;
		*ret = number << 8 | p[0];
		return i + 1;
	}
	return 0;
}

/* Length octets: bytes used, or 0. */
static size_t read_length(const uint8_t *p, size_t len, size_t *ret)
{
	size_t n, value = 0;

	if (len == 0 || p[0] == 0x80 || p[0] == 0xff)
		return 0;
	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	n = p[0] & 0x7f;
	if (n > len - 1)
		return 0;
	for (size_t i = 1; i <= n; i++) {
		if (value > UINT32_MAX >> 8)
			return 0;
		value = value << 8 | p[i];
	}
	/* above 2^31 - 1 nothing here can be whole, and sums stay safe */
	if (value > INT32_MAX)
		return 0;
	*ret = value;
	return n + 1;
}

static size_t read_header(const uint8_t *p, size_t len, uint32_t *ret_tag,
			  size_t *ret_length)
{
	size_t t = read_tag(p, len, ret_tag);
	size_t l = t ? read_length(p + t, len - t, ret_length) : 0;

	return l ? t + l : 0;
}

size_t der_length(const uint8_t *data, size_t len)
{
	uint32_t tag = 0;
	size_t length = 0;
	size_t header = read_header(data, len, &tag, &length);

	return header ? header + length : 0;
}

int der_next(struct der *d, struct der_element *ret)
{
	uint32_t tag = 0;
	size_t length = 0;
	size_t header = read_header(d->data, d->len, &tag, &length);

	if (header == 0 || length > d->len - header)
		return -EBADMSG;
	ret->tag = tag;
	ret->body = (struct der){d->data + header, length};
	ret->all = (struct der){d->data, header + length};
	d->data += header + length;
	d->len -= header + length;
	return 0;
}

int der_take(struct der *d, uint32_t tag, struct der *ret)
{
	struct der rest = *d;
	struct der_element e;

	if (der_next(&rest, &e) < 0 || e.tag != tag)
		return -EBADMSG;
	*d = rest;
	*ret = e.body;
	return 0;
}

bool der_is_next(const struct der *d, uint8_t tag)
{
	return d->len > 0 && d->data[0] == tag;
}

int der_take_optional(struct der *d, uint32_t tag, struct der *ret)
{
	int r;

	if (!der_is_next(d, (uint8_t)tag))
		return 0;
	r = der_take(d, tag, ret);
	return r < 0 ? r : 1;
}

bool der_equal(struct der a, struct der b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int der_take_integer(struct der *d, struct der *ret)
{
	struct der rest = *d, i;

	if (der_take(&rest, DER_INTEGER, &i) < 0 || i.len == 0)
		return -EBADMSG;
	if (i.len > 1 && ((i.data[0] == 0x00 && i.data[1] < 0x80) ||
			  (i.data[0] == 0xff && i.data[1] >= 0x80)))
		return -EBADMSG;
	*d = rest;
	*ret = i;
	return 0;
}

struct der der_magnitude(struct der integer)
{
	while (integer.len > 0 && integer.data[0] == 0) {
		integer.data++;
		integer.len--;
	}
	return integer;
}

size_t der_bits(struct der magnitude)
{
	if (magnitude.len == 0)
		return 0;
	return magnitude.len * 8 + 24 -
	       (size_t)__builtin_clz(magnitude.data[0]);
}

int der_uint32(struct der integer, uint32_t *ret)
{
	struct der m = der_magnitude(integer);
	uint32_t v = 0;

	if (integer.len == 0 || integer.data[0] >= 0x80 || m.len > 4)
		return -ERANGE;
	for (size_t i = 0; i < m.len; i++)
		v = v << 8 | m.data[i];
	*ret = v;
	return 0;
}

int der_take_bit_string(struct der *d, struct der *ret,
			unsigned int *ret_unused)
{
	struct der rest = *d, b;

	if (der_take(&rest, DER_BIT_STRING, &b) < 0 || b.len == 0 ||
	    b.data[0] > 7 || (b.len == 1 && b.data[0] != 0))
		return -EBADMSG;
	*d = rest;
	*ret_unused = b.data[0];
	*ret = (struct der){b.data + 1, b.len - 1};
	return 0;
}

int der_take_boolean(struct der *d, bool *ret)
{
	struct der rest = *d, b;

	if (der_take(&rest, DER_BOOLEAN, &b) < 0 || b.len != 1)
		return -EBADMSG;
	*d = rest;
	*ret = b.data[0] != 0;
	return 0;
}

static size_t put_decimal(unsigned __int128 v, char *text)
{
	char digits[40];
	uint64_t low;
	size_t n = 0;

	for (; v >> 64; v /= 10)
		digits[n++] = (char)('0' + (int)(v % 10));
	/* most arcs: a division of 128 bits costs ten times as much */
	low = (uint64_t)v;
	do {
		digits[n++] = (char)('0' + (int)(low % 10));
		low /= 10;
	} while (low > 0);
	for (size_t i = 0; i < n; i++)
		text[i] = digits[n - 1 - i];
	return n;
}

/* One arc: octets used, or -EBADMSG. */
static int read_arc(struct der oid, size_t at, unsigned __int128 *ret)
{
	unsigned __int128 v = 0;
	size_t i = at;

	if (oid.data[at] == 0x80)
		return -EBADMSG;
	for (; i < oid.len; i++) {
		if (v >> 121)
			return -EBADMSG;
		v = v << 7 | (oid.data[i] & 0x7f);
		if (!(oid.data[i] & 0x80))
			break;
	}
	*ret = v;
	return (int)(i - at + 1);
}

/* An octet of an OID gives at most four characters, so 255 give 1020, one more
 * for the first arc's two numbers. */
int der_oid_text(struct der oid, char text[static DER_OID_TEXT])
{
	size_t n = 0;

	if (oid.len == 0 || oid.len > 255 || oid.data[oid.len - 1] & 0x80)
		return -EBADMSG;
	for (size_t at = 0; at < oid.len;) {
		unsigned __int128 v = 0;
		int used = read_arc(oid, at, &v);

		if (used < 0)
			return used;
		if (at == 0) {
			unsigned int first = v < 40 ? 0 : v < 80 ? 1 : 2;

			text[n++] = (char)('0' + (int)first);
			v -= 40 * first;
		}
		text[n++] = '.';
		n += put_decimal(v, text + n);
		at += (size_t)used;
	}
	text[n] = '\0';
	return (int)n;
}

/* ${count} digits at the front of ${d} as a number, or -1. */
static int take_digits(struct der *d, size_t count)
{
	int v = 0;

	if (d->len < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (d->data[i] < '0' || d->data[i] > '9')
			return -1;
		v = v * 10 + (d->data[i] - '0');
	}
	d->data += count;
	d->len -= count;
	return v;
}

/* "Z", or "+hhmm" or "-hhmm", and nothing after it: seconds to take away. */
static int take_zone(struct der d, int64_t *ret)
{
	int sign, hours, minutes;

	if (d.len == 1 && d.data[0] == 'Z') {
		*ret = 0;
		return 0;
	}
	if (d.len != 5 || (d.data[0] != '+' && d.data[0] != '-'))
		return -EBADMSG;
	sign = d.data[0] == '+' ? 1 : -1;
	d.data++;
	d.len--;
	hours = take_digits(&d, 2);
	minutes = take_digits(&d, 2);
	if (hours < 0 || hours > 12 || minutes < 0 || minutes > 59)
		return -EBADMSG;
	*ret = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static bool is_digit_next(const struct der *d)
{
	return d->len > 0 && d->data[0] >= '0' && d->data[0] <= '9';
}

/* ".5": drops a fraction of a second. */
static int drop_fraction(struct der *d)
{
	if (!der_is_next(d, '.'))
		return 0;
	do {
		d->data++;
		d->len--;
	} while (is_digit_next(d));
	return d->data[-1] == '.' ? -EBADMSG : 0;
}

int der_time(uint32_t tag, struct der body, int64_t *ret)
{
	bool general = tag == DER_GENERALIZED_TIME;
	int year = take_digits(&body, general ? 4 : 2);
	int month = take_digits(&body, 2), day = take_digits(&body, 2);
	int hour = take_digits(&body, 2), minute = take_digits(&body, 2);
	int second = is_digit_next(&body) ? take_digits(&body, 2) : 0;
	int64_t zone = 0, t = 0;

	if (year < 0 || (!general && tag != DER_UTC_TIME))
		return -EBADMSG;
	if (!general)
		year += year < 50 ? 2000 : 1900;
	if (general && drop_fraction(&body) < 0)
		return -EBADMSG;
	if (take_zone(body, &zone) < 0 || second == 60 ||
	    clock_from_date(year, month, day, hour, minute, second, &t) < 0)
		return -EBADMSG;
	*ret = t - zone;
	return 0;
}
