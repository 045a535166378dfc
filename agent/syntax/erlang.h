/* SPDX-License-Identifier: Apache-2.0 */
/* Erlang terms, as in RabbitMQ's rabbitmq.config: {name, value} is a node,
 * whose words are its texts and numbers and whose children are the tuples in
 * it; lists stand for what is in them. */
#ifndef CW_AGENT_SYNTAX_ERLANG_H
#define CW_AGENT_SYNTAX_ERLANG_H

#include "agent/syntax/tree.h"

/* For syntax_reader; no options. */
int syntax_erlang(struct syntax_tree *t, struct syntax_node *parent,
		  const char *text, size_t len, const void *options,
		  struct syntax_fault *ret);

#endif
