/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/log.h"

void config_fault(struct config_check *k, const char *fmt, ...)
{
	char text[LIMIT_CONFIG_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("%s: %s", k->file, text);
	k->faults++;
}

void config_need_absolute(struct config_check *k, const char *name,
			  const char *value)
{
	if (value[0] != '/')
		config_fault(k, "%s: \"%s\" is not an absolute path", name,
			     value);
}

static void tell(void *arg, const char *text)
{
	(void)arg;
	log_error("%s", text);
}

int config_load(const struct option *table, void *target, const char *path,
		const char *usual,
		void (*check)(struct config_check *k, const void *target))
{
	struct config_check k = { .file = path ? path : usual };
	int r = options_defaults(table, target);

	if (r < 0)
		return r;
	r = options_read(table, target, k.file, tell, NULL);
	if (r == -ENOENT && !path)
		r = 0;
	if (r < 0 && r != -EINVAL)
		log_error("%s: %s", k.file, strerror(-r));
	else
		check(&k, target);
	if (r == 0 && k.faults > 0)
		r = -EINVAL;
	if (r < 0)
		options_free(table, target);
	return r;
}
