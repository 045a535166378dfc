/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a configuration line says fit a listening socket? */
#ifndef CW_AGENT_INVENTORY_FIT_H
#define CW_AGENT_INVENTORY_FIT_H

#include <stdbool.h>

#include "agent/proc/ipc.pb-c.h"
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

/* May the line be of the process that listens, there?  By its addresses, where
 * it has any, else by the service's programs alone. */
bool fit_listener(const Cw__Binding *line, const Ipc__Listener *l);

#endif
