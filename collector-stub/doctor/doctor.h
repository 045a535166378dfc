/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for what is wrong with a collector, or soon will be, and says what to
 * do about each.  A check is a record in doctor_table.c and changes nothing. */
#ifndef CW_COLLECTOR_DOCTOR_H
#define CW_COLLECTOR_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector-stub/ca/ca.h"
#include "collector-stub/config/config.h"
#include "collector-stub/store/store.h"

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
	const struct collector_config *config;
	const char *url;	/* of the database */
	int64_t now;
	uint16_t agents_port, enroll_port;	/* 0: serve is not running */
	/* Where it goes; ${advice} is "" where there is nothing to do.  Texts
	 * are borrowed. */
	void (*found)(void *arg, enum doctor_level level, const char *check,
		      const char *text, const char *advice);
	void *arg;
	/* of earlier checks; cert is NULL where it could not be loaded */
	struct ca ca;
	struct ca_server server;
	/* own */
	const char *check;
	enum doctor_level worst;
};

struct doctor_check {
	const char *name;
	void (*run)(struct doctor *d);
};

extern const struct doctor_check *const doctor_table[];	/* NULL-terminated */

/* Runs all of them; the worst of what was found. */
enum doctor_level doctor_run(struct doctor *d);

/* What a check has found; ${advice} NULL where all is well. */
void doctor_say(struct doctor *d, enum doctor_level level, const char *advice,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
