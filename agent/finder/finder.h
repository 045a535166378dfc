/* SPDX-License-Identifier: Apache-2.0 */
/* The family of server configurations.  One file per service; finder_table.c
 * lists them.  A finder reads the configurations of one service and yields
 * bindings: which line ties the service, its names and its addresses to which
 * file.
 *
 * To add one: write agent/finder/NAME.c that ends with its `const struct finder
 * finder_NAME`, add a line to finder_table.c and a unit test.  Where keys tell
 * all, a table of rules does (rules.h). */
#ifndef CW_AGENT_FINDER_FINDER_H
#define CW_AGENT_FINDER_FINDER_H

#include "agent/finder/opener.h"
#include "agent/syntax/tree.h"

/* What a file is to the service. */
enum finder_role {
	FINDER_CERTIFICATE,	/* its own, perhaps with chain and key */
	FINDER_KEY,
	FINDER_CHAIN,
	FINDER_CA,		/* checks servers that the service calls */
	FINDER_CLIENT_CA,	/* checks the service's clients */
	FINDER_KEYSTORE,
	FINDER_TRUSTSTORE,
	FINDER_CRL,
	FINDER_CLIENT,		/* its own certificate where it is a client */
	FINDER_ROLES,
	/* of rules only: what else a line says */
	FINDER_NAME,		/* server name */
	FINDER_LISTEN,		/* address, port, or both */
};

struct finder_list {
	const char **items;
	size_t count;
};

/* Names and addresses that a file is used for. */
struct finder_scope {
	struct finder_list names, listen;
};

struct finder_binding {
	enum finder_role role;
	const char *path;	/* absolute; a file, or a folder of files */
	const char *config;	/* the file that says so */
	unsigned int line;	/* in it; 0: the command line */
	const char *start;	/* the start file that led there, or NULL */
	/* whose command line names the start file; NULL: it is where it usually
	 * is, or the agent's configuration names it */
	const struct finder_process *process;
	struct finder_scope scope;
	struct finder_binding *next;
};

/* Where it goes.  Borrowed, during the call.  Negative ends the run. */
struct finder_sink {
	int (*binding)(void *arg, const char *service,
		       const struct finder_binding *b);
	/* ${kind} as enum of proto/certwalk.proto: Cw__GapKind */
	int (*gap)(void *arg, int kind, const char *path, const char *reason);
	void *arg;
};

/* How one kind of option of the command line is meant. */
enum finder_argument {
	FINDER_ARG_FILE,	/* names a configuration file */
	FINDER_ARG_FOLDER,	/* a folder; the file is ${below} in it */
	FINDER_ARG_BASE,	/* the same, and relative names begin there */
	FINDER_ARG_PLAIN,	/* ${name} is a shell pattern of an argument
				 * that is a configuration file */
	FINDER_ARG_ROLE,	/* names a file with that role */
};

struct finder_option {
	const char *name;	/* "-c", "--config", "-Dcatalina.base" */
	enum finder_argument kind;
	const char *below;
	enum finder_role role;
};

struct finder_run;

struct finder {
	const char *name;	/* of the service, as in Binding.service */
	const char *description;
	/* where its configuration usually is, shell patterns, NULL-terminated;
	 * those that are not there are passed over */
	const char *const *files;
	const char *const *programs;	/* base names, NULL-terminated */
	const struct finder_option *options;	/* ends with name NULL */
	/* Reads one start file: finder_load(), finder_bind().  0, or negative
	 * from these. */
	int (*read)(struct finder_run *r, const char *file);
	const struct finder_rules *rules;	/* for finder_rules_read() */
	/* the files are users' own: read after all else, as what has no say in
	 * which file the host's services serve */
	bool of_users;
};

extern const struct finder *const finder_table[];	/* NULL-terminated */

/* The state of a run over one service. */
struct finder_run {
	const struct finder *finder;
	const struct finder_opener *opener;
	const struct finder_sink *sink;
	struct syntax_tree tree;	/* of one start file and its includes */
	struct finder_binding *first, *last;	/* of it, in order */
	size_t bindings;		/* of it */
	size_t names_left_out;		/* above LIMIT_BINDING_NAMES */
	const char *start;		/* the one under work, or NULL */
	const struct finder_process *process;	/* that named it, or NULL */
	struct finder_list started;	/* start files that were read */
	struct arena arena;		/* of ${started} */
	int failed;	/* what ends the run; sticky */
};

/* A program that runs: what /proc says of it. */
struct finder_process {
	const char *exe;	/* resolved path */
	const char *cwd;
	const char *const *argv;
	size_t argc;
	uint32_t view;		/* which files it sees; 0: the host's */
	uint32_t user;		/* an ordinary one, or 0 */
	const char *where;	/* the view in words */
	size_t order;		/* in which they were told */
};

/* The run over all that one finder finds: ${more} (NULL-terminated, may be
 * NULL), the processes' start files, and those in usual places, unless the
 * processes are an ordinary user's.  All processes are of one view and user.
 * 0, or negative from the sink or the opener (-ECANCELED above their limits,
 * which was told as a gap). */
int finder_service(const struct finder *f, const struct finder_opener *opener,
		   const struct finder_sink *sink,
		   const struct finder_process *processes, size_t n_processes,
		   const char *const *more);

/* Is one of them the service's? */
bool finder_runs(const struct finder *f,
		 const struct finder_process *processes, size_t n);

/* "certificate", "client-ca" */
const char *finder_role_name(enum finder_role role);

/* The finder of that name, or NULL; what follows it in brackets is passed
 * over: "nginx (user 1000)". */
const struct finder *finder_find(const char *name);

/* ------------------------------------------------ for those that read */

/* Reads a file below ${at} (the tree's root for a start file).  Where it is
 * not there, or broken, a gap is told and what was read stands.  True where it
 * was read at least in part. */
bool finder_load(struct finder_run *r, struct syntax_node *at,
		 const char *path, syntax_reader *reader, const void *options);

/* Reads the files of a shell pattern below ${at}, in the order of their names,
 * or the one file.  A pattern without a match is well; a file that is not there
 * is a gap unless ${optional}.  A folder stands for all files in it only
 * where ${folders}. */
struct finder_how {
	syntax_reader *reader;
	const void *options;
	/* instead of both: by the file's name; or NULL */
	void (*reader_of)(const char *path, syntax_reader **ret,
			  const void **ret_options);
	bool optional, folders;
	const char *only;	/* names in a folder; NULL: all */
};
void finder_include(struct finder_run *r, struct syntax_node *at,
		    const char *pattern, const struct finder_how *how);

/* Paths of a pattern, sorted; a folder's files where it ends with "/" + "*". */
struct finder_list finder_glob(struct finder_run *r, const char *pattern);
/* Is it a folder? */
bool finder_is_folder(struct finder_run *r, const char *path);
bool finder_is_there(struct finder_run *r, const char *path);

/* Ties a file to the service by a line; ${scope} may be NULL.  The same line,
 * role and file once more adds its names.  A relative path is an error of the
 * caller: see finder_path(). */
void finder_bind(struct finder_run *r, const struct syntax_node *line,
		 enum finder_role role, const char *path,
		 const struct finder_scope *scope);

/* The same for a value as it is written: relative to ${base}, with "file:" in
 * front.  What is empty, or a PEM text instead of a path, is passed over; a
 * variable that nobody replaced is told as a gap. */
void finder_value(struct finder_run *r, const struct syntax_node *line,
		  enum finder_role role, const char *base, const char *value,
		  const struct finder_scope *scope);

/* ${value} as it is where it is absolute, else below ${base}. */
const char *finder_path(struct finder_run *r, const char *base,
			const char *value);
/* The folder of a path, without the last slash; "/" for the root. */
const char *finder_folder(struct finder_run *r, const char *path);
/* Text in the tree's arena; never NULL. */
const char *finder_text(struct finder_run *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void finder_append(struct finder_run *r, struct finder_list *list,
		   const char *text);
/* Appends what is not in the list yet, up to LIMIT_BINDING_NAMES, which a gap
 * tells. */
void finder_add(struct finder_run *r, struct finder_list *list,
		const char *text);
/* An address as the reports have it: "443" and ":443" become "*:443", a bare
 * address gets ${port} unless that is NULL. */
void finder_listen(struct finder_run *r, struct finder_scope *scope,
		   const char *text, const char *port);

/* Tells what of a configuration could not be understood: "FILE", "line N:
 * text".  Never put a value into the text that may be a secret. */
void finder_gap(struct finder_run *r, int kind, const struct syntax_node *line,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
