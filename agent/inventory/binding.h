/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration lines name a file: known before the walk begins, put on
 * each location of the file. */
#ifndef CW_AGENT_INVENTORY_BINDING_H
#define CW_AGENT_INVENTORY_BINDING_H

#include <stdbool.h>

#include "lib/buf.h"
#include "proto/certwalk.pb-c.h"

struct bound;

struct bindings {
	struct bound *files;	/* by real path */
	struct arena arena;	/* of all of it */
	size_t count;
	/* of the location under work */
	Cw__Binding **list;
	size_t n_list;
};

void bindings_init(struct bindings *b);
void bindings_free(struct bindings *b);

enum bound_kind {
	BOUND_FILE,
	BOUND_FOLDER,		/* of files */
	BOUND_GONE,		/* there is nothing at that path */
};

/* Whose line it is. */
struct bound_by {
	uint64_t view, space;	/* agent/listen/view.h; 0: the host's */
	uint32_t user;		/* an ordinary user's process named it, or 0 */
	bool foreign;		/* its configuration is an ordinary user's */
};

/* Remembers that ${line} names a file, by its real path, or what views_key()
 * says for it.  ${by} NULL: the host's.  The same twice is kept once.  0;
 * -ENOBUFS above LIMIT_BINDINGS, LIMIT_BINDINGS_OF_FILE or
 * LIMIT_BINDING_BYTES. */
int bindings_add(struct bindings *b, const char *path, enum bound_kind kind,
		 const Cw__Binding *line, const struct bound_by *by);

typedef int bindings_take(void *arg, const char *path, enum bound_kind kind,
			  const struct bound_by *by, const uint8_t *line,
			  size_t len);

/* Calls ${take} for each line of each file, the line packed (Cw__Binding), in
 * no order but that lines of one file come one after the other.  0, or what it
 * returned below 0. */
int bindings_each(const struct bindings *b, bindings_take *take, void *arg);

/* Sets the bindings of a file's location by its path, as the scan knows it, in
 * an order that does not depend on who was found first.  They are borrowed
 * until the next call. */
void bindings_set(struct bindings *b, const ProtobufCBinaryData *path,
		  Cw__Location *l);

#endif
