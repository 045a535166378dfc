/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/json.h"

#define SUBJECT_MAX 200

static const struct event_words {
	const char *event;
	const char *words;
} events[] = {
	{ "begins", "" },
	{ "continues", "still " },
	{ "escalates", "still " },
	{ "ends", "over: " },
	{ "test", "test of the channel" },
};

static const char *event_words(const char *event)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(event, events[i].event) == 0)
			return events[i].words;
	return "";
}

/* One line: what could break it is a blank. */
static void add_line(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_addch(out, (unsigned char)*text < ' ' || *text == 127
				       ? ' ' : *text);
}

void message_subject(const Alert__Message *m, struct buf *out)
{
	size_t start = out->len;

	buf_addf(out, "[%s] %s: %s", m->severity, m->rule,
		 event_words(m->event));
	if (m->n_items > 0)
		add_line(out, m->items[0]->title);
	else if (strcmp(m->event, "ends") == 0)
		buf_adds(out, "nothing is open");
	if (m->n_items > 0 && *m->items[0]->host) {
		buf_adds(out, " on ");
		add_line(out, m->items[0]->host);
	}
	if (m->count > 1)
		buf_addf(out, " and %llu more",
			 (unsigned long long)m->count - 1);
	if (out->failed || out->len - start <= SUBJECT_MAX)
		return;
	out->len = start + SUBJECT_MAX;
	/* no half of a character */
	while (out->len > start && (out->data[out->len] & 0xc0) == 0x80)
		out->len--;
}

static void add_head(const Alert__Item *t, struct buf *out)
{
	char when[CLOCK_TEXT];

	add_line(out, t->title);
	if (*t->host) {
		buf_adds(out, " on ");
		add_line(out, t->host);
	}
	clock_rfc3339(t->since, when);
	buf_addf(out, " (since %s)", when);
}

static void add_item(const Alert__Item *t, struct buf *out)
{
	buf_adds(out, "* ");
	add_head(t, out);
	buf_addch(out, '\n');
	for (size_t i = 0; i < t->n_names && i < t->n_values; i++) {
		if (!*t->values[i])
			continue;
		buf_addf(out, "    %s: ", t->names[i]);
		add_line(out, t->values[i]);
		buf_addch(out, '\n');
	}
	if (*t->link)
		buf_addf(out, "    page: %s\n", t->link);
}

static void add_more(const Alert__Message *m, struct buf *out)
{
	buf_addf(out, "... and %llu more",
		 (unsigned long long)(m->count - m->n_items));
}

void message_text(const Alert__Message *m, struct buf *out)
{
	message_subject(m, out);
	buf_adds(out, "\n\n");
	for (size_t i = 0; i < m->n_items; i++)
		add_item(m->items[i], out);
	if (m->count > m->n_items) {
		add_more(m, out);
		buf_addch(out, '\n');
	}
	if (*m->advice) {
		buf_adds(out, "\nWhat to do: ");
		add_line(out, m->advice);
		buf_addch(out, '\n');
	}
}

/* --------------------------------------------------------------- JSON */

static void json_item(struct json *j, const Alert__Item *t)
{
	json_begin_object(j, NULL);
	json_quoted(j, "key", t->key);
	json_quoted(j, "title", t->title);
	json_text(j, "host", t->host);
	json_time(j, "since", t->since);
	json_text(j, "link", t->link);
	json_begin_object(j, "facts");
	for (size_t i = 0; i < t->n_names && i < t->n_values; i++)
		json_text(j, t->names[i], t->values[i]);
	json_end_object(j);
	json_end_object(j);
}

static void json_message(struct json *j, const char *name,
			 const Alert__Message *m)
{
	json_begin_object(j, name);
	json_quoted(j, "rule", m->rule);
	json_quoted(j, "severity", m->severity);
	json_quoted(j, "event", m->event);
	json_time(j, "time", m->time);
	json_text(j, "advice", m->advice);
	json_number(j, "count", (int64_t)m->count);
	json_number(j, "open", (int64_t)m->open);
	json_begin_array(j, "items");
	for (size_t i = 0; i < m->n_items; i++)
		json_item(j, m->items[i]);
	json_end_array(j);
	json_end_object(j);
}

static void write_generic(const Alert__Message *m, const char *secret,
			  struct buf *out)
{
	struct json j;

	(void)secret;
	json_init(&j, out);
	json_message(&j, NULL, m);
}

/* Slack reads &, < and > as markup. */
static void add_slack(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			buf_adds(out, "&amp;");
		else if (*text == '<')
			buf_adds(out, "&lt;");
		else if (*text == '>')
			buf_adds(out, "&gt;");
		else
			buf_addch(out, *text);
	}
}

static void write_slack(const Alert__Message *m, const char *secret,
			struct buf *out)
{
	struct buf text, escaped;
	struct json j;

	(void)secret;
	buf_init(&text, MESSAGE_MAX);
	buf_init(&escaped, 5 * MESSAGE_MAX);
	message_text(m, &text);
	add_slack(&escaped, buf_str(&text));
	json_init(&j, out);
	json_begin_object(&j, NULL);
	json_quoted(&j, "text", buf_str(&escaped));
	json_end_object(&j);
	out->failed |= text.failed || escaped.failed;
	buf_free(&text);
	buf_free(&escaped);
}

/* What an agent has a say in is no TextBlock: that obeys Markdown. */
static void card_plain(struct json *j, const char *text, const char *weight,
		       const char *color)
{
	json_begin_object(j, NULL);
	json_quoted(j, "type", "RichTextBlock");
	json_begin_array(j, "inlines");
	json_begin_object(j, NULL);
	json_quoted(j, "type", "TextRun");
	json_quoted(j, "text", text);
	json_quoted(j, "weight", weight);
	json_quoted(j, "color", color);
	json_end_object(j);
	json_end_array(j);
	json_end_object(j);
}

static void card_text(struct json *j, const char *text)
{
	json_begin_object(j, NULL);
	json_quoted(j, "type", "TextBlock");
	json_quoted(j, "text", text);
	json_bool(j, "wrap", true);
	json_quoted(j, "color", "Accent");
	json_end_object(j);
}

/* In several blocks, since no line ends within one. */
static void card_item(struct json *j, const Alert__Item *t, struct buf *work)
{
	buf_reset(work);
	add_head(t, work);
	card_plain(j, buf_str(work), "Default", "Default");
	buf_reset(work);
	for (size_t i = 0; i < t->n_names && i < t->n_values; i++) {
		if (!*t->values[i])
			continue;
		buf_addf(work, "%s%s: ", work->len > 0 ? "; " : "",
			 t->names[i]);
		add_line(work, t->values[i]);
	}
	if (work->len > 0)
		card_plain(j, buf_str(work), "Lighter", "Default");
	if (!*t->link)
		return;
	buf_reset(work);
	buf_addf(work, "[page](%s)", t->link);
	card_text(j, buf_str(work));
}

static void card_body(struct json *j, const Alert__Message *m,
		      struct buf *work)
{
	const char *color = strcmp(m->event, "ends") == 0 ? "Good" :
		strcmp(m->severity, "critical") == 0 ? "Attention" :
		strcmp(m->severity, "warning") == 0 ? "Warning" : "Default";

	json_begin_array(j, "body");
	message_subject(m, work);
	card_plain(j, buf_str(work), "Bolder", color);
	for (size_t i = 0; i < m->n_items; i++)
		card_item(j, m->items[i], work);
	if (m->count > m->n_items) {
		buf_reset(work);
		add_more(m, work);
		card_plain(j, buf_str(work), "Default", "Default");
	}
	if (*m->advice)
		card_text(j, m->advice);
	json_end_array(j);
}

static void write_teams(const Alert__Message *m, const char *secret,
			struct buf *out)
{
	struct buf work;
	struct json j;

	(void)secret;
	buf_init(&work, MESSAGE_MAX);
	json_init(&j, out);
	json_begin_object(&j, NULL);
	json_quoted(&j, "type", "message");
	json_begin_array(&j, "attachments");
	json_begin_object(&j, NULL);
	json_quoted(&j, "contentType",
		    "application/vnd.microsoft.card.adaptive");
	json_begin_object(&j, "content");
	json_quoted(&j, "$schema",
		    "http://adaptivecards.io/schemas/adaptive-card.json");
	json_quoted(&j, "type", "AdaptiveCard");
	json_quoted(&j, "version", "1.4");
	card_body(&j, m, &work);
	json_end_object(&j);
	json_end_object(&j);
	json_end_array(&j);
	json_end_object(&j);
	out->failed |= work.failed;
	buf_free(&work);
}

/* An incident for each rule, which ends with the rule's last alert; of other
 * ends it is not told (outbox.h). */
static void write_pagerduty(const Alert__Message *m, const char *secret,
			    struct buf *out)
{
	bool over = strcmp(m->event, "ends") == 0 && m->open == 0;
	struct buf work;
	struct json j;

	buf_init(&work, MESSAGE_MAX);
	message_subject(m, &work);
	json_init(&j, out);
	json_begin_object(&j, NULL);
	json_quoted(&j, "routing_key", secret);
	json_quoted(&j, "event_action", over ? "resolve" : "trigger");
	json_quoted(&j, "dedup_key", m->rule);
	json_begin_object(&j, "payload");
	json_quoted(&j, "summary", buf_str(&work));
	json_quoted(&j, "source", m->n_items > 0 && *m->items[0]->host
				? m->items[0]->host : "certwalk");
	json_quoted(&j, "severity", m->severity);
	json_time(&j, "timestamp", m->time);
	json_message(&j, "custom_details", m);
	json_end_object(&j);
	json_end_object(&j);
	out->failed |= work.failed;
	buf_free(&work);
}

/* Slack cuts texts at 40,000 characters.  Teams has 28 KB in its documents, but
 * counts two bytes for each, and refuses what is longer with 413.  PagerDuty
 * takes 512 KB. */
const struct message_form message_forms[] = {
	{ "generic", SIZE_MAX, write_generic },
	{ "slack", 39000, write_slack },
	{ "teams", 12000, write_teams },
	{ "pagerduty", 500000, write_pagerduty },
	{ NULL, 0, NULL },
};

void message_write(const struct message_form *f, const Alert__Message *m,
		   const char *secret, struct buf *out)
{
	const size_t start = out->len;
	Alert__Message part = *m;

	f->write(&part, secret, out);
	while (!out->failed && out->len - start > f->max && part.n_items > 1) {
		part.n_items--;
		out->len = start;
		f->write(&part, secret, out);
	}
}

/* --------------------------------------------------------------- mail */

/* RFC 5322 section 3.3, RFC 2047 section 2: 76 bytes a line, so 39 of text,
 * cut between characters. */
static void add_subject(struct buf *out, const char *text)
{
	size_t left = strlen(text), n = 0;

	buf_adds(out, "Subject:");
	while (left > 0) {
		n = left < 39 ? left : 39;
		while (n < left && n > 1 && (text[n] & 0xc0) == 0x80)
			n--;
		buf_adds(out, " =?UTF-8?B?");
		encode_base64(out, text, n);
		buf_adds(out, "?=\r\n");
		text += n;
		left -= n;
	}
}

static void add_date(struct buf *out, int64_t now)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)now;
	struct tm tm = { .tm_mday = 1 };

	gmtime_r(&t, &tm);
	buf_addf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
		 days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* RFC 2045 section 6.8: lines of 76. */
static void add_body(struct buf *out, const struct buf *text)
{
	for (size_t at = 0; at < text->len; at += 57) {
		encode_base64(out, text->data + at,
			      text->len - at < 57 ? text->len - at : 57);
		buf_adds(out, "\r\n");
	}
}

void message_mail(const Alert__Message *m, const char *from,
		  char *const *to, size_t n_to, const char *id,
		  struct buf *out)
{
	const char *domain = strchr(from, '@');
	struct buf work;

	buf_init(&work, MESSAGE_MAX);
	buf_addf(out, "From: <%s>\r\nTo:", from);
	for (size_t i = 0; i < n_to; i++)
		buf_addf(out, "%s <%s>", i > 0 ? ",\r\n" : "", to[i]);
	buf_adds(out, "\r\n");
	message_subject(m, &work);
	add_subject(out, buf_str(&work));
	add_date(out, m->time);
	buf_addf(out, "Message-ID: <%s%s>\r\n", id, domain ? domain : "");
	buf_adds(out, "Auto-Submitted: auto-generated\r\n"
		 "MIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: base64\r\n\r\n");
	buf_reset(&work);
	message_text(m, &work);
	add_body(out, &work);
	out->failed |= work.failed;
	buf_free(&work);
}
