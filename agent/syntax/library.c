/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/library.h"

#include <stddef.h>

#include "lib/library.h"

enum state { NEW, LOADED, ABSENT };

static struct library_expat expat;
static struct library_yaml yaml;

static const struct library_symbol expat_symbols[] = {
#define MEMBER(name) offsetof(struct library_expat, name)
	{"XML_ParserCreate", MEMBER(create)},
	{"XML_ParserFree", MEMBER(free)},
	{"XML_Parse", MEMBER(parse)},
	{"XML_StopParser", MEMBER(stop)},
	{"XML_GetCurrentLineNumber", MEMBER(line)},
	{"XML_SetUserData", MEMBER(set_arg)},
	{"XML_SetElementHandler", MEMBER(set_elements)},
	{"XML_SetCharacterDataHandler", MEMBER(set_text)},
	{"XML_SetEntityDeclHandler", MEMBER(set_entity)},
	{"XML_SetParamEntityParsing", MEMBER(set_parameters)},
#undef MEMBER
};

static const struct library_symbol yaml_symbols[] = {
#define MEMBER(name) offsetof(struct library_yaml, name)
	{"yaml_parser_initialize", MEMBER(init)},
	{"yaml_parser_delete", MEMBER(delete)},
	{"yaml_parser_set_input_string", MEMBER(set_input)},
	{"yaml_parser_parse", MEMBER(next)},
	{"yaml_event_delete", MEMBER(delete_event)},
#undef MEMBER
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const struct library_expat *library_expat(void)
{
	static enum state state;

	if (state == NEW)
		state = library_load("libexpat.so.1", expat_symbols,
				     COUNT(expat_symbols), &expat) ? LOADED
								   : ABSENT;
	return state == LOADED ? &expat : NULL;
}

const struct library_yaml *library_yaml(void)
{
	static enum state state;

	if (state == NEW)
		state = library_load("libyaml-0.so.2", yaml_symbols,
				     COUNT(yaml_symbols), &yaml) ? LOADED
								 : ABSENT;
	return state == LOADED ? &yaml : NULL;
}
