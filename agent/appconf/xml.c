/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords in XML, which stand in three ways:
 *
 *	<Certificate certificateKeystorePassword="..."/>
 *	<Set name="KeyStorePassword">...</Set>
 *	<Set name="..."><Property name="KeyStorePassword" default="..."/></Set>
 *
 * expat is loaded at run time: supervisor and sync never need it. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>
#include <openssl/crypto.h>

#include "agent/appconf/appconf.h"
#include "lib/buf.h"
#include "lib/library.h"
#include "lib/limits.h"

static struct {
	__typeof__(XML_ParserCreate_MM) *create;
	__typeof__(XML_ParserFree) *free;
	__typeof__(XML_SetUserData) *set_arg;
	__typeof__(XML_SetElementHandler) *on_element;
	__typeof__(XML_SetCharacterDataHandler) *on_text;
	__typeof__(XML_SetEntityDeclHandler) *on_entity;
	__typeof__(XML_Parse) *parse;
	__typeof__(XML_StopParser) *stop;
} expat;

static const struct library_symbol symbols[] = {
#define MEMBER(name) offsetof(__typeof__(expat), name)
	{ "XML_ParserCreate_MM", MEMBER(create) },
	{ "XML_ParserFree", MEMBER(free) },
	{ "XML_SetUserData", MEMBER(set_arg) },
	{ "XML_SetElementHandler", MEMBER(on_element) },
	{ "XML_SetCharacterDataHandler", MEMBER(on_text) },
	{ "XML_SetEntityDeclHandler", MEMBER(on_entity) },
	{ "XML_Parse", MEMBER(parse) },
	{ "XML_StopParser", MEMBER(stop) },
#undef MEMBER
};

static enum { NEW, LOADED, ABSENT } library;

struct xml {
	const struct appconf *conf;
	const struct appconf_sink *sink;
	XML_Parser parser;
	unsigned int depth;
	unsigned int inside;	/* depth of the element that is a password's */
	struct buf text;	/* of that element */
	int result;
};

void appconf_xml_prepare(void)
{
	if (library == NEW)
		library = library_load("libexpat.so.1", symbols,
				       sizeof(symbols) / sizeof(symbols[0]),
				       &expat) ? LOADED : ABSENT;
}

/* ------------------------------------------- memory that holds passwords */

static void wiping_free(void *p)
{
	if (p)
		OPENSSL_cleanse(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t size)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *made = malloc(size);

	if (!made)
		return NULL;
	if (p)
		memcpy(made, p, old < size ? old : size);
	wiping_free(p);
	return made;
}

static const XML_Memory_Handling_Suite memory = {
	.malloc_fcn = malloc,
	.realloc_fcn = wiping_realloc,
	.free_fcn = wiping_free,
};

/* -------------------------------------------------------------- handlers */

static void stop(struct xml *x, int result)
{
	x->result = result;
	expat.stop(x->parser, XML_FALSE);
}

/* The name without its namespace's prefix. */
static bool is_key(const struct xml *x, const char *name)
{
	const char *colon = strrchr(name, ':');

	name = colon ? colon + 1 : name;
	return appconf_is_key(x->conf, name, strlen(name));
}

/* Is the value of an element with these attributes a password? */
static bool is_named(const struct xml *x, const char **attributes)
{
	for (size_t i = 0; attributes[i]; i += 2) {
		if ((strcmp(attributes[i], "name") == 0 ||
		     strcmp(attributes[i], "key") == 0) &&
		    appconf_is_key(x->conf, attributes[i + 1],
				   strlen(attributes[i + 1])))
			return true;
	}
	return false;
}

static void begin_element(void *arg, const char *name, const char **attributes)
{
	struct xml *x = arg;

	if (++x->depth > LIMIT_APPCONF_DEPTH) {
		stop(x, -E2BIG);
		return;
	}
	if (!x->inside && (is_key(x, name) || is_named(x, attributes)))
		x->inside = x->depth;
	for (size_t i = 0; attributes[i]; i += 2) {
		const char *a = attributes[i], *value = attributes[i + 1];
		bool is_value = strcmp(a, "default") == 0 ||
				strcmp(a, "value") == 0;

		if (is_key(x, a) || (x->inside && is_value))
			appconf_value(x->sink, value, strlen(value));
	}
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void end_element(void *arg, const char *name)
{
	struct xml *x = arg;
	const uint8_t *p = x->text.data;
	size_t len = x->text.len;

	(void)name;
	if (x->inside != x->depth--)
		return;
	x->inside = 0;
	while (len > 0 && is_space(p[len - 1]))
		len--;
	while (len > 0 && is_space(*p)) {
		p++;
		len--;
	}
	if (len > 0 && !x->text.failed)
		appconf_value(x->sink, (const char *)p, len);
	buf_reset(&x->text);
}

static void add_text(void *arg, const char *text, int len)
{
	struct xml *x = arg;

	if (x->inside)
		buf_add(&x->text, text, (size_t)len);
}

/* Nothing that is looked for needs entities, and they can grow. */
static void refuse_entity(void *arg, const XML_Char *name, int is_parameter,
			  const XML_Char *value, int len, const XML_Char *base,
			  const XML_Char *system, const XML_Char *public,
			  const XML_Char *notation)
{
	(void)name;
	(void)is_parameter;
	(void)value;
	(void)len;
	(void)base;
	(void)system;
	(void)public;
	(void)notation;
	stop(arg, -E2BIG);
}

int appconf_xml(const struct appconf *c, const uint8_t *data, size_t len,
		const struct appconf_sink *sink)
{
	struct xml x = { .conf = c, .sink = sink };
	int r = 0;

	appconf_xml_prepare();
	if (library != LOADED)
		return -ENOTSUP;
	x.parser = expat.create(NULL, &memory, NULL);
	if (!x.parser)
		return -ENOMEM;
	buf_init(&x.text, KIB(4));
	r = buf_reserve(&x.text, KIB(4));
	expat.set_arg(x.parser, &x);
	expat.on_element(x.parser, begin_element, end_element);
	expat.on_text(x.parser, add_text);
	expat.on_entity(x.parser, refuse_entity);
	if (r == 0 && expat.parse(x.parser, (const char *)data, (int)len,
				  XML_TRUE) != XML_STATUS_OK)
		r = x.result < 0 ? x.result : -EBADMSG;
	expat.free(x.parser);
	buf_free_secret(&x.text);
	return r;
}
