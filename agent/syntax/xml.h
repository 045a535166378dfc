/* SPDX-License-Identifier: Apache-2.0 */
/* XML by expat.  An element is a node whose word is its text, if it has any
 * besides white space; its attributes are its first children, "@name".  A
 * prefix of a namespace is taken off.  A document that declares entities is
 * refused (-EBADMSG), and nothing outside of it is ever fetched. */
#ifndef CW_AGENT_SYNTAX_XML_H
#define CW_AGENT_SYNTAX_XML_H

#include "agent/syntax/tree.h"

/* For syntax_reader; no options. */
int syntax_xml(struct syntax_tree *t, struct syntax_node *parent,
	       const char *text, size_t len, const void *options,
	       struct syntax_fault *ret);

#endif
