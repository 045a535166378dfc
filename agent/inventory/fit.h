/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a configuration line says fit a listening socket? */
#ifndef CW_AGENT_INVENTORY_FIT_H
#define CW_AGENT_INVENTORY_FIT_H

#include <stdbool.h>

#include <uthash.h>

#include "agent/inventory/binding.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

/* How a name that is asked for fits a server name of a configuration. */
enum fit_name {
	FIT_NOT,
	FIT_PATTERN,	/* "*.example.org", ".example.org", "www.example.*" */
	FIT_EXACT,
};
enum fit_name fit_name(const char *configured, const char *name);

/* Is it "ADDRESS:PORT" of this socket?  An address that is a name, or "*", or
 * any, fits all; a socket of any address fits all. */
bool fit_address(const char *listen, const Ipc__Listener *l);

/* Whose lines there are, of each service. */
struct fit_owners {
	struct fit_owner *all;
	struct arena *arena;	/* borrowed */
};

/* False: no memory. */
bool fit_owners_add(struct fit_owners *o, const char *service,
		    const struct bound_by *by);
void fit_owners_free(struct fit_owners *o);

/* Does a server listen whose configuration lies where it was not found, so that
 * none of the host's may be taken for it? */
bool fit_is_hidden(const Ipc__Listener *l, const struct fit_owners *o);

/* May the line, which is in ${owners}, be of the process that listens, there?
 * By its addresses, where it has any, else by the service's programs alone. */
bool fit_listener(const Cw__Binding *line, const struct bound_by *by,
		  const Ipc__Listener *l, const struct fit_owners *owners);

#endif
