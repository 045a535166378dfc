/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/state.h"

#include "lib/outcome.h"

const char *state_of_command(const struct store_command *c, int64_t now)
{
	if (c->outcome > 0)
		return outcome_word((Cw__CommandResult__Outcome)c->outcome);
	if (c->cancelled)
		return "cancelled";
	if (c->expires <= now)
		return c->delivered ? "no answer" : "expired";
	if (c->signatures < c->needed)
		return "to be signed";
	return c->delivered ? "delivered" : "waiting";
}

void state_json(struct json *j, const struct store_command *c, int64_t now)
{
	json_quoted(j, "id", c->id);
	json_quoted(j, "agent_id", c->agent_id);
	json_quoted(j, "host", c->hostname);
	json_quoted(j, "action", c->action);
	json_number(j, "sequence", c->sequence);
	json_time(j, "not_before", c->not_before);
	json_time(j, "expires", c->expires);
	json_quoted(j, "state", state_of_command(c, now));
	json_number(j, "signatures", c->signatures);
	json_number(j, "signatures_needed", c->needed);
}

void state_json_result(struct json *j, const struct store_command *c)
{
	Cw__CommandResult *m = c->result ?
		cw__command_result__unpack(NULL, c->result_len, c->result) :
		NULL;

	if (!m)
		return;
	json_quoted(j, "detail", m->detail);
	json_number(j, "exit_status", m->exit_status);
	if (m->signal)
		json_number(j, "signal", m->signal);
	json_time(j, "started", m->started);
	json_time(j, "finished", m->finished);
	json_number(j, "output_bytes", (int64_t)m->output_bytes);
	json_bytes(j, "output_head", m->output_head.data, m->output_head.len);
	json_bytes(j, "output_tail", m->output_tail.data, m->output_tail.len);
	if (m->journal_hash.len == HASH_SIZE)
		json_hex(j, "journal_hash", m->journal_hash.data, HASH_SIZE);
	cw__command_result__free_unpacked(m, NULL);
}
