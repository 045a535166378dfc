/* SPDX-License-Identifier: Apache-2.0 */
/* One look at one rule: what it is about now, against what is known of it.
 *
 * An alert begins when a row passes the filter, is told when it has lasted for
 * the rule's hold, again after each repeat, to others after escalate_after, and
 * ends when the row passes no longer.  What is told goes into the store in the
 * same transaction as that it was told: nothing is told twice or lost.  While a
 * silence covers it only its end is told, if its begin was; when that ends,
 * what is still so is. */
#ifndef CW_COLLECTOR_EVALUATE_H
#define CW_COLLECTOR_EVALUATE_H

#include "collector-stub/alert/outbox.h"
#include "collector-stub/alert/rule.h"

/* alerts of one rule that are open at a time, of which one host may have as
 * many as are left for others; more are not kept */
#define EVALUATE_ALERTS 20000
#define EVALUATE_WHY 256

/* 0, and ${why} (EVALUATE_WHY bytes) is "" or what is not as it should be;
 * -EINVAL, -ETIMEDOUT or the store's error, and ${why}. */
int evaluate(const struct outbox *o, const struct rule *u, char *why);

#endif
