/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's CA and its own certificate. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/ca/issue.h"
#include "collector-stub/doctor/doctor.h"
#include "lib/clock.h"

#define DAY 86400
/* of the CA's ten years: to be replaced, hosts have to enrol anew */
#define CA_SOON (365 * DAY)

static const char *why(int r)
{
	return r == -EPERM ? "others may read the key" :
		r == -EBADMSG ? "holds no certificate and key that belong "
		"together" : strerror(-r);
}

/* True where it is valid now. */
static bool is_valid(struct doctor *d, const X509 *cert, const char *what,
		     int64_t *ret_until)
{
	char text[CLOCK_TEXT];
	int64_t from = 0, until = 0;

	if (issue_time(X509_get0_notBefore(cert), &from) < 0 ||
	    issue_time(X509_get0_notAfter(cert), &until) < 0) {
		doctor_say(d, DOCTOR_FAIL, "replace it", "%s: has no readable "
			   "validity", what);
		return false;
	}
	*ret_until = until;
	if (d->now >= from && d->now <= until)
		return true;
	clock_rfc3339(d->now < from ? from : until, text);
	if (d->now < from)
		doctor_say(d, DOCTOR_FAIL, "set the clock", "%s: is not valid "
			   "before %s", what, text);
	else
		doctor_say(d, DOCTOR_FAIL, "start certwalk-collector serve, "
			   "which renews its own; a CA is replaced by init in "
			   "a new state_dir and enrolling all hosts again",
			   "%s: has expired at %s", what, text);
	return false;
}

static void check_ca(struct doctor *d)
{
	char text[CLOCK_TEXT];
	int64_t until = 0;
	int r = ca_load(d->config->state_dir, &d->ca);

	if (r < 0) {
		d->ca = (struct ca){ .cert = NULL };
		doctor_say(d, DOCTOR_FAIL, "put both files back from where "
			   "you keep them; a new CA means that every host "
			   "enrols again", "ca.key, ca.crt: %s", why(r));
		return;
	}
	if (!is_valid(d, d->ca.cert, "ca.crt", &until))
		return;
	clock_rfc3339(until, text);
	doctor_say(d, until - d->now < CA_SOON ? DOCTOR_WARN : DOCTOR_OK,
		   until - d->now < CA_SOON ? "plan a new CA: init in a new "
		   "state_dir, and every host enrols again" : NULL,
		   "the CA is valid until %s", text);
}

static void check_names(struct doctor *d)
{
	const struct option_list *want = &d->config->names;

	for (size_t i = 0; i < want->count; i++) {
		bool has = false;

		for (size_t k = 0; k < d->server.count; k++)
			has |= strcmp(d->server.names[k], want->items[i]) == 0;
		if (!has)
			doctor_say(d, DOCTOR_WARN, "restart certwalk-collector "
				   "serve: it makes its certificate anew",
				   "server.pem: does not name %s, which the "
				   "configuration has", want->items[i]);
	}
}

static void check_server(struct doctor *d)
{
	char text[CLOCK_TEXT];
	int64_t until = 0;
	int r = ca_load_server(d->config->state_dir, &d->server);

	if (r < 0) {
		d->server = (struct ca_server){ .cert = NULL };
		doctor_say(d, DOCTOR_FAIL, "set name in section listen, remove "
			   "the file, and start certwalk-collector serve",
			   "server.pem: %s", why(r));
		return;
	}
	if (d->ca.cert && X509_verify(d->server.cert, d->ca.key) != 1)
		doctor_say(d, DOCTOR_FAIL, "remove server.pem and start "
			   "certwalk-collector serve",
			   "server.pem: this CA has not signed it");
	check_names(d);
	if (!is_valid(d, d->server.cert, "server.pem", &until))
		return;
	clock_rfc3339(until, text);
	doctor_say(d, d->server.due < d->now ? DOCTOR_WARN : DOCTOR_OK,
		   d->server.due < d->now ? "is certwalk-collector serve "
		   "running? It renews it after two thirds of its life" : NULL,
		   "the collector's certificate is valid until %s", text);
}

static void check(struct doctor *d)
{
	check_ca(d);
	check_server(d);
}

const struct doctor_check doctor_certificates = {
	.name = "certificates",
	.run = check,
};
