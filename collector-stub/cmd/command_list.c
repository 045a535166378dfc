/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/command.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/order/state.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/text.h"

static int print_row(void *arg, const struct store_command *c)
{
	const int64_t *now = arg;
	char when[CLOCK_TEXT];
	char *host = text_column(c->hostname, strlen(c->hostname), 20, true);
	char *action = text_column(c->action, strlen(c->action), 20, true);

	clock_rfc3339(c->not_before, when);
	printf("%-36s  %s  %s  %s  %-12s  %lld/%lld\n", c->id, when,
	       host ? host : "", action ? action : "",
	       state_of_command(c, *now),
	       (long long)c->signatures, (long long)c->needed);
	free(host);
	free(action);
	return 0;
}

static int print_json(void *arg, const struct store_command *c)
{
	const int64_t *now = arg;
	struct json j;
	struct buf b;
	int r;

	buf_init(&b, MIB(16));
	json_init(&j, &b);
	json_begin_object(&j, NULL);
	json_quoted(&j, "kind", "command");
	state_json(&j, c, *now);
	state_json_result(&j, c);
	json_end_object(&j);
	r = b.failed ? -ENOMEM : 0;
	printf("%s\n", buf_str(&b));
	buf_free(&b);
	return r;
}

static void print_output(const char *name, const ProtobufCBinaryData *d)
{
	const uint8_t *at = d->data, *end = at + d->len;

	if (d->len == 0)
		return;
	printf("%s\n", name);
	while (at < end) {
		const uint8_t *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl ? nl : end) - at);
		char *text = text_printable(at, len);

		printf("  %s\n", text ? text : "");
		free(text);
		at += len + 1;
	}
}

static int print_detail(void *arg, const struct store_command *c)
{
	Cw__CommandResult *m = NULL;
	char *text = NULL;
	int r = print_row(arg, c);

	if (c->result)
		m = cw__command_result__unpack(NULL, c->result_len, c->result);
	if (!m)
		return r;
	text = text_printable(m->detail, strlen(m->detail));
	printf("  %s\n", text ? text : "");
	free(text);
	print_output("output:", &m->output_head);
	if (m->output_bytes > m->output_head.len + m->output_tail.len)
		printf("  ... %llu bytes are left out\n",
		       (unsigned long long)(m->output_bytes -
					    m->output_head.len -
					    m->output_tail.len));
	print_output("end of output:", &m->output_tail);
	cw__command_result__free_unpacked(m, NULL);
	return r;
}

static void print_heading(void)
{
	printf("%-36s  %-20s  %-20s  %-20s  %-12s  %s\n", "COMMAND", "FROM",
	       "HOST", "ACTION", "STATE", "SIGNED");
}

static int show_all(const struct command_request *q, const char *id,
		    store_command_fn *table)
{
	int64_t now = clock_now();
	bool jsonl = q->format && strcmp(q->format, "jsonl") == 0;
	struct session s;
	int r;

	if (q->format && !jsonl && strcmp(q->format, "table") != 0) {
		log_error("--format %s: there is no such format", q->format);
		return EXIT_USAGE;
	}
	r = session_open(q->config, &s);
	if (r != EXIT_DONE)
		return r;
	if (!jsonl)
		print_heading();
	r = s.store->driver->command_list(s.store, id,
					  jsonl ? print_json : table, &now);
	r = r < 0 ? session_failed(&s, "orders cannot be listed") : EXIT_DONE;
	session_close(&s);
	return r;
}

int command_list(const struct command_request *q, const char *operand)
{
	(void)operand;
	return show_all(q, NULL, print_row);
}

/* ----------------------------------------------------------- into a file */

struct export {
	struct store *store;
	const char *path;
	Cw__SignedCommand message;
	int found;
};

static int copy_signature(void *arg, const char *key_id,
			  const uint8_t *signature, size_t len)
{
	Cw__SignedCommand *m = arg;
	Cw__Signature *g = calloc(1, sizeof(*g));
	Cw__Signature **more = realloc(m->signatures,
				       (m->n_signatures + 1) * sizeof(*more));

	if (more)
		m->signatures = more;
	if (!g || !more) {
		free(g);
		return -ENOMEM;
	}
	cw__signature__init(g);
	g->key_id = strdup(key_id);
	g->signature.data = malloc(len + 1);
	g->signature.len = len;
	m->signatures[m->n_signatures++] = g;
	if (!g->key_id || !g->signature.data)
		return -ENOMEM;
	memcpy(g->signature.data, signature, len);
	return 0;
}

static int write_order(void *arg, const struct store_command *c)
{
	struct export *e = arg;
	Cw__SignedCommand *m = &e->message;
	struct buf b;
	int r;

	if (e->found++ > 0)
		return 0;
	m->payload.data = (uint8_t *)(uintptr_t)c->payload;
	m->payload.len = c->payload_len;
	r = e->store->driver->command_signatures(e->store, c->agent_id, c->id,
						 copy_signature, m);
	buf_init(&b, 2 * LIMIT_COMMAND);
	if (r == 0)
		r = message_pack(&b, &m->base);
	if (r == 0)
		r = file_replace(e->path, 0600, b.data, b.len);
	buf_free(&b);
	if (r < 0)
		log_error("%s: %s", e->path, strerror(-r));
	return r;
}

static void free_signatures(Cw__SignedCommand *m)
{
	for (size_t i = 0; i < m->n_signatures; i++) {
		free(m->signatures[i]->key_id);
		free(m->signatures[i]->signature.data);
		free(m->signatures[i]);
	}
	free(m->signatures);
}

static int export(const struct command_request *q, const char *id)
{
	struct export e = { .path = q->out,
			    .message = CW__SIGNED_COMMAND__INIT };
	struct session s;
	int r = session_open(q->config, &s);

	if (r != EXIT_DONE)
		return r;
	e.store = s.store;
	r = s.store->driver->command_list(s.store, id, write_order, &e);
	if (r == 0 && e.found != 1)
		log_error("%s: %s", id, e.found == 0 ? "no such order" :
			  "more than one order begins so; the first was "
			  "written");
	free_signatures(&e.message);
	session_close(&s);
	return r < 0 || e.found != 1 ? EXIT_FAILED : EXIT_DONE;
}

int command_show(const struct command_request *q, const char *operand)
{
	return q->out ? export(q, operand)
		      : show_all(q, operand, print_detail);
}

int command_cancel(const struct command_request *q, const char *id)
{
	int64_t now = clock_now();
	struct session s;
	int r = session_open(q->config, &s);

	if (r != EXIT_DONE)
		return r;
	r = s.store->driver->begin(s.store);
	if (r == 0)
		r = s.store->driver->command_cancel(s.store, id, now);
	if (r == 0)
		r = audit_event(s.store, now, NULL, "command-cancelled",
				(struct audit_field[]){ { "command", id },
							{ NULL, NULL } });
	if (r == 0)
		r = s.store->driver->commit(s.store);
	if (r < 0)
		s.store->driver->rollback(s.store);
	if (r == -ENOENT)
		log_error("%s: no such order is open", id);
	else if (r < 0)
		session_failed(&s, "nothing was cancelled");
	session_close(&s);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}
