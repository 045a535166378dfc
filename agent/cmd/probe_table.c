/* SPDX-License-Identifier: Apache-2.0 */
/* For people: a line for each chain served, and what is remarkable about it. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cmd/probe_print.h"
#include "lib/clock.h"
#include "lib/text.h"

#define WHERE_COLUMNS 24
#define SUBJECT_COLUMNS 48
#define PLACE_TEXT (INET6_ADDRSTRLEN + 10)

static void place_text(const Cw__EndpointPlace *p, char text[PLACE_TEXT])
{
	char address[INET6_ADDRSTRLEN] = "?";
	bool v6 = p->address.len == 16;

	inet_ntop(v6 ? AF_INET6 : AF_INET, p->address.data, address,
		  sizeof(address));
	snprintf(text, PLACE_TEXT, v6 ? "[%s]:%u" : "%s:%u", address, p->port);
}

/* The text as a column, for what came from outside. */
static void print_text(FILE *out, const char *text, size_t columns)
{
	char *s = text_column(text, strlen(text), columns, false);

	fputs(s ? s : "?", out);
	free(s);
}

static int table_begin(FILE *out)
{
	fprintf(out, "%-*s %-8s %-10s %7s  %-11s %s\n", WHERE_COLUMNS,
		"ENDPOINT", "VERSION", "NOT AFTER", "DAYS", "CHAIN",
		"CERTIFICATE");
	return 0;
}

static void print_list(FILE *out, const char *what, char *const *list,
		       size_t n)
{
	if (n == 0)
		return;
	fprintf(out, "    %s", what);
	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? " " : ", ", out);
		print_text(out, list[i], 200);
	}
	fputc('\n', out);
}

static void print_notes(FILE *out, const Cw__EndpointPlace *p)
{
	if (*p->sni)
		fprintf(out, "    asked for %s\n", p->sni);
	if (*p->starttls)
		fprintf(out, "    after STARTTLS of %s\n", p->starttls);
	if (*p->cipher)
		fprintf(out, "    %s%s%s%s%s\n", p->cipher,
			*p->group ? ", " : "", p->group,
			*p->alpn ? ", ALPN " : "", p->alpn);
	if (p->n_versions > 1)
		print_list(out, "accepts", p->versions, p->n_versions);
	print_list(out, "post-quantum groups:", p->hybrid_groups,
		   p->n_hybrid_groups);
	if (p->asks_client)
		fputs("    asks for a client certificate\n", out);
	print_list(out, "of these authorities:", p->client_authorities,
		   p->n_client_authorities);
	if (*p->staple)
		fprintf(out, "    OCSP response stapled: %s\n", p->staple);
	if (strcmp(p->state, "mixed") == 0)
		fputs("    mixed: not every connection gets the same "
		      "certificate\n", out);
}

static void print_leaf(FILE *out, const Cw__Facts *f)
{
	bool named = f && *f->subject;
	const char *name = named ? f->subject
		: f && f->n_dns_names > 0 ? f->dns_names[0]
		: f ? "(no subject)" : "(malformed)";

	print_text(out, name, SUBJECT_COLUMNS);
	if (f && *f->key_alg)
		fprintf(out, " (%s %u)", f->key_alg, f->key_bits);
	fputc('\n', out);
}

static void print_served(FILE *out, const struct probe_answer *a,
			 const Ipc__ProbeServed *s)
{
	const Cw__EndpointPlace *p = s->place;
	const Cw__Facts *f = NULL;
	char when[CLOCK_TEXT] = "-", where[PLACE_TEXT];
	long long days = 0;

	if (s->n_chain > 0)
		f = a->result->certificates[s->chain[0]]->facts;
	if (f && f->has_validity) {
		clock_rfc3339(f->not_after, when);
		days = (long long)(f->not_after - clock_now()) / 86400;
	}
	place_text(p, where);
	fprintf(out, "%-*s %-8s %-10.10s %6lldd  %-11s ", WHERE_COLUMNS, where,
		p->tls_version, when, days, p->chain);
	print_leaf(out, f);
	print_notes(out, p);
}

static int table_answer(FILE *out, const struct probe_answer *a)
{
	const Ipc__ProbeResult *m = a->result;
	char where[PLACE_TEXT];

	place_text(a->place, where);
	for (size_t i = 0; i < m->n_served; i++)
		print_served(out, a, m->served[i]);
	for (size_t i = 0; i < m->n_refusals; i++)
		fprintf(out, "%-*s no certificate for %s: %s\n", WHERE_COLUMNS,
			where, *m->refusals[i]->name ? m->refusals[i]->name
			: "no name", m->refusals[i]->reason);
	if (!*m->failure || (m->n_served == 0 && m->n_refusals > 0))
		return 0;
	fprintf(out, "%-*s %s: ", WHERE_COLUMNS, where, m->failure);
	print_text(out, m->reason, 100);
	fputc('\n', out);
	return ferror(out) ? -EIO : 0;
}

static int table_end(FILE *out, const struct probe_counts *c)
{
	fprintf(out, "\n%" PRIu64 " asked, %" PRIu64 " speak TLS", c->targets,
		c->answered);
	for (size_t i = 0; c->failures[i].word; i++)
		fprintf(out, ", %" PRIu64 " %s", c->failures[i].count,
			c->failures[i].word);
	fputc('\n', out);
	return fflush(out) != 0 ? -errno : 0;
}

const struct probe_printer probe_print_table = {
	.name = "table",
	.begin = table_begin,
	.answer = table_answer,
	.end = table_end,
};
