/* SPDX-License-Identifier: Apache-2.0 */
/* Which password opens a PKCS#12 file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/pbe.h"
#include "agent/format/pkcs12.h"

/* The next password to try, paid for from the file's budget. */
static bool next(struct pkcs12 *s, struct password_try *t, uint64_t work,
		 struct password *ret)
{
	bool more = false;

	t->budget = s->budget;
	more = password_next(t, work, ret);
	s->budget = t->budget;
	return more;
}

static bool spend(struct pkcs12 *s, uint64_t work)
{
	if (work > s->budget)
		return false;
	s->budget -= work;
	return true;
}

static int gap_cost(struct pkcs12 *s, const char *what, uint64_t iterations)
{
	return emit_gap(s->e, CW__GAP_KIND__GAP_LOCKED,
			"%s: iteration count %llu is beyond the budget of %d",
			what, (unsigned long long)iterations, PBE_BUDGET);
}

int pkcs12_try_mac(struct pkcs12 *s, struct ber mac_data,
		   const struct ber *content)
{
	struct password_try t = { 0 };
	struct password p = { 0 };
	struct pbe_mac mac = { 0 };
	int r = pbe_mac_read(mac_data, &mac);

	s->has_mac = true;
	if (r == -EBADMSG)
		return emit_gap(s->e, CW__GAP_KIND__GAP_MALFORMED,
				"RFC 7292 section 4: MacData");
	snprintf(s->store.mac, sizeof(s->store.mac), "%s, %llu iterations",
		 mac.cost.scheme, (unsigned long long)mac.cost.iterations);
	mac.cost.work += pbe_mac_work(content->left);
	while (r == 0 && next(s, &t, mac.cost.work, &p)) {
		r = pbe_mac_verify(&mac, &p, content);
		if (r == 0) {
			s->store.opened = p;
			/* guessing is over: what follows has a use */
			s->budget = PBE_BUDGET;
			return 0;
		}
		r = r == -EKEYREJECTED ? 0 : r;
	}
	s->mac_unknown = r == -ENOTSUP;
	return t.is_beyond ? gap_cost(s, "MAC", mac.cost.iterations) : 0;
}

/* One password on one encrypted thing. */
static int decrypt_with(const struct ber *algorithm, const struct password *p,
			const struct ber *in, struct buf *out)
{
	struct ber whole = { 0 };
	struct ber_item item = { 0 };
	int r = 0;

	buf_reset(out);
	r = pbe_decrypt(algorithm, p, in, out);
	if (r < 0)
		return r;
	/* padding is right by chance once in 256 times */
	whole = ber_of(out->data, out->len);
	return ber_take(&whole, BER_SEQUENCE, &item) < 0 ? -EKEYREJECTED : 0;
}

static bool is_same(const struct password *a, const struct password *opened)
{
	return opened->source && a->text && opened->text &&
	       a->len == opened->len &&
	       memcmp(a->text, opened->text, a->len) == 0;
}

static int try_passwords(struct pkcs12 *s, uint64_t work,
			 const struct ber *algorithm, const struct ber *in,
			 struct buf *out)
{
	struct password_try t = { 0 };
	struct password p = { 0 };

	while (next(s, &t, work, &p)) {
		int r = -EKEYREJECTED;

		/* a derivation is dear, and that one was just refused */
		if (!is_same(&p, &s->store.opened))
			r = decrypt_with(algorithm, &p, in, out);
		if (r == 0 && !s->store.opened.source)
			s->store.opened = p;
		if (r != -EKEYREJECTED)
			return r;
	}
	return t.is_beyond ? -E2BIG : -EKEYREJECTED;
}

static int try_opened(struct pkcs12 *s, uint64_t work,
		      const struct ber *algorithm, const struct ber *in,
		      struct buf *out)
{
	struct password p = s->store.opened;
	int r = 0;

	if (!spend(s, work))
		return -E2BIG;
	r = decrypt_with(algorithm, &p, in, out);
	if (r != -EKEYREJECTED || p.len > 0)
		return r;
	/* none and the empty one differ, and writers mix them */
	p.text = p.text ? NULL : "";
	return spend(s, work) ? decrypt_with(algorithm, &p, in, out) : -E2BIG;
}

static int open_into(struct pkcs12 *s, const struct ber *algorithm,
		     const struct ber *in, struct buf *out)
{
	struct pbe cost = { 0 };
	int r = pbe_describe(algorithm, &cost);

	keystore_scheme(&s->store, cost.scheme, cost.iterations);
	if (r < 0)
		return r == -EBADMSG ? -ENOTSUP : r;
	cost.work += pbe_cipher_work(in->left);
	if (cost.work > s->budget)
		return -E2BIG;
	if (s->store.opened.source)
		r = try_opened(s, cost.work, algorithm, in, out);
	/* a key may have a password of its own */
	if (s->store.opened.source && r != -EKEYREJECTED)
		return r;
	/* a MAC that no password fits says that none will fit here */
	if (s->has_mac && !s->mac_unknown && !s->store.opened.source)
		return -EKEYREJECTED;
	return try_passwords(s, cost.work, algorithm, in, out);
}

int pkcs12_decrypt(struct pkcs12 *s, const struct ber *algorithm,
		   const struct ber *in, struct ber *ret)
{
	struct pkcs12_plain *plain = arena_alloc(&s->store.arena,
						 sizeof(*plain));
	int r = 0;

	if (!plain)
		return -ENOMEM;
	s->store.encrypted = true;
	/* a block more than there is: libcrypto cuts the padding off later */
	buf_init(&plain->bytes, in->left + 64);
	plain->next = s->plains;
	s->plains = plain;
	r = open_into(s, algorithm, in, &plain->bytes);
	if (r == 0)
		*ret = ber_of(plain->bytes.data, plain->bytes.len);
	return r;
}

void pkcs12_forget(struct pkcs12 *s)
{
	while (s->plains) {
		buf_free_secret(&s->plains->bytes);
		s->plains = s->plains->next;
	}
}

int pkcs12_locked(struct pkcs12 *s, const char *what, int error)
{
	switch (error) {
	case -EKEYREJECTED:
		s->store.locked++;
		return 0;
	case -E2BIG:
		s->store.locked++;
		return gap_cost(s, what, s->store.iterations);
	case -ENOTSUP:
		s->store.locked++;
		return emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: cipher of %s is not available here", what,
				s->store.scheme);
	default:
		return error;
	}
}
