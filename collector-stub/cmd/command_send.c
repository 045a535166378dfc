/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/cmd/command.h"
#include "collector-stub/order/compose.h"
#include "lib/clock.h"
#include "lib/cmd.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/quantity.h"

/* agents that one order may go to */
#define TARGETS_MAX 1000000

struct targets {
	const struct command_request *q;
	struct compose_target *list;
	size_t n, cap;
};

/* What --param, --next-key and the like amount to. */
struct parts {
	Cw__Parameter parameters[ARGS_LIST];
	Cw__Parameter *parameter_list[ARGS_LIST];
	Cw__CommandKey keys[ARGS_LIST];
	Cw__CommandKey *key_list[ARGS_LIST];
	uint8_t raw[ARGS_LIST][SIGNATURE_KEY];
	char ids[ARGS_LIST][SIGNATURE_ID];
};

static int read_parameters(const struct command_request *q, struct parts *p,
			   struct compose *c)
{
	for (size_t i = 0; i < q->parameters.count; i++) {
		char *equals = strchr(q->parameters.items[i], '=');

		if (!equals) {
			log_error("--param %s: not NAME=VALUE",
				  q->parameters.items[i]);
			return -EINVAL;
		}
		*equals = '\0';
		cw__parameter__init(&p->parameters[i]);
		p->parameters[i].name = q->parameters.items[i];
		p->parameters[i].value = equals + 1;
		p->parameter_list[i] = &p->parameters[i];
	}
	c->parameters = p->parameter_list;
	c->n_parameters = q->parameters.count;
	return 0;
}

static int read_keys(const struct command_request *q, struct parts *p,
		     struct compose *c)
{
	char *end = NULL;
	unsigned long n = q->threshold ? strtoul(q->threshold, &end, 10) : 1;

	for (size_t i = 0; i < q->next_keys.count; i++) {
		if (signer_read_public(q->next_keys.items[i], p->raw[i]) < 0) {
			log_error("--next-key %s: no Ed25519 key",
				  q->next_keys.items[i]);
			return -EINVAL;
		}
		signature_key_id(p->raw[i], p->ids[i]);
		cw__command_key__init(&p->keys[i]);
		p->keys[i].id = p->ids[i];
		p->keys[i].ed25519.data = p->raw[i];
		p->keys[i].ed25519.len = SIGNATURE_KEY;
		p->key_list[i] = &p->keys[i];
	}
	if ((strcmp(q->action, "rotate-keys") == 0) !=
	    (q->next_keys.count > 0)) {
		log_error("--next-key goes with the action rotate-keys, and "
			  "the other way round");
		return -EINVAL;
	}
	if (q->next_keys.count > 0 &&
	    ((end && *end) || n < 1 || n > q->next_keys.count)) {
		log_error("--threshold: not a number from 1 to that of the "
			  "keys");
		return -EINVAL;
	}
	c->next_keys = p->key_list;
	c->n_next_keys = q->next_keys.count;
	c->next_threshold = q->next_keys.count > 0 ? (uint32_t)n : 0;
	return 0;
}

static int read_request(const struct command_request *q, struct parts *p,
			struct compose *c)
{
	int64_t life = 0;

	if ((q->agent != NULL) + (q->where != NULL) + q->all != 1 ||
	    !q->action) {
		log_error("one of --agent, --where and --all is needed, and "
			  "--action");
		return -EINVAL;
	}
	if (quantity_parse(q->expires, quantity_durations, &life) < 0 ||
	    life < 1 || life > LIMIT_COMMAND_LIFE) {
		log_error("--expires %s: not a duration from 1s to 7d",
			  q->expires);
		return -EINVAL;
	}
	c->action = q->action;
	c->reason = q->reason;
	c->dry_run = q->dry_run;
	c->not_before = clock_now();
	c->expires = c->not_before + life;
	return read_parameters(q, p, c) < 0 || read_keys(q, p, c) < 0 ?
		-EINVAL : 0;
}

static int add_target(void *arg, const struct query_row *row)
{
	struct targets *t = arg;
	const struct store_value *id = query_value(row, "agent_id");

	if (query_value(row, "revoked")->number ||
	    id->len >= sizeof(t->list->agent_id) ||
	    (t->q->agent && (strlen(t->q->agent) != id->len ||
			     memcmp(t->q->agent, id->data, id->len) != 0)))
		return 0;
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		void *more = t->n < TARGETS_MAX ?
			realloc(t->list, cap * sizeof(*t->list)) : NULL;

		if (!more)
			return -ENOMEM;
		t->list = more;
		t->cap = cap;
	}
	memcpy(t->list[t->n].agent_id, id->data, id->len);
	t->list[t->n++].agent_id[id->len] = '\0';
	return 0;
}

static int choose(struct session *s, struct targets *t)
{
	const struct query q = { .subject = query_subject("hosts"),
		.filter = t->q->where, .now = clock_now(),
		.fields = (const char *[]){ "agent_id", "revoked", NULL } };
	int r = session_query(s, &q, add_target, t,
			      "agents cannot be listed");

	if (r != EXIT_DONE || t->n > 0)
		return r;
	log_error("no agent is chosen: see certwalk-collector agents");
	return EXIT_FAILED;
}

static int open_key(const struct session *s, const struct command_request *q,
		    struct signer *ret)
{
	char path[4096], fault[HSM_FAULT] = "";
	int r = q->key ? 0 : file_path(path, sizeof(path), s->config.state_dir,
				       "command.key");

	if (q->key)
		snprintf(path, sizeof(path), "%s", q->key);
	if (r == 0)
		r = signer_open(path, ret, fault);
	if (r == -ENOENT && !q->key)
		log_error("%s: there is no key here: make one with key "
			  "create, or name one with --key, or queue the order "
			  "with --unsigned", path);
	else if (r < 0)
		log_error("%s: %s", path, *fault ? fault : strerror(-r));
	return r;
}

static int queue_all(struct session *s, const struct targets *t,
		     const struct compose *c, struct signer *signer)
{
	int r = compose_queue_all(s->store, c, t->list, t->n, signer);

	for (size_t i = 0; r == 0 && i < t->n; i++)
		printf("%s %s\n", t->list[i].id, t->list[i].agent_id);
	if (r == -EFBIG) {
		log_error("the order is larger than 64 KiB");
		return EXIT_FAILED;
	}
	if (r < 0 && signer && *signer->fault) {
		log_error("nothing was queued: %s", signer->fault);
		return EXIT_FAILED;
	}
	return r < 0 ? session_failed(s, "nothing was queued") : EXIT_DONE;
}

static int send(struct session *s, const struct command_request *q,
		struct compose *c)
{
	struct targets t = { .q = q };
	struct signer signer = { .key = NULL };
	int r = choose(s, &t);

	c->needed = s->config.command_threshold;
	if (r == 0 && !q->not_signed && open_key(s, q, &signer) < 0)
		r = EXIT_FAILED;
	if (r == 0)
		r = queue_all(s, &t, c, q->not_signed ? NULL : &signer);
	if (r == 0 && (q->not_signed || c->needed > 1))
		log_info("it goes out once %lld have signed it: command show "
			 "ID --out FILE, command sign FILE, command submit "
			 "FILE", (long long)c->needed);
	signer_close(&signer);
	free(t.list);
	return r;
}

int command_send(const struct command_request *q, const char *operand)
{
	struct compose c = { .action = NULL };
	struct parts *p = calloc(1, sizeof(*p));
	struct session s;
	int r;

	(void)operand;
	if (!p)
		return EXIT_FAILED;
	r = read_request(q, p, &c) < 0 ? EXIT_USAGE :
		session_open(q->config, &s);
	if (r == EXIT_DONE) {
		r = send(&s, q, &c);
		session_close(&s);
	}
	free(p);
	return r;
}
