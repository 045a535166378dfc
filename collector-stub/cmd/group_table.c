/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory for people. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/cmd/group.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/endpoint_text.h"
#include "lib/limits.h"
#include "lib/pkcs11_uri.h"
#include "lib/text.h"

#define DAY 86400
#define SOON (30 * DAY)

static bool has_color(void)
{
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

/* Where it is, printable and malloc'd; NULL without memory. */
static char *place_text(const Cw__Location *l)
{
	struct buf b;
	char *text = NULL;

	buf_init(&b, 2 * LIMIT_PATH);
	if (l->place_case == CW__LOCATION__PLACE_FILE)
		buf_add(&b, l->file->path.data, l->file->path.len);
	else if (l->place_case == CW__LOCATION__PLACE_ENDPOINT)
		endpoint_text(&b, l->endpoint);
	else if (l->place_case == CW__LOCATION__PLACE_TOKEN)
		pkcs11_uri(&b, l->token);
	if (*l->entry)
		buf_addf(&b, " #%s", l->entry);
	if (!b.failed)
		text = text_printable(b.data, b.len);
	buf_free(&b);
	return text;
}

static const char *color_of(const Cw__Facts *f, int64_t now)
{
	if (!has_color() || !f || !f->has_validity ||
	    f->not_after >= now + SOON)
		return "";
	return f->not_after < now ? "\033[31m" : "\033[33m";
}

static void print_expiry(const Cw__Facts *f, int64_t now)
{
	const char *color = color_of(f, now);
	char when[CLOCK_TEXT] = "unknown";

	if (!f || !f->has_validity) {
		printf("%-10s %7s ", "?", "");
		return;
	}
	clock_rfc3339(f->not_after, when);
	printf("%s%.10s %6lldd%s ", color, when,
	       (long long)((f->not_after - now) / DAY),
	       *color ? "\033[0m" : "");
}

static size_t count_hosts(const struct group *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++)
		n += i == 0 || strcmp(g->places[i].hostname,
				      g->places[i - 1].hostname) != 0;
	return n;
}

/* "first" or "first (+4)", of which at most ${width} bytes of the first. */
static void print_first(const char *first, size_t count, int width)
{
	char more[32] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " (+%zu)", count - 1);
	if (width > 0)
		printf("%.*s%-*s  ", width, first,
		       width + 7 - (int)strnlen(first, (size_t)width), more);
	else
		printf("%s%s\n", first, more);
}

static void begin(int64_t now)
{
	(void)now;
	printf("%-10s %7s %-12s  %-40s  %-23s  %s\n", "EXPIRES", "IN",
	       "SHA256", "SUBJECT", "HOST", "PLACE");
}

static int all(const struct group *g, int64_t now)
{
	const Cw__Facts *f = group_facts(g);
	const char *name = f ? f->subject : g->bad ? g->bad : "(not sent yet)";
	const char *first = g->places[0].hostname;
	char *subject = text_printable(*name ? name : "(no subject)",
				       strlen(*name ? name : "(no subject)"));
	char *host = text_printable(first, strlen(first));
	char *place = place_text(g->places[0].location);
	char hex[HASH_HEX] = "-";
	int r = subject && host && place ? 0 : -ENOMEM;

	if (g->has_object)
		encode_hex(g->object, HASH_SIZE, hex);
	if (r == 0) {
		print_expiry(f, now);
		printf("%-12.12s  %-40.40s  ", hex, subject);
		print_first(host, count_hosts(g), 16);
		print_first(place, g->count, 0);
	}
	free(subject);
	free(host);
	free(place);
	return r;
}

static void print_field(const char *name, const char *value)
{
	char *text = *value ? text_printable(value, strlen(value)) : NULL;

	if (text)
		printf("%-12s %s\n", name, text);
	free(text);
}

static void print_facts(const Cw__Facts *f, int64_t now)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT];

	print_field("subject", f->subject);
	print_field("issuer", f->issuer);
	print_field("serial", f->serial);
	if (f->has_validity) {
		clock_rfc3339(f->not_before, from);
		clock_rfc3339(f->not_after, to);
		printf("%-12s %s to %s, ", "valid", from, to);
		printf("%s%lld days left%s\n", color_of(f, now),
		       (long long)((f->not_after - now) / DAY),
		       *color_of(f, now) ? "\033[0m" : "");
	}
	if (*f->key_alg)
		printf("%-12s %s %u %s\n", "key", f->key_alg, f->key_bits,
		       f->curve);
	print_field("signature", f->sig_alg);
	print_field("role", f->role);
	for (size_t i = 0; i < f->n_dns_names; i++)
		print_field("name", f->dns_names[i]);
	for (size_t i = 0; i < f->n_ip_addresses; i++)
		print_field("address", f->ip_addresses[i]);
}

static bool is_anchor(const Cw__Location *l)
{
	return strcmp(l->role, "trust-anchor") == 0;
}

static int one(const struct group *g, int64_t now)
{
	const Cw__Facts *f = group_facts(g);
	char hex[HASH_HEX];

	encode_hex(g->object, HASH_SIZE, hex);
	printf("%-12s %s\n", "sha256", hex);
	if (f)
		print_facts(f, now);
	else
		print_field("unreadable", g->bad ? g->bad :
			    "not sent by its host yet");
	printf("\n%zu places on %zu hosts\n", g->count, count_hosts(g));
	for (size_t i = 0; i < g->count; i++) {
		char *place = place_text(g->places[i].location);
		char *host = text_printable(g->places[i].hostname,
					    strlen(g->places[i].hostname));

		if (place && host)
			printf("  %s  %s%s%s\n", host, place,
			       is_anchor(g->places[i].location)
				       ? "  (trust anchor)" : "",
			       g->places[i].revoked ? "  (revoked)" : "");
		free(place);
		free(host);
	}
	return 0;
}

const struct group_view group_table_view = {
	.format = "table",
	.begin = begin,
	.all = all,
	.one = one,
};
