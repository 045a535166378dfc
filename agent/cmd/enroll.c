/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "agent/cmd/cmd_table.h"
#include "agent/command/pins.h"
#include "agent/config/config.h"
#include "agent/sync/enrol.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"

/* Whose the state directory is: (uid_t)-1 for whoever calls. */
struct owner {
	uid_t uid;
	gid_t gid;
};

static struct owner find_owner(const struct agent_config *c)
{
	struct owner o = {(uid_t)-1, (gid_t)-1};
	struct passwd *p = geteuid() == 0 ? getpwnam(c->user) : NULL;

	if (p)
		o = (struct owner){p->pw_uid, p->pw_gid};
	return o;
}

static int make_state_dir(const struct agent_config *c, const struct owner *o)
{
	int r = file_make_directories(c->state_dir, 0700);
	int fd = -1;

	if (r == 0) {
		fd = open(c->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	if (r == 0 && o->uid != (uid_t)-1 && fchown(fd, o->uid, o->gid) < 0)
		r = -errno;
	if (r == 0 && fchmod(fd, 0700) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	if (r < 0)
		log_error("%s: cannot be the state directory: %s", c->state_dir,
			  strerror(-r));
	return r;
}

/* Standard input keeps a token out of the list of processes. */
static int read_token(const char *argument, struct token *ret)
{
	char text[4 * TOKEN_TEXT] = "";
	size_t n = 0;
	int r;

	if (strcmp(argument, "-") == 0) {
		n = fread(text, 1, sizeof(text) - 1, stdin);
		text[n] = '\0';
		argument = text;
	}
	r = token_decode(argument, ret);
	explicit_bzero(text, sizeof(text));
	if (r == -EBADMSG)
		log_error("the token is garbled or was cut: copy it whole");
	else if (r < 0)
		log_error("that is not a token: `certwalk-collector token "
			  "create` prints one, it begins with %s",
			  TOKEN_PREFIX);
	return r;
}

/* The address is the token's; libcurl resolves it. */
static void tell_failure(const struct token *t, int r, const struct outcome *o,
			 const char *why)
{
	if (r == -ECONNREFUSED && o->class == OUTCOME_REFUSED && !o->status)
		log_error("%s; the token names another one: is this the right "
			  "collector?", o->text);
	else if (r == -ECONNREFUSED)
		log_error("%s", o->text);
	else
		log_error("%s: %s", t->address, why ? why : strerror(-r));
}

/* A second name for the old one: at no time is there none. */
static int keep_previous(const char *path, const char *dir)
{
	char previous[4096];
	int r = file_path(previous, sizeof(previous), dir, IDENTITY_PREVIOUS);

	if (r == 0 && unlink(previous) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && link(path, previous) < 0 && errno != ENOENT)
		r = -errno;
	return r;
}

/* A token must not be spent where its fruit cannot be kept. */
static int try_store(const struct agent_config *c)
{
	struct replace f;
	char path[4096];
	int r = file_path(path, sizeof(path), c->state_dir, IDENTITY_FILE);

	if (r == 0)
		r = replace_open(&f, path, 0600);
	if (r == 0)
		replace_abort(&f);
	else
		log_error("%s: cannot be written: %s", path, strerror(-r));
	return r;
}

/* A successor of the old identity must not come after the new one. */
static int store(const struct agent_config *c, const struct identity *id,
		 const struct owner *o)
{
	char path[4096], next[4096];
	int r = file_path(path, sizeof(path), c->state_dir, IDENTITY_FILE);

	if (r == 0)
		r = file_path(next, sizeof(next), c->state_dir, IDENTITY_NEXT);
	if (r == 0)
		r = keep_previous(path, c->state_dir);
	if (r == 0 && unlink(next) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0)
		r = identity_write(path, id, o->uid, o->gid);
	if (r < 0)
		log_error("%s/%s: cannot be written: %s", c->state_dir,
			  IDENTITY_FILE, strerror(-r));
	return r;
}

/* The keys whose commands are taken: root's own, apart from the state. */
static int store_pins(const struct agent_config *c, const struct identity *id)
{
	struct pins p = {.threshold = id->command_threshold};
	const char *why = NULL;
	int r = 0;

	if (id->command_keys_count == 0)
		return 0;
	snprintf(p.agent_id, sizeof(p.agent_id), "%s", id->agent_id);
	for (size_t i = 0; i < id->command_keys_count; i++)
		memcpy(p.keys[p.count++], id->command_keys[i].ed25519,
		       SIGNATURE_KEY);
	why = pins_fault(&p);
	if (!why)
		r = pins_write(c, &p);
	if (why || r < 0)
		log_error("%s/%s: the keys of commands cannot be pinned: %s",
			  c->commands_dir, PINS_FILE,
			  why ? why : strerror(-r));
	return why ? -EBADMSG : r;
}

/* A collector that has too much to do is asked again when it says. */
static int ask(const struct agent_config *c, const struct token *t,
	       struct identity *ret)
{
	int64_t began = clock_steady_ms(), ms = 0;
	struct outcome o = {.retry_after = -1};
	struct backoff backoff = {0};
	const char *why = NULL;
	int r = enrol(t, c->timeout, ret, &o, &why);

	while (r == -ECONNREFUSED) {
		ms = enrol_wait(&backoff, &o, clock_steady_ms() - began);
		if (ms < 0)
			break;
		log_warn("%s; trying again in %lld s", o.text,
			 (long long)(ms + 999) / 1000);
		poll(NULL, 0, (int)ms);
		r = enrol(t, c->timeout, ret, &o, &why);
	}
	if (r < 0)
		tell_failure(t, r, &o, why);
	return r;
}

static int enroll(const struct agent_config *c, const char *argument)
{
	struct owner owner = find_owner(c);
	struct identity id = {0};
	char until[CLOCK_TEXT];
	struct token t = {0};
	int r;

	if (read_token(argument, &t) < 0)
		return EXIT_USAGE;
	r = make_state_dir(c, &owner);
	if (r == 0)
		r = try_store(c);
	if (r == 0)
		r = ask(c, &t, &id);
	if (r == 0)
		r = store_pins(c, &id);
	if (r == 0)
		r = store(c, &id, &owner);
	if (r == 0) {
		clock_rfc3339(id.not_after, until);
		printf("enrolled as %s at %s\n"
		       "certificate until %s, renewed by itself\n"
		       "next: systemctl enable --now certwalk-agent, or: "
		       "certwalk agent\n", id.agent_id, id.sync_url, until);
	}
	identity_free(&id);
	OPENSSL_cleanse(&t, sizeof(t));
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static bool is_enrolled(const struct agent_config *c)
{
	char path[4096];

	return file_path(path, sizeof(path), c->state_dir,
			 IDENTITY_FILE) == 0 &&
	       access(path, F_OK) == 0;
}

static int run(int argc, char **argv)
{
	const char *config = NULL;
	bool force = false;
	const struct arg args[] = {
		{"--config", &config, NULL},
		{"--force", NULL, &force},
		{NULL, NULL, NULL},
	};
	int n = args_parse(args, argc, argv), r = EXIT_FAILED;
	struct agent_config c;

	if (n != 1) {
		cmd_usage(&cmd_enroll, true);
		return EXIT_USAGE;
	}
	if (agent_config_load(&c, config) < 0)
		return EXIT_USAGE;
	if (*c.certificate)
		log_error("the configuration names a certificate of an "
			  "existing PKI: there is nothing to enrol");
	else if (is_enrolled(&c) && !force)
		log_error("%s/%s: this host is enrolled already; --force "
			  "enrols it anew", c.state_dir, IDENTITY_FILE);
	else if (curl_global_init(CURL_GLOBAL_DEFAULT) == 0)
		r = enroll(&c, argv[1]);
	agent_config_free(&c);
	return r;
}

const struct cmd cmd_enroll = {
	.name = "enroll",
	.arguments = "[--config FILE] [--force] TOKEN|-",
	.summary = "get this host's identity from a collector",
	.help = "  --config FILE    another configuration than "
		AGENT_CONFIG_PATH "\n"
		"  --force          also where this host is enrolled already;\n"
		"                   the old identity is kept as "
		IDENTITY_PREVIOUS "\n"
		"\n"
		"TOKEN is what `certwalk-collector token create` has printed;\n"
		"\"-\" reads it from standard input, where other users cannot\n"
		"see it.  The key is made on this host and never leaves it.\n"
		"A collector that has too much to do is asked again as it\n"
		"says, for ten minutes at most.\n"
		"Exits with 2 for a garbled token, 4 where the collector\n"
		"cannot be reached, is another one, or refuses the token.\n",
	.run = run,
};
