/* SPDX-License-Identifier: Apache-2.0 */
/* SSH public keys and certificates, one on a line: NAME.pub, authorized_keys,
 * known_hosts, and the same lines inside of other texts (cloud-init, Ansible).
 * A key is taken for one where the type in clear equals the type inside. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/format/base64_run.h"
#include "agent/format/format.h"
#include "agent/format/ssh_blob.h"
#include "lib/encode.h"
#include "lib/find.h"
#include "lib/limits.h"

#define STEP KIB(128)	/* bytes of text that are searched at a time */
#define BEFORE KIB(8)	/* bytes before a key: its options */
#define AFTER KIB(64)	/* bytes of a key's base64, and of its comment */
#define COMMENT_MAX 256
#define OPTIONS_MAX 24

/* sshd(8), AUTHORIZED_KEYS FILE FORMAT; all of its options */
static const char *const options[] = {
	"agent-forwarding", "cert-authority", "command", "environment",
	"expiry-time", "from", "no-agent-forwarding", "no-port-forwarding",
	"no-pty", "no-touch-required", "no-user-rc", "no-x11-forwarding",
	"permitlisten", "permitopen", "port-forwarding", "principals", "pty",
	"restrict", "tunnel", "user-rc", "verify-required", "x11-forwarding",
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* For flags: the name alone, since a command may hold a secret. */
static const char *const option_flags[OPTIONS] = {
	"option:agent-forwarding", "option:cert-authority", "option:command",
	"option:environment", "option:expiry-time", "option:from",
	"option:no-agent-forwarding", "option:no-port-forwarding",
	"option:no-pty", "option:no-touch-required", "option:no-user-rc",
	"option:no-x11-forwarding", "option:permitlisten", "option:permitopen",
	"option:port-forwarding", "option:principals", "option:pty",
	"option:restrict", "option:tunnel", "option:user-rc",
	"option:verify-required", "option:x11-forwarding",
};

struct lines {
	struct emit *e;
	const char *name;	/* of the file */
	const uint8_t *text;
	size_t len;
	uint64_t base;		/* offset of text[0] */
	uint64_t done;
	uint64_t counted;	/* offset up to which line breaks are counted */
	uint64_t line;		/* number of the line at that offset */
	unsigned int known, hashed, authorities, revoked;
	bool emitted;
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static size_t find_option(const uint8_t *p, size_t len)
{
	size_t i = 0;

	while (i < OPTIONS &&
	       (strlen(options[i]) != len ||
		strncasecmp((const char *)p, options[i], len) != 0))
		i++;
	return i;
}

/* Length of an option at ${p}, its value included, and which it is; 0: none. */
static size_t option_at(const uint8_t *p, size_t len, size_t *ret_which)
{
	size_t n = 0;

	while (n < len && p[n] != '=' && p[n] != ',' && !is_blank(p[n]))
		n++;
	*ret_which = find_option(p, n);
	if (*ret_which == OPTIONS)
		return 0;
	if (n + 1 >= len || p[n] != '=' || p[n + 1] != '"')
		return n;
	for (n += 2; n < len && p[n] != '"'; n++) {
		if (p[n] == '\\' && n + 1 < len)
			n++;
	}
	return n < len ? n + 1 : 0;
}

/* Is ${p} a list of options?  Then their flags are put into ${flags}. */
static bool read_options(const uint8_t *p, size_t len,
			 const char *flags[static OPTIONS_MAX + 1])
{
	size_t n = 0, which = 0;

	flags[0] = NULL;
	while (len > 0) {
		size_t taken = option_at(p, len, &which);

		if (taken == 0)
			return false;
		if (n < OPTIONS_MAX)
			flags[n++] = option_flags[which];
		flags[n] = NULL;
		p += taken;
		len -= taken;
		if (len > 0 && *p != ',')
			return false;
		if (len > 0) {
			p++;
			len--;
		}
	}
	return n > 0;
}

static bool begins_with(const uint8_t *p, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(p, word, strlen(word)) == 0;
}

/* Is ${p} what known_hosts has before a key: a marker, a list of hosts? */
static bool is_known_host(const struct lines *l, const uint8_t *p, size_t len)
{
	bool named = strstr(l->name, "known_hosts") != NULL;
	bool host = false;

	if (begins_with(p, len, "@cert-authority ") ||
	    begins_with(p, len, "@revoked "))
		return true;
	for (size_t i = 0; i < len; i++) {
		if (is_blank(p[i]) || p[i] < ' ' || strchr("\"'=<>{}();", p[i]))
			return begins_with(p, len, "|1|");
		/* "name: key" is YAML */
		host |= strchr(".,|[*?", p[i]) || (p[i] == ':' && i + 1 < len);
	}
	return len > 0 && (host || named);
}

static void count_known_host(struct lines *l, const uint8_t *p, size_t len)
{
	l->known++;
	l->hashed += begins_with(p, len, "|1|");
	l->authorities += begins_with(p, len, "@cert-authority ");
	l->revoked += begins_with(p, len, "@revoked ");
}

/* What follows a key on its line, or within the quotes that it is in. */
static struct spki_part comment_at(const uint8_t *p, size_t len, bool whole)
{
	size_t n = 0;

	while (len > 0 && (*p == '=' || is_blank(*p))) {
		p++;
		len--;
	}
	while (n < len && n < COMMENT_MAX && p[n] >= ' ' &&
	       (whole || !strchr("\"'<\\", p[n])))
		n++;
	while (n > 0 && is_blank(p[n - 1]))
		n--;
	return (struct spki_part){p, n};
}

static uint64_t line_of(struct lines *l, size_t at)
{
	size_t from = (size_t)(l->counted - l->base);
	const uint8_t *p = l->text + from;

	while ((p = memchr(p, '\n', at - (size_t)(p - l->text)))) {
		l->line++;
		p++;
	}
	l->counted = l->base + at;
	return l->line;
}

/* A key whose type begins at text[type], its base64 at text[blob]. */
static int take(struct lines *l, size_t type, size_t blob, size_t end,
		const struct ssh_blob *b)
{
	const char *flags[OPTIONS_MAX + 1] = {NULL};
	struct emit_extra extra = {.flags = flags};
	size_t start = type, stop = type;
	uint64_t line = line_of(l, blob);
	char entry[24];

	while (start > 0 && type - start < BEFORE && l->text[start - 1] != '\n')
		start--;
	while (start < stop && is_blank(l->text[start]))
		start++;
	while (stop > start && is_blank(l->text[stop - 1]))
		stop--;
	l->emitted = true;
	if (!read_options(l->text + start, stop - start, flags) &&
	    is_known_host(l, l->text + start, stop - start)) {
		count_known_host(l, l->text + start, stop - start);
		return 0;
	}
	snprintf(entry, sizeof(entry), "%llu", (unsigned long long)line);
	return ssh_blob_emit(l->e, entry, b,
			     comment_at(l->text + end, l->len - end,
					start == stop || flags[0]),
			     &extra);
}

static bool is_type(uint8_t c)
{
	return (is_base64(c) && c != '/') || c == '@' || c == '.';
}

/* At the base64 text[blob]: is there a type before it, and the same inside? */
static int take_hit(struct lines *l, size_t blob)
{
	size_t end = blob, stop = blob, type;
	struct ssh_blob b;
	struct buf data;
	int r = 0;

	while (stop > 0 && is_blank(l->text[stop - 1]))
		stop--;
	type = stop;
	while (type > 0 && stop - type <= SSH_NAME_MAX &&
	       is_type(l->text[type - 1]))
		type--;
	while (end < l->len && end - blob < AFTER && is_base64(l->text[end]))
		end++;
	l->done = l->base + end;
	if (type == stop)
		return 0;
	buf_init(&data, AFTER);
	if (decode_base64(&data, (const char *)l->text + blob, end - blob) ==
		    0 &&
	    ssh_blob_parse(data.data, data.len, &b) == 0 && b.type &&
	    b.name.len == stop - type &&
	    memcmp(b.name.data, l->text + type, b.name.len) == 0)
		r = take(l, type, blob, end, &b);
	buf_free(&data);
	return r;
}

/* All keys whose base64 begins before ${end}. */
static int search_window(struct lines *l, uint64_t end)
{
	int r = 0;

	while (r == 0 && l->done < end) {
		size_t at = (size_t)(l->done - l->base);
		const uint8_t *p = find_text(l->text + at, l->len - at,
					     "AAAA", 4);

		if (!p || l->base + (size_t)(p - l->text) >= end)
			break;
		at = (size_t)(p - l->text);
		l->done = l->base + at + 4;
		if (at > 0 && is_blank(p[-1]))
			r = take_hit(l, at);
	}
	if (l->done < end)
		l->done = end;
	if (l->counted < end)
		line_of(l, (size_t)(end - l->base));
	return r;
}

static int search_file(struct lines *l, const struct source *s)
{
	struct buf window;
	int r;

	r = source_window(s, BEFORE + STEP + AFTER, &window);
	while (r == 0 && l->done < s->size) {
		uint64_t start = 0, end = 0;
		ssize_t n;

		r = source_next_data(s, l->done, &start, &end);
		if (r < 0)
			break;
		if (l->done < start)
			l->done = start;
		l->base = l->done > BEFORE ? l->done - BEFORE : 0;
		if (l->counted < l->base)
			l->counted = l->base;
		n = source_read(s, l->base, window.data, window.max);
		if (n < 0)
			r = (int)n;
		if (n < 0 || l->base + (size_t)n <= l->done)
			break;
		l->text = window.data;
		l->len = (size_t)n;
		end = l->base + l->len < end ? l->base + l->len : end;
		if (end > l->done + STEP)
			end = l->done + STEP;
		r = search_window(l, end);
	}
	buf_free(&window);
	return r == -ENXIO ? 0 : r;
}

static int emit_known_hosts(struct lines *l)
{
	const char *format = l->e->format;
	Cw__Facts facts = CW__FACTS__INIT;
	char text[128];
	int r;

	snprintf(text, sizeof(text),
		 "%u known hosts, %u of them hashed, %u authorities, "
		 "%u revoked",
		 l->known, l->hashed, l->authorities, l->revoked);
	facts.comment = text;
	l->e->format = "ssh-known-hosts";
	r = emit_facts(l->e, CW__KIND__KIND_SSH_KEY, "", &facts, NULL);
	l->e->format = format;
	return r;
}

static int ssh_lines_parse(const struct source *s, struct emit *e)
{
	struct lines l = {.e = e, .name = s->name, .line = 1};
	int r;

	if (s->fd < 0) {
		l.text = s->mem;
		l.len = (size_t)s->size;
		r = search_window(&l, s->size);
	} else {
		r = search_file(&l, s);
	}
	if (r == 0 && l.known > 0)
		r = emit_known_hosts(&l);
	return r == 0 && !l.emitted ? -EBADMSG : r;
}

static enum format_verdict ssh_lines_sniff(const uint8_t *head, size_t len,
					   uint64_t size, const char *name)
{
	(void)name;
	return size < 64 || memchr(head, 0, len) ? FORMAT_NO : FORMAT_TEXT;
}

static const char *const ssh_lines_needles[] = {" AAAA", NULL};

const struct format format_ssh_lines = {
	.name = "ssh-public-key",
	.description = "SSH public keys and certificates, authorized_keys, "
		       "known_hosts",
	.sniff = ssh_lines_sniff,
	.needles = ssh_lines_needles,
	.parse = ssh_lines_parse,
};
