/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

void doctor_say(struct doctor *d, enum doctor_level level, const char *advice,
		const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (level > d->worst)
		d->worst = level;
	d->found(d->arg, level, d->check, text, advice ? advice : "");
}

enum doctor_level doctor_run(struct doctor *d)
{
	d->worst = DOCTOR_OK;
	for (size_t i = 0; doctor_table[i]; i++) {
		d->check = doctor_table[i]->name;
		doctor_table[i]->run(d);
	}
	ca_free(&d->ca);
	ca_server_free(&d->server);
	return d->worst;
}
