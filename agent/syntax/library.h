/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of expat and libyaml that are used, loaded at run time: only the
 * processes that read configurations have them in memory. */
#ifndef CW_AGENT_SYNTAX_LIBRARY_H
#define CW_AGENT_SYNTAX_LIBRARY_H

#include <expat.h>
#include <yaml.h>

struct library_expat {
	XML_Parser (*create)(const XML_Char *encoding);
	void (*free)(XML_Parser p);
	enum XML_Status (*parse)(XML_Parser p, const char *s, int len,
				 int is_final);
	enum XML_Status (*stop)(XML_Parser p, XML_Bool resumable);
	XML_Size (*line)(XML_Parser p);
	void (*set_arg)(XML_Parser p, void *arg);
	void (*set_elements)(XML_Parser p, XML_StartElementHandler start,
			     XML_EndElementHandler end);
	void (*set_text)(XML_Parser p, XML_CharacterDataHandler text);
	void (*set_entity)(XML_Parser p, XML_EntityDeclHandler entity);
	int (*set_parameters)(XML_Parser p, enum XML_ParamEntityParsing how);
};

struct library_yaml {
	int (*init)(yaml_parser_t *p);
	void (*delete)(yaml_parser_t *p);
	void (*set_input)(yaml_parser_t *p, const unsigned char *text,
			  size_t len);
	int (*next)(yaml_parser_t *p, yaml_event_t *ret);
	void (*delete_event)(yaml_event_t *e);
};

/* Loads it, the first time; NULL where it is not installed.  A process that
 * will be confined calls both before. */
const struct library_expat *library_expat(void);
const struct library_yaml *library_yaml(void);

#endif
