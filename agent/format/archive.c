/* SPDX-License-Identifier: Apache-2.0 */
/* Archives and compressed files, by libarchive, where the configuration asks
 * for it.  An archive inside of another is read as it comes out, never held as
 * a whole; of other entries only those that a format claims are held. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "agent/format/format.h"
#include "agent/format/libarchive.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define BLOCK KIB(64)
#define PATH_MAX_HERE 1024	/* bytes of an entry's name; more is cut */
#define TAR_MAGIC 257		/* POSIX.1 pax: offset of "ustar" */

/* One file that is looked into, with all archives in it. */
struct archive_job {
	const struct libarchive *lib;
	struct emit *e;
	uint64_t in;		/* bytes read from the file */
	uint64_t out;		/* bytes that came out, at every level */
	uint64_t most_out;
	unsigned int entries;
	unsigned int most_entries;
	bool found;		/* something was emitted, or a gap */
	bool stopped;		/* a limit of the whole was reached */
	uint8_t scratch[BLOCK];
};

/* One archive; over a source, or over an entry of the level above. */
struct level {
	struct archive_job *job;
	const struct source *s;
	uint64_t at;
	struct level *above;
	struct archive *a;
	unsigned int depth;
	const uint8_t *head;	/* of the entry above, already read */
	size_t head_len;
	bool locked;		/* an encrypted entry was met */
	char path[PATH_MAX_HERE];	/* of the entry, from the outermost */
	uint8_t block[BLOCK];
};

static const struct magic {
	size_t offset;
	const char *bytes;
	size_t len;
	bool filter;	/* one compressed stream, not yet an archive */
} magics[] = {
	{0, "PK\3\4", 4, false},	/* zip, APPNOTE 4.3.7 */
	{TAR_MAGIC, "ustar", 5, false},
	{0, "\x1f\x8b\x08", 3, true},	/* gzip, RFC 1952 */
	{0, "\xfd" "7zXZ\0", 6, true},
	{0, "\x28\xb5\x2f\xfd", 4, true},	/* Zstandard, RFC 8878 */
	{0, "BZh", 3, true},
};

static const struct magic *find_magic(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *m = &magics[i];

		if (len >= m->offset + m->len &&
		    memcmp(head + m->offset, m->bytes, m->len) == 0)
			return m;
	}
	return NULL;
}

static int gap(struct level *l, Cw__GapKind kind, const char *why)
{
	l->job->found = true;
	return emit_gap(l->job->e, kind, "%s%s%s", l->path,
			*l->path ? ": " : "", why);
}

static int stop(struct level *l, const char *why)
{
	l->job->stopped = true;
	return gap(l, CW__GAP_KIND__GAP_TOO_LARGE, why);
}

static bool is_too_much(const struct archive_job *j)
{
	return j->out > j->most_out ||
	       (j->out > LIMIT_ARCHIVE_FREE &&
		j->out / LIMIT_ARCHIVE_RATIO > j->in);
}

static int stop_too_much(struct level *l)
{
	return stop(l, l->job->out > l->job->most_out
			       ? "more comes out of it than is read of an "
				 "archive"
			       : "gives far more than goes in");
}

/* Reads ${len} bytes of the entry, fewer only at its end; -EBADMSG where it is
 * damaged, -EFBIG where it is too much. */
static ssize_t read_entry(struct level *l, uint8_t *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = l->job->lib->data(l->a, to + done, len - done);

		if (n == LIBARCHIVE_RETRY)
			continue;
		if (n < 0)
			return -EBADMSG;
		if (n == 0)
			break;
		done += (size_t)n;
		l->job->out += (size_t)n;
		if (is_too_much(l->job))
			return -EFBIG;
	}
	return (ssize_t)done;
}

/* What a failure of read_entry() means for the scan. */
static int entry_failed(struct level *l, int error)
{
	if (error == -EFBIG)
		return stop_too_much(l);
	return gap(l, CW__GAP_KIND__GAP_MALFORMED, "an entry that is damaged");
}

static int format_of(const struct level *l)
{
	return LIBARCHIVE_FORMAT(l->job->lib->format(l->a));
}

/* Passes over the rest of the entry.  Out of a stream it has to be read, and is
 * counted; in a zip file it is only stepped over, and where nothing follows it,
 * nothing is done. */
static int skip_entry(struct level *l)
{
	ssize_t n = 0;

	if (format_of(l) == LIBARCHIVE_ZIP || format_of(l) == LIBARCHIVE_RAW)
		return 0;
	do {
		n = read_entry(l, l->job->scratch, BLOCK);
	} while (n > 0);
	return n < 0 ? entry_failed(l, (int)n) : 0;
}

static ssize_t on_read(struct archive *a, void *arg, const void **ret)
{
	struct level *l = arg;
	ssize_t n;

	(void)a;
	*ret = l->block;
	if (l->above && l->head_len > 0) {
		*ret = l->head;
		n = (ssize_t)l->head_len;
		l->head_len = 0;
		return n;
	}
	if (l->above) {
		n = read_entry(l->above, l->block, BLOCK);
	} else {
		n = source_read(l->s, l->at, l->block, BLOCK);
		if (n > 0) {
			l->at += (size_t)n;
			l->job->in += (size_t)n;
		}
	}
	return n < 0 ? -1 : n;
}

static int64_t on_seek(struct archive *a, void *arg, int64_t offset, int whence)
{
	struct level *l = arg;
	int64_t base = whence == SEEK_CUR   ? (int64_t)l->at
		       : whence == SEEK_END ? (int64_t)l->s->size
					    : 0;

	(void)a;
	if (offset < -base || offset > INT64_MAX - base)
		return LIBARCHIVE_FATAL;
	l->at = (uint64_t)(base + offset);
	return base + offset;
}

static int open_level(struct level *l, bool filter)
{
	const struct libarchive *lib = l->job->lib;

	l->a = lib->read_new();
	if (!l->a)
		return -ENOMEM;
	lib->support_zip(l->a);
	lib->support_tar(l->a);
	lib->support_gzip(l->a);
	lib->support_bzip2(l->a);
	lib->support_xz(l->a);
	lib->support_zstd(l->a);
	if (filter)
		lib->support_raw(l->a);
	lib->set_read(l->a, on_read);
	if (!l->above)
		lib->set_seek(l->a, on_seek);
	lib->set_arg(l->a, l);
	return lib->open(l->a) == LIBARCHIVE_OK ? 0 : -EBADMSG;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The name of the entry; a compressed file has none inside, and gets that of
 * the file without its last suffix. */
static void name_of(struct level *l, struct archive_entry *entry,
		    char name[static PATH_MAX_HERE])
{
	const char *inside = l->job->lib->name(entry);
	char *dot = NULL;

	if (!inside)
		inside = l->job->lib->name_utf8(entry);
	if (format_of(l) == LIBARCHIVE_RAW)
		inside = l->above ? last_component(l->above->path)
				  : l->s->name;
	if (inside)
		snprintf(name, PATH_MAX_HERE, "%s", inside);
	else
		snprintf(name, PATH_MAX_HERE, "#%u", l->job->entries);
	dot = strrchr(name, '.');
	if (format_of(l) == LIBARCHIVE_RAW && dot && dot > name)
		*dot = '\0';
}

/* Appends as much of ${text} as fits below ${cap}; what is not UTF-8 and what
 * is a control character becomes '?'.  The new length. */
static size_t add_text(char *to, size_t n, size_t cap, const char *text)
{
	while (*text) {
		const uint8_t *p = (const uint8_t *)text;
		size_t k = utf8_length(p, strlen(text));
		bool bad = k == 0 || *p < ' ';

		if (n + (bad ? 1 : k) >= cap)
			break;
		memcpy(to + n, bad ? "?" : text, bad ? 1 : k);
		n += bad ? 1 : k;
		text += bad ? 1 : k;
	}
	to[n] = '\0';
	return n;
}

/* The entry's path, from the file that holds all. */
static void set_path(struct level *l, struct archive_entry *entry)
{
	char name[PATH_MAX_HERE];
	size_t n = 0;

	name_of(l, entry, name);
	if (l->above) {
		n = add_text(l->path, n, sizeof(l->path) / 2, l->above->path);
		l->path[n++] = '/';
	}
	add_text(l->path, n, sizeof(l->path), name);
}

static int walk_level(struct level *l);

/* An entry that begins like an archive. */
static int go_down(struct level *l, const uint8_t *head, size_t len,
		   const struct magic *m)
{
	struct level *below;
	int r;

	if (l->depth >= LIMIT_NESTING)
		return gap(l, CW__GAP_KIND__GAP_TOO_LARGE,
			   "archives nested too deep");
	below = calloc(1, sizeof(*below));
	if (!below)
		return -ENOMEM;
	below->job = l->job;
	below->above = l;
	below->depth = l->depth + 1;
	below->head = head;
	below->head_len = len;
	memcpy(below->path, l->path, sizeof(below->path));
	r = open_level(below, m->filter);
	if (r == 0)
		r = walk_level(below);
	if (r == -EBADMSG)
		r = gap(below, CW__GAP_KIND__GAP_MALFORMED,
			"an archive that is damaged");
	if (below->a)
		l->job->lib->read_free(below->a);
	free(below);
	return r;
}

static int parse_entry(struct level *l, const uint8_t *head, size_t len)
{
	struct emit *e = l->job->e;
	unsigned int before = e->count;
	struct buf data;
	ssize_t n = 1;
	int r;

	buf_init(&data, LIMIT_SLURP);
	r = buf_add(&data, head, len);
	while (r == 0 && n > 0) {
		r = buf_reserve(&data, BLOCK);
		n = r == 0 ? read_entry(l, data.data + data.len, BLOCK) : 0;
		data.len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		r = entry_failed(l, (int)n);
	else if (r == -ENOBUFS)
		r = gap(l, CW__GAP_KIND__GAP_TOO_LARGE,
			"an entry above the limit");
	else if (r == 0)
		r = format_parse_nested(e, l->path, data.data, data.len,
					last_component(l->path));
	l->job->found |= e->count > before;
	/* a private key may have been in it */
	buf_free_secret(&data);
	return r;
}

/* Looks at the entry whose header was read. */
static int take_entry(struct level *l, struct archive_entry *entry)
{
	const struct libarchive *lib = l->job->lib;
	uint8_t head[LIMIT_HEAD];
	const struct magic *m = NULL;
	int64_t size = lib->has_size(entry) ? lib->size(entry) : -1;
	ssize_t n;

	set_path(l, entry);
	if (!S_ISREG(lib->type(entry)) || size == 0)
		return 0;
	if (lib->is_encrypted(entry) == 1) {
		l->locked = true;
		return 0;
	}
	n = read_entry(l, head, sizeof(head));
	if (n < 0)
		return entry_failed(l, (int)n);
	if (n == 0)
		return 0;
	m = find_magic(head, (size_t)n);
	if (m)
		return go_down(l, head, (size_t)n, m);
	if (format_sniff(head, (size_t)n,
			 size > 0 ? (uint64_t)size : LIMIT_SLURP,
			 last_component(l->path)) == FORMAT_NO)
		return skip_entry(l);
	return parse_entry(l, head, (size_t)n);
}

/* All entries.  -EBADMSG: not an archive, or damaged. */
static int walk_level(struct level *l)
{
	struct archive_entry *entry = NULL;
	bool last = false;
	int r = 0;

	while (r == 0 && !l->job->stopped && !last) {
		int h = l->job->lib->next(l->a, &entry);

		if (h == LIBARCHIVE_RETRY)
			continue;
		if (h == LIBARCHIVE_EOF)
			break;
		if (is_too_much(l->job))
			return stop_too_much(l);
		if (h != LIBARCHIVE_OK && h != LIBARCHIVE_WARN)
			return -EBADMSG;
		if (++l->job->entries > l->job->most_entries)
			return stop(l, "more entries than an archive may have");
		r = take_entry(l, entry);
		last = format_of(l) == LIBARCHIVE_RAW;
	}
	if (r == 0 && l->locked) {
		l->path[0] = '\0';
		r = gap(l, CW__GAP_KIND__GAP_LOCKED,
			"the archive has entries that need a password");
	}
	return r;
}

static struct archive_job *new_job(const struct libarchive *lib,
				   struct emit *e)
{
	const struct format_settings *own = format_settings();
	struct archive_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->lib = lib;
	job->e = e;
	job->most_entries = own->archive_entries ? own->archive_entries
						 : LIMIT_ARCHIVE_ENTRIES;
	job->most_out = own->archive_bytes ? own->archive_bytes
					   : LIMIT_ARCHIVE_BYTES;
	return job;
}

static int archive_parse(const struct source *s, struct emit *e)
{
	const struct libarchive *lib = libarchive_load();
	struct archive_job *job = NULL;
	const struct magic *m = find_magic(s->head, s->head_len);
	struct level *top = NULL;
	int r;

	if (!m)
		return -EBADMSG;
	if (!lib)
		return emit_gap(e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"an archive; libarchive is not installed");
	top = calloc(1, sizeof(*top));
	job = new_job(lib, e);
	if (!top || !job) {
		free(top);
		free(job);
		return -ENOMEM;
	}
	top->job = job;
	top->s = s;
	r = open_level(top, m->filter);
	if (r == 0)
		r = walk_level(top);
	if (r == -EBADMSG) {
		top->path[0] = '\0';
		r = gap(top, CW__GAP_KIND__GAP_MALFORMED,
			"an archive that is damaged");
	}
	if (top->a)
		lib->read_free(top->a);
	if (r == 0 && !job->found)
		r = -EBADMSG;
	free(top);
	free(job);
	return r;
}

static enum format_verdict archive_sniff(const uint8_t *head, size_t len,
					 uint64_t size, const char *name)
{
	(void)size;
	(void)name;
	return format_settings()->archives && find_magic(head, len)
		       ? FORMAT_YES
		       : FORMAT_NO;
}

/* libarchive gives names in the locale's encoding. */
static void archive_prepare(void)
{
	if (format_settings()->archives && libarchive_load())
		setlocale(LC_CTYPE, "C.UTF-8");
}

const struct format format_archive = {
	.name = "archive",
	.description = "zip, jar, war, tar and container layers, compressed "
		       "files (with --archives)",
	.sniff = archive_sniff,
	.parse = archive_parse,
	.prepare = archive_prepare,
};
