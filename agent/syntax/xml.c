/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/xml.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "agent/syntax/library.h"
#include "lib/limits.h"

struct xml {
	const struct library_expat *lib;
	XML_Parser parser;
	struct syntax_tree *t;
	struct syntax_node *at;
	struct buf text;	/* of the innermost element, so far */
	int failed;
	const char *why;
};

static void stop(struct xml *x, int error, const char *why)
{
	if (x->failed == 0) {
		x->failed = error;
		x->why = why;
	}
	x->lib->stop(x->parser, XML_FALSE);
}

static const char *local(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

static void on_start(void *arg, const XML_Char *name, const XML_Char **attr)
{
	struct xml *x = arg;
	unsigned int line = (unsigned int)x->lib->line(x->parser);
	struct syntax_node *n = NULL, *a = NULL;

	if (x->failed < 0)
		return;
	name = local(name);
	n = syntax_add(x->t, x->at, name, strlen(name), line);
	for (; n && *attr; attr += 2) {
		char key[256] = "@";

		strncat(key, local(attr[0]), sizeof(key) - 2);
		a = syntax_add(x->t, n, key, strlen(key), line);
		if (!a || !syntax_word(x->t, a, attr[1], strlen(attr[1]))) {
			n = NULL;
			break;
		}
	}
	buf_reset(&x->text);
	if (n)
		x->at = n;
	else
		stop(x, -ENOBUFS, "more than is read of one configuration");
}

static void on_end(void *arg, const XML_Char *name)
{
	struct xml *x = arg;
	const char *p = buf_str(&x->text), *end = p + x->text.len;

	(void)name;
	if (x->failed < 0)
		return;
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	while (end > p && strchr(" \t\r\n", end[-1]))
		end--;
	if (p < end && !syntax_word(x->t, x->at, p, (size_t)(end - p)))
		stop(x, -ENOBUFS, "more than is read of one configuration");
	buf_reset(&x->text);
	x->at = x->at->parent;
}

static void on_text(void *arg, const XML_Char *s, int len)
{
	struct xml *x = arg;

	if (buf_add(&x->text, s, (size_t)len) < 0)
		stop(x, -ENOBUFS, "more than is read of one configuration");
}

static void on_entity(void *arg, const XML_Char *name, int is_parameter,
		      const XML_Char *value, int len, const XML_Char *base,
		      const XML_Char *system_id, const XML_Char *public_id,
		      const XML_Char *notation)
{
	(void)name;
	(void)is_parameter;
	(void)value;
	(void)len;
	(void)base;
	(void)system_id;
	(void)public_id;
	(void)notation;
	stop(arg, -EBADMSG, "declares entities, which are not read");
}

int syntax_xml(struct syntax_tree *t, struct syntax_node *parent,
	       const char *text, size_t len, const void *options,
	       struct syntax_fault *ret)
{
	struct xml x = {.lib = library_expat(), .t = t, .at = parent};
	int r = 0;

	(void)options;
	if (!x.lib)
		return syntax_fail(ret, -ENOTSUP, 0,
				   "libexpat is not installed");
	if (len > INT_MAX)
		return syntax_fail(ret, -ENOBUFS, 0, "is too large");
	x.parser = x.lib->create(NULL);
	if (!x.parser)
		return syntax_fail(ret, -ENOMEM, 0, "no memory");
	buf_init(&x.text, LIMIT_SYNTAX_LINE);
	x.lib->set_arg(x.parser, &x);
	x.lib->set_elements(x.parser, on_start, on_end);
	x.lib->set_text(x.parser, on_text);
	x.lib->set_entity(x.parser, on_entity);
	x.lib->set_parameters(x.parser, XML_PARAM_ENTITY_PARSING_NEVER);
	if (x.lib->parse(x.parser, text, (int)len, 1) == XML_STATUS_ERROR)
		r = syntax_fail(ret, x.failed < 0 ? x.failed : -EBADMSG,
				(unsigned int)x.lib->line(x.parser),
				x.why ? x.why : "is not well-formed XML");
	buf_free_secret(&x.text);
	x.lib->free(x.parser);
	return r;
}
