/* SPDX-License-Identifier: Apache-2.0 */
/* Applications' own configurations, as far as they name the passwords of
 * keystores.  The supervisor finds and opens them by the table's names; they
 * are read in the parse role, and what is read never leaves it.
 *
 * To add an application: a line in appconf_table.c, and a reader where its
 * configuration has a syntax of its own. */
#ifndef CW_AGENT_APPCONF_APPCONF_H
#define CW_AGENT_APPCONF_APPCONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does the same configuration name the keystore, and where? */
enum appconf_rank {
	APPCONF_ELSEWHERE,	/* far from the password, or not at all */
	APPCONF_NEAR,
	APPCONF_BESIDE,		/* in the same element, mapping, prefix */
};

/* Where passwords go.  The text is borrowed and not NUL-terminated. */
struct appconf_sink {
	void (*password)(void *arg, const char *text, size_t len,
			 enum appconf_rank rank);
	void *arg;
	const char *store;	/* name of the keystore's file; "": unknown */
};

struct appconf {
	const char *application;	/* as in Protection.opened_by */
	/* shell patterns of file names; NULL-terminated */
	const char *const *files;
	/* shell patterns of the names of values that are passwords, in lower
	 * case and without "-" and "_"; NULL-terminated */
	const char *const *keys;
	/* folders where the file may be, wherever the keystore is;
	 * NULL-terminated, or NULL */
	const char *const *folders;
	/* 0; -EBADMSG: the syntax is broken; -E2BIG: beyond a limit;
	 * -ENOTSUP: a library is missing; -ENOMEM.  What came before was
	 * handed on. */
	int (*read)(const struct appconf *c, const uint8_t *data, size_t len,
		    const struct appconf_sink *sink);
};

extern const struct appconf appconf_table[];	/* ends with application NULL */
extern const size_t appconf_count;

/* Loads libraries, as long as that is possible. */
void appconf_prepare(void);

/* The first line of the table for a file of this name: its place, or -1. */
int appconf_find(const char *name);

/* ------------------------------------------------------- for the readers */

/* Is the value of this name a password? */
bool appconf_is_key(const struct appconf *c, const char *name, size_t len);

/* Hands a password on as it was meant: of "${name:default}" the default, of
 * Jetty's "OBF:..." the clear text.  What is encrypted or hashed otherwise, or
 * refers to something, is left out. */
void appconf_value(const struct appconf_sink *sink, const char *text,
		   size_t len, enum appconf_rank rank);

/* Is this the path, or a URL, of a file with the keystore's name? */
bool appconf_names_store(const struct appconf_sink *sink, const char *text,
			 size_t len);

/* Jetty's obfuscation (org.eclipse.jetty.util.security.Password), without
 * "OBF:".  Bytes of the clear text, which go into ${clear} (at least len / 4),
 * or -EBADMSG. */
int appconf_deobfuscate(const char *text, size_t len, char *clear);

int appconf_properties(const struct appconf *c, const uint8_t *data, size_t len,
		       const struct appconf_sink *sink);
int appconf_xml(const struct appconf *c, const uint8_t *data, size_t len,
		const struct appconf_sink *sink);
int appconf_yaml(const struct appconf *c, const uint8_t *data, size_t len,
		 const struct appconf_sink *sink);
int appconf_elasticsearch(const struct appconf *c, const uint8_t *data,
			  size_t len, const struct appconf_sink *sink);

#endif
