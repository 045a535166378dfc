/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/deliver.h"

#include "agent/inventory/location.h"

void deliver_start(struct deliver *d, const struct scan_sink *sink,
		   struct coverage *coverage, bool ports)
{
	d->sink = sink;
	d->coverage = coverage;
	owners_read(&d->owners);
	match_init(&d->match);
	bindings_init(&d->bindings);
	join_init(&d->join, ports);
}

void deliver_free(struct deliver *d)
{
	join_free(&d->join);
	match_free(&d->match);
	bindings_free(&d->bindings);
	owners_free(&d->owners);
}

void deliver_bound(struct deliver *d)
{
	join_lines(&d->join, &d->bindings);
}

static int pass_on(void *arg, const Ipc__Candidate *place,
		   const Ipc__Finding *f, const char *matches,
		   const ProtobufCBinaryData *path)
{
	struct deliver *d = arg;
	struct location l;

	location_compose(&l, place, f, &d->owners);
	l.message.matches = (char *)(uintptr_t)matches;
	l.message.matches_path = location_path(path);
	bindings_set(&d->bindings, &place->path, &l.message);
	if (join_is_unserved(&d->join, place, f))
		location_flag(&l, "unserved");
	d->coverage->message.locations++;
	return d->sink->location(d->sink->arg, &l.message, f);
}

static int pass_alone(struct deliver *d, const Ipc__Candidate *place,
		      const Ipc__Finding *f, const char *matches)
{
	static const ProtobufCBinaryData none;

	return pass_on(d, place, f, matches, &none);
}

static int found_certificate(struct deliver *d, const Ipc__Candidate *place,
			     const Ipc__Finding *f)
{
	match_certificate(&d->match, f, &place->path);
	if (f->kind == CW__KIND__KIND_CERTIFICATE &&
	    join_file(&d->join, place, f))
		return 0;
	return pass_alone(d, place, f, "");
}

/* A private key waits for the certificates of the whole scan. */
int deliver_found(struct deliver *d, const Ipc__Candidate *place,
		  const Ipc__Finding *f)
{
	if (f->kind == CW__KIND__KIND_CERTIFICATE ||
	    f->kind == CW__KIND__KIND_SSH_CERTIFICATE)
		return found_certificate(d, place, f);
	if (!location_is_private_key(f))
		return pass_alone(d, place, f, "");
	if (match_defer(&d->match, place, f))
		return 0;
	return pass_alone(d, place, f, "unknown");
}

/* A key may belong to a file, but not to who serves its certificate. */
int deliver_endpoint(struct deliver *d, const Ipc__Candidate *place,
		     const Ipc__Finding *f)
{
	return pass_alone(d, place, f, "");
}

static int pass_file(void *arg, const Ipc__Candidate *place,
		     const Ipc__Finding *f)
{
	return pass_alone(arg, place, f, "");
}

int deliver_rest(struct deliver *d)
{
	int r = join_files(&d->join, pass_file, d);

	if (join_is_full(&d->join))
		coverage_note(d->coverage, "more certificates than can be "
			      "compared with what is served: some endpoints "
			      "have no state");
	if (d->match.full)
		coverage_note(d->coverage, "more keys and certificates than "
			      "can be compared: of some keys it is not known "
			      "what they belong to");
	return r < 0 ? r : match_keys(&d->match, pass_on, d);
}
