/* SPDX-License-Identifier: Apache-2.0 */
/* Cockpit: of the certificates in ws-certs.d, the last by name.
 * https://cockpit-project.org/guide/latest/https.html */
#include <fnmatch.h>
#include <string.h>

#include "agent/finder/finder.h"

static int cockpit_read(struct finder_run *r, const char *folder)
{
	const struct syntax_node line = {.file = folder};
	struct finder_list all = finder_glob(r, finder_text(r, "%s/*",
							    folder));
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};
	const char *last = NULL, *key = NULL;

	for (size_t i = 0; i < all.count; i++) {
		if (fnmatch("*.cert", all.items[i], 0) == 0 ||
		    fnmatch("*.crt", all.items[i], 0) == 0)
			last = all.items[i];
	}
	if (!last)
		return 0;
	finder_listen(r, &scope, "9090", NULL);
	finder_bind(r, &line, FINDER_CERTIFICATE, last, &scope);
	key = finder_text(r, "%.*s.key", (int)(strrchr(last, '.') - last),
			  last);
	/* a .cert file may hold its key */
	if (finder_is_there(r, key))
		finder_bind(r, &line, FINDER_KEY, key, &scope);
	return 0;
}

static const char *const cockpit_files[] = {
	"/etc/cockpit/ws-certs.d", NULL,
};

const struct finder finder_cockpit = {
	.name = "cockpit",
	.description = "the last certificate of ws-certs.d, with its key",
	.files = cockpit_files,
	.read = cockpit_read,
};
