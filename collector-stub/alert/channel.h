/* SPDX-License-Identifier: Apache-2.0 */
/* Where alerts go: one file for each channel, NAME.ini in channels_dir. */
#ifndef CW_COLLECTOR_CHANNEL_H
#define CW_COLLECTOR_CHANNEL_H

#include "lib/options.h"

#define CHANNEL_NAME 65		/* bytes of a name and its NUL */

struct channel {
	char name[CHANNEL_NAME];
	/* [channel] */
	char *type;		/* mail webhook syslog program */
	int64_t timeout;	/* seconds */
	/* mail */
	char *server;		/* smtp://HOST:PORT, smtps://HOST:PORT */
	char *from;
	struct option_list to;
	char *user;
	char *password_file;
	/* webhook */
	char *url;
	char *form;		/* generic slack teams pagerduty */
	char *secret_file;	/* of the signature; PagerDuty's routing key */
	/* mail and webhook */
	char *ca_file;		/* "": the system's */
	/* program */
	char *run;
	struct option_list arguments;
};

extern const struct option channel_options[];

/* Reads ${dir}/NAME.ini.  0; -ENOENT; -EINVAL; -errno.  Every fault goes to
 * ${fault}. */
int channel_load(const char *dir, const char *name, struct channel *ret,
		 void (*fault)(void *arg, const char *text), void *arg);
void channel_free(struct channel *c);

/* Does its receiver keep an incident until it is told that it is over? */
bool channel_keeps_incidents(const struct channel *c);

#endif
