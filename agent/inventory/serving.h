/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration lines name a certificate that a service shows to its
 * clients, what lies in those files, and which of them fit a listener. */
#ifndef CW_AGENT_INVENTORY_SERVING_H
#define CW_AGENT_INVENTORY_SERVING_H

#include <uthash.h>

#include "agent/inventory/binding.h"
#include "agent/inventory/fit.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/hash.h"

/* A certificate in such a file, in the file's order. */
struct serving_certificate {
	struct serving_certificate *next;
	uint8_t sha256[HASH_SIZE];
	uint64_t names;		/* disk_names() */
	bool leaf;		/* the file's own, not of a chain */
	bool pem;		/* what follows a leaf is its chain */
	bool self_signed;
	int64_t changed;	/* its file, seconds since 1970 */
	ProtobufCBinaryData path;	/* of the file; in a folder, the one */
	char **dns_names;
	size_t n_dns_names;
};

struct serving_file {
	enum bound_kind kind;
	const char *path;
	struct serving_certificate *first, **last;
	struct serving_line *lines;
	UT_hash_handle hh;
};

struct serving_line {
	struct serving_line *next;	/* of the same file */
	struct serving_file *file;
	const Cw__Binding *binding;
	struct bound_by by;
	bool answered;		/* a listener that it fits has served */
	bool unsure;		/* one has not been asked for all */
};

struct serving {
	struct serving_file *files;	/* by path */
	struct serving_port *ports;
	struct fit_owners owners;
	struct arena *arena;		/* borrowed */
	bool full;			/* something was left out */
	/* what fits ${listener} */
	const Ipc__Listener *listener;
	struct serving_line **fit;
	size_t n_fit, fit_cap;
	bool narrowed;
};

/* Takes the lines out of ${b}. */
void serving_init(struct serving *s, struct arena *arena);
void serving_lines(struct serving *s, const struct bindings *b);
void serving_free(struct serving *s);

/* Adds a certificate that was found, if its file is one of these.  True where
 * it is the file's own. */
bool serving_add(struct serving *s, const Ipc__Candidate *place,
		 const Ipc__Finding *f);

/* The file that a path belongs to, or NULL. */
struct serving_file *serving_file(const struct serving *s,
				  const ProtobufCBinaryData *path);

/* Finds the lines that fit a listener, in an order of their own: s->fit, until
 * the next call. */
void serving_find(struct serving *s, const Ipc__Listener *l);

/* Of several instances of a service with one address, each in a network
 * namespace of its own, only one is behind this listener: those lines go that
 * are of others than the ones whose certificates ${m} has. */
void serving_narrow(struct serving *s, const Ipc__ProbeResult *m);

/* The certificate with that hash that is the file's own, or NULL. */
struct serving_certificate *serving_own(const struct serving_file *f,
					const ProtobufCBinaryData *sha256);

/* Names that the listener is to be asked for, no patterns: those of the lines
 * that fit, and of the certificates that they name, after ${first}.  Fills in
 * at most LIMIT_SNI_NAMES, borrowed; returns how many more there are. */
size_t serving_names(struct serving *s, const Ipc__Listener *l,
		     char *const *first, size_t n_first,
		     char *ret[], size_t *ret_n);

#endif
