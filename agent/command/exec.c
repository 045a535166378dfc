/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/command/action.h"
#include "agent/command/command.h"
#include "agent/command/history.h"
#include "agent/command/run.h"
#include "agent/command/trust.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"

/* Between the order and its result. */
struct job {
	int sock;
	const struct agent_config *config;
	const Ipc__Run *run;
	struct action action;
	char **argv;
	struct passwd user;
	gid_t gid;
	Cw__CommandResult result;
	char detail[ACTION_REASON];
	struct run_result out;
	struct buf text;	/* output of what runs no program */
};

static void say_fault(void *arg, const char *text)
{
	struct job *j = arg;

	log_error("%s", text);
	if (!*j->detail)
		snprintf(j->detail, sizeof(j->detail), "%s", text);
}

static int refuse(struct job *j, const char *reason)
{
	if (reason != j->detail)
		snprintf(j->detail, sizeof(j->detail), "%s", reason);
	j->result.outcome = CW__COMMAND_RESULT__OUTCOME__REFUSED;
	return -EACCES;
}

static int find_action(struct job *j)
{
	int r = action_load(j->config, j->run->action, &j->action, say_fault,
			    j);

	if (r == 0)
		return 0;
	if (r == -ENOENT)
		snprintf(j->detail, sizeof(j->detail), "action \"%.64s\" is "
			 "not in this host's allow-list", j->run->action);
	else if (!*j->detail)
		snprintf(j->detail, sizeof(j->detail), "%.64s: %s",
			 j->run->action, strerror(-r));
	return refuse(j, j->detail);
}

static int find_user(struct job *j)
{
	struct passwd *p = getpwnam(j->action.user);
	struct group *g;

	if (!p)
		return refuse(j, "the action's user does not exist");
	j->user = *p;
	j->gid = p->pw_gid;
	if (!*j->action.group)
		return 0;
	g = getgrnam(j->action.group);
	if (!g)
		return refuse(j, "the action's group does not exist");
	j->gid = g->gr_gid;
	return 0;
}

static int find_words(struct job *j)
{
	const char *template = j->run->dry_run && *j->action.dry_run ?
			       j->action.dry_run : j->action.run;
	int r = action_fill(&j->action, template, j->run->parameters,
			    j->run->n_parameters, &j->argv, j->detail);

	if (r < 0)
		return refuse(j, r == -EACCES ? j->detail : strerror(-r));
	if (trust_check(j->argv[0], j->detail, sizeof(j->detail)) < 0)
		return refuse(j, j->detail);
	return 0;
}

/* What would run, a word a line. */
static void show_words(struct job *j)
{
	for (size_t i = 0; j->argv[i]; i++)
		buf_addf(&j->text, "%s\n", j->argv[i]);
	snprintf(j->detail, sizeof(j->detail), "would run, as %s",
		 j->action.user);
	j->result.outcome = CW__COMMAND_RESULT__OUTCOME__DONE;
}

static void judge(struct job *j)
{
	switch (j->out.end) {
	case RUN_EXITED:
		j->result.exit_status = j->out.status;
		j->result.outcome = j->out.status == 0 ?
			CW__COMMAND_RESULT__OUTCOME__DONE :
			CW__COMMAND_RESULT__OUTCOME__FAILED;
		snprintf(j->detail, sizeof(j->detail), "exited with %d",
			 j->out.status);
		break;
	case RUN_SIGNALLED:
		j->result.signal = j->out.status;
		j->result.outcome = CW__COMMAND_RESULT__OUTCOME__FAILED;
		snprintf(j->detail, sizeof(j->detail), "killed by signal %d",
			 j->out.status);
		break;
	case RUN_TIMED_OUT:
		j->result.outcome = CW__COMMAND_RESULT__OUTCOME__TIMED_OUT;
		snprintf(j->detail, sizeof(j->detail), "took longer than %llds",
			 (long long)j->action.timeout);
		break;
	case RUN_FAILED:
		j->result.outcome = CW__COMMAND_RESULT__OUTCOME__FAILED;
		snprintf(j->detail, sizeof(j->detail), "%.200s: %s",
			 j->argv[0], strerror(-j->out.status));
		break;
	}
}

static void run_action(struct job *j)
{
	struct run_order o = {.argv = j->argv, .uid = j->user.pw_uid,
			      .gid = j->gid, .user = j->user.pw_name,
			      .home = j->user.pw_dir,
			      .timeout = j->action.timeout,
			      .output_limit = (size_t)j->action.output_limit,
			      .action = j->run->action, .id = j->run->id,
			      .stop = j->sock};
	int r = history_enter(j->config, &j->action, clock_now(), j->detail);

	if (r < 0) {
		refuse(j, r == -EACCES ? j->detail : strerror(-r));
		return;
	}
	log_info("command %s: runs action %s", j->run->id, j->run->action);
	run_program(&o, &j->out);
	judge(j);
	log_info("command %s: %s", j->run->id, j->detail);
}

static void report_config(struct job *j)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f) {
		options_print(agent_options, j->config, f);
		fclose(f);
		buf_add(&j->text, text, len);
	}
	free(text);
	j->result.outcome = f && !j->text.failed ?
		CW__COMMAND_RESULT__OUTCOME__DONE :
		CW__COMMAND_RESULT__OUTCOME__FAILED;
}

static void do_job(struct job *j)
{
	j->result.started = clock_now();
	if (strcmp(j->run->action, "report-config") == 0)
		report_config(j);
	else if (find_action(j) == 0 && find_user(j) == 0 &&
		 find_words(j) == 0) {
		if (j->run->dry_run && !*j->action.dry_run)
			show_words(j);
		else
			run_action(j);
	}
	j->result.finished = clock_now();
}

static int send_result(struct job *j, int sock)
{
	Cw__CommandResult *m = &j->result;
	struct buf b;
	int r;

	m->id = j->run->id;
	m->detail = j->detail;
	m->output_head = (ProtobufCBinaryData){j->out.head_len, j->out.head};
	m->output_tail = (ProtobufCBinaryData){j->out.tail_len, j->out.tail};
	m->output_bytes = j->out.output;
	if (j->text.len > 0) {
		m->output_head = (ProtobufCBinaryData){j->text.len,
						       j->text.data};
		m->output_bytes = j->text.len;
	}
	buf_init(&b, LIMIT_FRAME);
	r = message_send(&b, sock, IPC_EXEC_DONE, &m->base, -1);
	buf_free(&b);
	return r;
}

int exec_role(int sock, const struct agent_config *config)
{
	struct job j = {.sock = sock, .config = config,
			.result = CW__COMMAND_RESULT__INIT};
	struct frame_receiver in = {.message = NULL};
	struct frame f = {.fd = -1};
	Ipc__Run *run = NULL;
	int r = run_prepare();

	buf_init(&j.text, LIMIT_CONFIG);
	if (r == 0)
		r = frame_recv(&in, sock, IPC_EXEC__END, &f);
	if (r == 1 && f.op == IPC_EXEC_RUN && f.fd < 0)
		run = ipc__run__unpack(NULL, f.len, f.data);
	if (run) {
		j.run = run;
		do_job(&j);
		r = send_result(&j, sock);
		ipc__run__free_unpacked(run, NULL);
	}
	if (r < 0)
		log_error("exec: %s", strerror(-r));
	action_free_words(j.argv);
	action_free(&j.action);
	run_free(&j.out);
	buf_free(&j.text);
	frame_receiver_free(&in);
	return r < 0 || !run;
}
