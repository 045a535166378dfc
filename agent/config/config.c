/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/config/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"
#include "lib/log.h"
#include "lib/options_value.h"

#define MINUTE INT64_C(60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define AT(member) .offset = offsetof(struct agent_config, member)

static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const pkcs11[] = { "tokens", "all", "off", NULL };

static const char *const watches[] = { "auto", "fanotify", "inotify", "off",
				       NULL };

const struct option agent_options[] = {
	{ "agent", "state_dir", OPTION_STRING, "/var/lib/certwalk",
	  AT(state_dir),
	  .help = "Folder for the agent's identity, snapshots and status. "
		"It is made if it is not there." },
	{ "agent", "user", OPTION_STRING, "certwalk", AT(user),
	  .help = "User that the processes without privileges run as where "
		"the agent is started as root. Where there is no such user, "
		"they run as nobody." },
	{ "agent", "interval", OPTION_DURATION, "6h", AT(interval),
	  .min = 1, .max = 30 * DAY,
	  .help = "Time from the start of one scan to the next." },
	{ "agent", "full_interval", OPTION_DURATION, "7d", AT(full_interval),
	  .min = 0, .max = 365 * DAY,
	  .help = "The first scan looks at every file, later ones only at "
		"what has changed, and again at every file when this much "
		"time has gone by. 0s: all scans do." },
	{ "agent", "splay", OPTION_DURATION, "30m", AT(splay),
	  .min = 0, .max = DAY,
	  .help = "At most this much, chosen at random, is added to the "
		"interval, so that a fleet does not report all at once." },
	{ "agent", "log_level", OPTION_CHOICE, "info", AT(log_level),
	  .choices = levels,
	  .help = "Least important messages that are shown." },
	{ "agent", "metrics", OPTION_STRING, "", AT(metrics),
	  .help = "ADDRESS:PORT of this host only, 127.0.0.1:9465, where "
		"Prometheus is shown figures of scans and reports at /metrics, "
		"by a process of its own. Where none is given, there are "
		"none." },

	{ "scan", "path", OPTION_LIST, "/", AT(paths),
	  .help = "File or folder to scan. Other file systems below it are "
		"entered where they are local." },
	{ "scan", "exclude", OPTION_LIST, "", AT(exclude),
	  .help = "Shell pattern of paths that are not scanned, compared "
		"with the whole path; * also matches slashes. The coverage "
		"names what was left out." },
	{ "scan", "include", OPTION_LIST, "", AT(include),
	  .help = "Shell pattern of paths: where there is any, only files "
		"that match one of them are looked at. The coverage says so." },
	{ "scan", "enter", OPTION_LIST, "", AT(enter),
	  .help = "Mounted file system that is walked although it is not by "
		"default: a shell pattern of its mount point (/mnt/*) or of "
		"its type (nfs4, fuse.*, squashfs). By default those are not "
		"walked that come over a network, through FUSE, from "
		"removable media or from images for reading only, nor what "
		"the kernel makes up (proc, sysfs); the coverage names each." },
	{ "scan", "one_file_system", OPTION_BOOL, "no", AT(one_file_system),
	  .help = "Whether no other file system is entered than those that "
		"the paths lie in, and those of enter." },
	{ "scan", "mount_namespaces", OPTION_BOOL, "no",
	  AT(mount_namespaces),
	  .help = "Whether the files are scanned that processes in other "
		"mount namespaces see and no other walk shows: those of "
		"containers, from a container that shares its process "
		"namespace too. Their paths begin with /proc/PID/root. As a "
		"service the agent needs more rights for that: "
		"certwalk-agent.service tells which." },
	{ "scan", "threads", OPTION_NUMBER, "0", AT(threads),
	  .min = 0, .max = 64,
	  .help = "Threads that read files. 0 stands for four times the "
		"number of processors, at most 16." },
	{ "scan", "max_text_size", OPTION_SIZE, "64M", AT(max_text_size),
	  .min = 4096, .max = INT64_C(1) << 40,
	  .help = "Bytes from a text file's start that are searched. The "
		"coverage names the files that are longer." },
	{ "scan", "parse_timeout", OPTION_DURATION, "30s", AT(parse_timeout),
	  .min = 1, .max = HOUR,
	  .help = "Time that one file may take. The coverage names the "
		"files that took longer." },
	{ "scan", "watch", OPTION_CHOICE, "auto", AT(watch),
	  .choices = watches,
	  .help = "How the daemon learns of changes between scans: fanotify "
		"(whole file systems; needs root), inotify (only the "
		"directories that hold something, and those above them), auto "
		"(fanotify, and inotify where that is not permitted), or off. "
		"As a service the agent is not permitted fanotify unless it is "
		"given CAP_SYS_ADMIN: certwalk-agent.service tells how. "
		"certwalk status, and the log at its start, tell what is in "
		"force, and why nothing better is. What is written into a file "
		"shows once it is closed." },
	{ "scan", "answer_timeout", OPTION_DURATION, "30s",
	  AT(answer_timeout), .min = 1, .max = HOUR,
	  .help = "Time in which a file system has to answer a call. Where a "
		"server or a FUSE process does not, the scan leaves that file "
		"system out, and the coverage names it." },
	{ "scan", "archives", OPTION_BOOL, "no", AT(archives),
	  .help = "Whether archives are looked into: zip (also jar and war), "
		"tar and container layers, plain or compressed. Needs "
		"libarchive, and up to parse_timeout for each." },
	{ "scan", "bindings", OPTION_BOOL, "yes", AT(bindings),
	  .help = "Whether the configurations of known servers are read, so "
		"that each file is reported with the lines that name it: see "
		"certwalk-finders(7)." },
	{ "scan", "server_config", OPTION_LIST, "", AT(bindings_of),
	  .help = "SERVICE:PATH, a server's main configuration file besides "
		"the usual ones and those that running servers were started "
		"with." },
	{ "scan", "weak_keys", OPTION_STRING, "/usr/share", AT(weak_keys),
	  .help = "Folder with the lists of predictable keys "
		"(CVE-2008-0166) of Debian's packages openssl-blacklist and "
		"openssh-blacklist: openssl-blacklist/ and ssh/ in it. The "
		"coverage tells which of them are missing." },
	{ "scan", "deep", OPTION_BOOL, "no", AT(deep),
	  .help = "Whether everything is searched for text with certificates "
		"and keys: also programs, images, databases and media, of "
		"which otherwise the first block alone is read." },
	{ "scan", "max_files_per_second", OPTION_NUMBER, "0",
	  AT(max_files_per_second), .min = 0, .max = 10000000,
	  .help = "Files that a scan opens in a second, at most. 0: no "
		"limit." },
	{ "scan", "max_bytes_per_second", OPTION_SIZE, "0",
	  AT(max_bytes_per_second), .min = 0, .max = INT64_C(1) << 40,
	  .help = "Bytes that a scan reads in a second, at most; a file that "
		"is parsed counts whole. 0: no limit." },
	{ "scan", "cpu_limit", OPTION_NUMBER, "0", AT(cpu_limit),
	  .min = 0, .max = 6400,
	  .help = "Percent of one processor that the processes which walk and "
		"parse may use together; 25 is a quarter of one. Those that "
		"ask ports and tokens are not held back. 0: no limit." },
	{ "scan", "pause_on_pressure", OPTION_NUMBER, "0",
	  AT(pause_on_pressure), .min = 0, .max = 100,
	  .help = "A scan pauses while processes of the host stood still for "
		"lack of memory or of I/O in this percentage of the last ten "
		"seconds or more (avg10 of some in /proc/pressure). 0: "
		"never." },
	{ "scan", "longest_pause", OPTION_DURATION, "10m", AT(longest_pause),
	  .min = 1, .max = DAY,
	  .help = "Time after which such a pause ends although the pressure "
		"does not; it may begin again once the pressure was gone." },
	{ "scan", "idle_priority", OPTION_BOOL, "yes", AT(idle_priority),
	  .help = "Whether the processes of the agent's scans run with the "
		"lowest priority (nice 19, idle I/O class). certwalk scan "
		"does so with --nice only." },
	{ "scan", "pkcs11", OPTION_CHOICE, "tokens", AT(pkcs11),
	  .choices = pkcs11,
	  .help = "Which PKCS#11 tokens are looked at, among those of the "
		"modules that p11-kit knows: tokens, all (those of trust "
		"anchors too, which a host also has as files), or off. No PIN "
		"is asked for. A module may take up to parse_timeout." },
	{ "scan", "ports", OPTION_BOOL, "no", AT(ports),
	  .help = "Whether the host's listening sockets are asked for their "
		"certificates, by TLS or after STARTTLS, in all network "
		"namespaces. As a service the agent needs more rights for "
		"that: certwalk-agent.service tells which. Between scans they "
		"are asked again some seconds after one of their processes "
		"has ended, as when a server has read its configuration "
		"again; a minute after other sockets listen; and where one "
		"serves what it had read before, each minute, later each 15." },
	{ "scan", "sni", OPTION_LIST, "", AT(sni),
	  .help = "Name that each listening socket is asked for (SNI), "
		"besides the names in the configuration of its server and in "
		"the certificates named there, and besides none." },

	{ "passwords", "keystore", OPTION_LIST, "", AT(passwords),
	  .help = "Shell pattern of keystores' paths, then white space and a "
		"file that holds their passwords, one on a line. The file "
		"must be root's and closed to others. A password is tried, "
		"never reported." },

	{ "collector", "heartbeat", OPTION_DURATION, "5m", AT(heartbeat),
	  .min = 1, .max = DAY,
	  .help = "Time between two reports while nothing changes. The "
		"collector may ask for another." },
	{ "collector", "timeout", OPTION_DURATION, "60s", AT(timeout),
	  .min = 1, .max = HOUR,
	  .help = "Time that one exchange with the collector may take." },
	{ "collector", "retry_max", OPTION_DURATION, "15m", AT(retry_max),
	  .min = 1, .max = DAY,
	  .help = "Longest wait before a failed exchange is tried again." },
	{ "collector", "url", OPTION_STRING, "", AT(url),
	  .help = "Address of the collector, https://HOST:PORT. Only for "
		"hosts that have a certificate of an existing PKI instead of "
		"being enrolled; needs certificate, key and ca too." },
	{ "collector", "certificate", OPTION_STRING, "", AT(certificate),
	  .help = "PEM file with this host's certificate and its chain." },
	{ "collector", "key", OPTION_STRING, "", AT(key),
	  .help = "PEM file with the certificate's private key, without "
		"password and readable by its owner only." },
	{ "collector", "ca", OPTION_STRING, "", AT(ca),
	  .help = "PEM file with the CA certificates that the collector's "
		"certificate is checked against." },
	{ "collector", "wait", OPTION_DURATION, "0s", AT(wait),
	  .min = 0, .max = HOUR,
	  .help = "Time that the collector may hold its answer back until "
		"there is a command, so that commands arrive at once. Costs "
		"an open connection. 0: commands come with the next report." },

	{ "commands", "dir", OPTION_STRING, "/var/lib/certwalk-commands",
	  AT(commands_dir),
	  .help = "Folder for what this host remembers of commands: pinned "
		"keys, the journal, results. It is root's own." },
	{ "commands", "actions", OPTION_STRING, "/etc/certwalk/actions.d",
	  AT(actions_dir),
	  .help = "Folder of the allow-list: NAME.ini for each action that a "
		"command may run. Files that others than root could change "
		"are refused." },
	{ "commands", "key", OPTION_LIST, "", AT(command_keys),
	  .help = "Public Ed25519 key, 64 hex digits, whose commands are "
		"taken. Where there are any, those that enrolment has pinned "
		"do not count, and no command can replace them." },
	{ "commands", "threshold", OPTION_NUMBER, "0", AT(command_threshold),
	  .min = 0, .max = 16,
	  .help = "Keys that must have signed a command. 0: as many as "
		"enrolment has pinned, or one." },
	{ "commands", "agent_id", OPTION_STRING, "", AT(command_agent_id),
	  .help = "Id by which commands name this host. Needed only with a "
		"certificate of an existing PKI; certwalk-collector agents "
		"shows it." },
	{ .name = NULL },
};

static void check_patterns(struct config_check *k, const char *name,
			   const struct option_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->items[i];

		if (item[0] == '*' || item[0] == '[' || item[0] == '?')
			continue;
		config_need_absolute(k, name, item);
	}
}

static void check_paths(struct config_check *k, const struct agent_config *c)
{
	config_need_absolute(k, "state_dir", c->state_dir);
	config_need_absolute(k, "weak_keys", c->weak_keys);
	config_need_absolute(k, "dir", c->commands_dir);
	config_need_absolute(k, "actions", c->actions_dir);
	for (size_t i = 0; i < c->paths.count; i++)
		config_need_absolute(k, "path", c->paths.items[i]);
	if (c->paths.count == 0)
		config_fault(k, "path: there is none to scan");
	check_patterns(k, "exclude", &c->exclude);
	check_patterns(k, "include", &c->include);
}

bool agent_config_password_rule(const char *item, size_t *ret_pattern_len,
				const char **ret_file)
{
	const char *file = item + strlen(item);
	size_t len = 0;

	while (file > item && !strchr(" \t", file[-1]))
		file--;
	for (len = (size_t)(file - item); len > 0; len--) {
		if (!strchr(" \t", item[len - 1]))
			break;
	}
	if (len == 0 || *file == '\0')
		return false;
	*ret_pattern_len = len;
	*ret_file = file;
	return true;
}

static void check_passwords(struct config_check *k,
			    const struct agent_config *c)
{
	for (size_t i = 0; i < c->passwords.count; i++) {
		const char *item = c->passwords.items[i], *file = "";
		size_t len = 0;

		if (!agent_config_password_rule(item, &len, &file))
			config_fault(k, "keystore: \"%s\": not a pattern, "
				     "white space and a file", item);
		else
			config_need_absolute(k, "keystore: the file", file);
		if (len > 0 && !strchr("/*[?", *item))
			config_need_absolute(k, "keystore", item);
	}
}

static void check_pki(struct config_check *k, const struct agent_config *c)
{
	const char *files[] = { c->certificate, c->key, c->ca };
	const char *names[] = { "certificate", "key", "ca" };
	size_t given = 0;

	for (size_t i = 0; i < 3; i++) {
		given += files[i][0] != '\0';
		if (files[i][0])
			config_need_absolute(k, names[i], files[i]);
	}
	if (c->url[0] && strncmp(c->url, "https://", 8) != 0)
		config_fault(k, "url: \"%s\" does not begin with https://",
			     c->url);
	given += c->url[0] != '\0';
	if (given != 0 && given != 4)
		config_fault(k, "url, certificate, key and ca: "
				"all four or none must be given");
}

int agent_config_loopback(const char *text, struct sockaddr_storage *ret,
			  socklen_t *ret_len)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *port = strrchr(text, ':');
	char address[INET6_ADDRSTRLEN] = "";
	char *end = NULL;
	long n = port ? strtol(port + 1, &end, 10) : 0;

	if (n < 1 || n > 65535 || *end || !strchr("123456789", port[1]) ||
	    (size_t)(port - text) >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, (size_t)(port - text));
	*ret = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
	if (strcmp(address, "[::1]") == 0) {
		v6.sin6_addr = in6addr_loopback;
		v6.sin6_port = htons((uint16_t)n);
		memcpy(ret, &v6, sizeof(v6));
		*ret_len = sizeof(v6);
		return 0;
	}
	if (inet_pton(AF_INET, address, &v4.sin_addr) != 1 ||
	    ntohl(v4.sin_addr.s_addr) >> 24 != 127)
		return -EINVAL;
	v4.sin_port = htons((uint16_t)n);
	memcpy(ret, &v4, sizeof(v4));
	*ret_len = sizeof(v4);
	return 0;
}

static void check_metrics(struct config_check *k, const char *text)
{
	struct sockaddr_storage a;
	socklen_t len = 0;

	if (*text && agent_config_loopback(text, &a, &len) < 0)
		config_fault(k, "metrics: \"%s\" is not ADDRESS:PORT with an "
			     "address of this host only, 127.0.0.1 or [::1]",
			     text);
}

static void check(struct config_check *k, const void *target)
{
	const struct agent_config *c = target;

	check_metrics(k, c->metrics);
	check_paths(k, target);
	check_passwords(k, target);
	check_pki(k, target);
}

int agent_config_load(struct agent_config *c, const char *path)
{
	c->silence = NULL; /* no option */
	return config_load(agent_options, c, path, AGENT_CONFIG_PATH, check);
}

void agent_config_free(struct agent_config *c)
{
	options_free(agent_options, c);
}

int agent_config_set(struct agent_config *c, const char *name,
		     const char *argument, const char *value)
{
	const struct option *o = agent_options;
	struct buf why;
	int r;

	while (o->name && (strcmp(o->section, "scan") != 0 ||
			   strcmp(o->name, name) != 0))
		o++;
	if (!o->name)
		return -EINVAL;
	buf_init(&why, 1024);
	r = option_set(o, c, value, &why);
	if (r == -EINVAL)
		log_error("%s: %.*s", argument, (int)why.len,
			  why.data ? (char *)why.data : "");
	buf_free(&why);
	return r;
}
