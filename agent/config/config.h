/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's configuration: conf/agent.ini, one option table. */
#ifndef CW_AGENT_CONFIG_H
#define CW_AGENT_CONFIG_H

#include <sys/socket.h>

#include "lib/options.h"

#define AGENT_CONFIG_PATH "/etc/certwalk/agent.ini"

struct silence;

struct agent_config {
	struct silence *silence;	/* of ${paths}, borrowed; or NULL: set
					 * by who keeps it (silence.h) */
	/* [agent] */
	char *state_dir;	/* /var/lib/certwalk */
	char *user;		/* roles run as this user when started as root;
				 * where it does not exist, as nobody */
	int64_t interval;	/* seconds between scans, 6h */
	int64_t full_interval;	/* seconds between scans of every file, 7d */
	int64_t splay;		/* random addition to it, at most, 30m */
	char *log_level;
	char *metrics;		/* loopback ADDRESS:PORT, or "": none */

	/* [scan] */
	struct option_list paths;	/* / */
	struct option_list exclude;	/* shell patterns on whole paths */
	struct option_list include;	/* only these files; none: all */
	struct option_list enter;	/* mounts: points or types */
	bool one_file_system;		/* no */
	int64_t threads;		/* 0: 4 times the cores, at most 16 */
	int64_t max_text_size;		/* bytes of a text searched, 64M */
	int64_t parse_timeout;		/* seconds one file may take, 30 */
	char *watch;			/* auto fanotify inotify off */
	int64_t answer_timeout;		/* seconds one call may take, 30 */
	bool archives;			/* look into them; no */
	bool deep;			/* search what is no text too; no */
	bool bindings;			/* read servers' configurations; yes */
	struct option_list bindings_of;	/* SERVICE:PATH, more of them */
	char *weak_keys;	/* folder of Debian's lists, /usr/share */
	int64_t max_files_per_second;	/* 0: no limit */
	int64_t max_bytes_per_second;	/* 0: no limit */
	int64_t cpu_limit;		/* percent of a processor; 0: none */
	int64_t pause_on_pressure;	/* percent; 0: never */
	int64_t longest_pause;		/* seconds, 10m */
	bool idle_priority;		/* nice 19, idle I/O class; yes */
	char *pkcs11;			/* tokens, all or off */
	bool ports;			/* ask listening sockets; no */
	bool mount_namespaces;		/* walk others' too; no */
	struct option_list sni;		/* names to ask each of them for */

	/* [passwords] */
	struct option_list passwords;	/* "PATTERN FILE" */

	/* [collector] */
	int64_t heartbeat;	/* seconds between syncs without news, 5m */
	int64_t timeout;	/* seconds for one exchange, 60 */
	int64_t retry_max;	/* longest wait between tries, 15m */
	/* an existing PKI instead of enrolment; all four or none */
	char *url;		/* https://host:port of the agent port */
	char *certificate;	/* PEM file, chain included */
	char *key;		/* PEM file */
	char *ca;		/* PEM file */
	int64_t wait;		/* seconds a reply is awaited for commands, 0 */

	/* [commands] */
	char *commands_dir;	/* /var/lib/certwalk-commands: root's own */
	char *actions_dir;	/* /etc/certwalk/actions.d */
	struct option_list command_keys;	/* instead of those pinned */
	int64_t command_threshold;	/* 0: as enrolment has pinned it */
	char *command_agent_id;	/* with an existing PKI */
};

extern const struct option agent_options[];

/* Reads and checks; every fault is logged.  0, -EINVAL for a fault, -errno.
 * ${path} NULL: AGENT_CONFIG_PATH, and defaults where that does not exist. */
int agent_config_load(struct agent_config *c, const char *path);
void agent_config_free(struct agent_config *c);

/* "127.0.0.1:9465", "[::1]:9465": 0, or -EINVAL for anything else. */
int agent_config_loopback(const char *text, struct sockaddr_storage *ret,
			  socklen_t *ret_len);

/* The two halves of an item of [passwords]: the file is the last word.  Borrows
 * it; ${ret_pattern_len} is the pattern's length, from the item's start.  False
 * where there are no two. */
bool agent_config_password_rule(const char *item, size_t *ret_pattern_len,
				const char **ret_file);

/* Sets the option ${name} of [scan] as ${argument} of the command line says;
 * adds to a list.  0; -EINVAL for a fault, which was logged with ${argument} as
 * its name; -ENOMEM. */
int agent_config_set(struct agent_config *c, const char *name,
		     const char *argument, const char *value);

#endif
