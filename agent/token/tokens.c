/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/pkcs11_uri.h"

#define BURST 64	/* frames taken at a time */

/* Gap of the module under work, or of all where they are being listed. */
static void gap(struct tokens *t, Cw__GapKind kind, const char *reason)
{
	Cw__TokenPlace place = CW__TOKEN_PLACE__INIT;
	ProtobufCBinaryData path;
	struct buf uri;

	if (t->module)
		place.module = (char *)(uintptr_t)t->module;
	buf_init(&uri, LIMIT_GAP_PATH);
	pkcs11_uri(&uri, &place);
	path = (ProtobufCBinaryData){uri.len, uri.data};
	log_warn("%s: %s", buf_str(&uri), reason);
	coverage_gap(t->coverage, kind, &path, reason);
	buf_free(&uri);
}

/* Starts the process for t->module. */
static int start(struct tokens *t)
{
	Ipc__TokenJob job = IPC__TOKEN_JOB__INIT;
	uint8_t packed[512];
	int r;

	if (t->module)
		job.module = (char *)(uintptr_t)t->module;
	t->found = 0;
	t->since = clock_steady_ms();
	r = child_start(&t->child, &role_token, t->config);
	if (r == 0)
		r = frame_send(t->child.sock, IPC_TOKEN_JOB, packed,
			       ipc__token_job__pack(&job, packed), -1);
	t->running = r == 0;
	return r;
}

static void note(struct tokens *t)
{
	char text[256];
	int n;

	if (t->absent) {
		coverage_note(t->coverage, "PKCS#11 tokens were not looked at: "
					   "p11-kit is not installed");
		return;
	}
	n = snprintf(text, sizeof(text),
		     "PKCS#11: modules: %zu, tokens looked at: %zu",
		     t->n_modules, t->n_tokens);
	if (t->n_trust > 0)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "; modules of trust anchors, left out: %zu",
			      t->n_trust);
	if (t->n_not_enabled > 0)
		snprintf(text + n, sizeof(text) - (size_t)n,
			 "; modules not enabled for certwalk: %zu",
			 t->n_not_enabled);
	coverage_note(t->coverage, text);
}

/* The next module, or the end. */
static void next(struct tokens *t)
{
	t->running = false;
	while (!t->running && t->at < t->n_modules) {
		int r;

		t->module = t->modules[t->at++];
		r = start(t);
		if (r < 0) {
			child_end(&t->child, 0);
			gap(t, CW__GAP_KIND__GAP_CRASHED, strerror(-r));
		}
	}
	if (!t->running)
		note(t);
}

static void failed(struct tokens *t, bool timeout)
{
	char fate[80], why[128];
	int status = child_end(&t->child, timeout ? 0 : 1);

	frame_receiver_free(&t->in);
	snprintf(why, sizeof(why), "the process of the PKCS#11 module %s",
		 timeout ? "took longer than parse_timeout"
			 : child_fate(status, fate, sizeof(fate)));
	gap(t, timeout ? CW__GAP_KIND__GAP_TIMEOUT : CW__GAP_KIND__GAP_CRASHED,
	    why);
	next(t);
}

static bool is_wanted(const struct tokens *t, const Ipc__TokenModule *m)
{
	return !m->trust || strcmp(t->config->pkcs11, "all") == 0;
}

static int take_module(struct tokens *t, const struct frame *f)
{
	Ipc__TokenModule *m = ipc__token_module__unpack(NULL, f->len, f->data);
	bool good = m && !t->module && *m->name &&
		    strlen(m->name) <= LIMIT_TOKEN_NAME / 4 &&
		    t->n_modules < LIMIT_TOKEN_MODULES;

	if (good && !is_wanted(t, m)) {
		t->n_trust++;
	} else if (good) {
		t->modules[t->n_modules] = strdup(m->name);
		t->n_modules += t->modules[t->n_modules] != NULL;
	}
	ipc__token_module__free_unpacked(m, NULL);
	return good ? 0 : -EPROTO;
}

static bool is_kind(Cw__Kind kind)
{
	return kind == CW__KIND__KIND_CERTIFICATE ||
	       kind == CW__KIND__KIND_PUBLIC_KEY ||
	       kind == CW__KIND__KIND_PRIVATE_KEY ||
	       kind == CW__KIND__KIND_KEYSTORE;
}

/* The process runs code of others: what it says of itself is not believed. */
static bool is_acceptable(const struct tokens *t, const Ipc__TokenFinding *m)
{
	const Ipc__Finding *f = m ? m->finding : NULL;
	const Cw__TokenPlace *p = m ? m->place : NULL;

	if (!f || !p || !t->module || t->found >= LIMIT_FINDINGS_PER_FILE)
		return false;
	return is_kind(f->kind) &&
	       (f->sha256.len == 0 || f->sha256.len == HASH_SIZE) &&
	       strlen(p->module) <= LIMIT_TOKEN_NAME &&
	       strlen(p->label) <= LIMIT_TOKEN_NAME &&
	       strlen(p->serial) <= LIMIT_TOKEN_NAME &&
	       strcmp(p->module, t->module) == 0;
}

static int take_finding(struct tokens *t, const struct frame *f)
{
	Ipc__TokenFinding *m = NULL;
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	struct buf uri;
	int r = -EPROTO;

	m = ipc__token_finding__unpack(NULL, f->len, f->data);
	buf_init(&uri, LIMIT_PATH);
	if (is_acceptable(t, m) && pkcs11_uri(&uri, m->place) == 0) {
		t->found++;
		place.path = (ProtobufCBinaryData){uri.len, uri.data};
		place.token = m->place;
		r = t->take(t->arg, &place, m->finding);
	}
	buf_free(&uri);
	ipc__token_finding__free_unpacked(m, NULL);
	return r;
}

static int take_done(struct tokens *t, const struct frame *f)
{
	Ipc__TokenDone *m = ipc__token_done__unpack(NULL, f->len, f->data);

	if (!m)
		return -EPROTO;
	for (size_t i = 0; i < m->n_gaps; i++)
		coverage_gap(t->coverage, m->gaps[i]->kind, &m->gaps[i]->path,
			     m->gaps[i]->reason);
	t->n_tokens += m->tokens;
	t->n_not_enabled += m->not_enabled;
	t->absent |= m->absent;
	ipc__token_done__free_unpacked(m, NULL);
	child_end(&t->child, 1);
	frame_receiver_free(&t->in);
	next(t);
	return 1;
}

static int take_frame(struct tokens *t, const struct frame *f)
{
	if (f->fd >= 0) {
		close(f->fd);
		return -EPROTO;
	}
	if (f->op == IPC_TOKEN_MODULE)
		return take_module(t, f);
	if (f->op == IPC_TOKEN_FINDING)
		return take_finding(t, f);
	return f->op == IPC_TOKEN_DONE ? take_done(t, f) : -EPROTO;
}

void tokens_start(struct tokens *t, const struct agent_config *config,
		  struct coverage *coverage, tokens_take *take, void *arg)
{
	int r;

	*t = (struct tokens){.config = config, .coverage = coverage,
			     .take = take, .arg = arg, .child = {.sock = -1}};
	if (strcmp(config->pkcs11, "off") == 0)
		return;
	r = start(t);
	if (r < 0)
		gap(t, CW__GAP_KIND__GAP_CRASHED, strerror(-r));
}

struct pollfd tokens_fd(const struct tokens *t)
{
	return (struct pollfd){.fd = t->child.sock, .events = POLLIN};
}

int tokens_timeout(const struct tokens *t)
{
	int64_t left = t->since + t->config->parse_timeout * 1000 -
		       clock_steady_ms();

	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
}

int tokens_step(struct tokens *t)
{
	int64_t limit = t->config->parse_timeout * 1000;
	struct frame f = {.fd = -1};
	int r = 0;

	for (int i = 0; i < BURST && r == 0; i++) {
		r = frame_recv(&t->in, t->child.sock, IPC_TOKEN__END, &f);
		if (r == -EAGAIN)
			break;
		r = r == 1 ? take_frame(t, &f) : -EPROTO;
		if (r == -EPROTO)
			failed(t, false);
		if (r == 1 || r == -EPROTO)
			return 0;
		if (r < 0)
			return r;
	}
	if (clock_steady_ms() - t->since > limit)
		failed(t, true);
	return 0;
}

void tokens_free(struct tokens *t)
{
	if (t->child.pid > 0)
		child_end(&t->child, 0);
	frame_receiver_free(&t->in);
	for (size_t i = 0; i < t->n_modules; i++)
		free(t->modules[i]);
	*t = (struct tokens){.child = {.sock = -1}};
}
