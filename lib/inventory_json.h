/* SPDX-License-Identifier: Apache-2.0 */
/* What was found and where, as members of a JSON object: agent and collector
 * print the same.  Messages are borrowed. */
#ifndef CW_LIB_INVENTORY_JSON_H
#define CW_LIB_INVENTORY_JSON_H

#include "lib/json.h"
#include "proto/certwalk.pb-c.h"

/* "certificate", "private-key"; "unknown" */
const char *inventory_kind(Cw__Kind kind);

/* The object's hash and, unless ${f} is NULL, its facts. */
void inventory_json_object(struct json *j, const Cw__Location *l,
			   const Cw__Facts *f);
void inventory_json_place(struct json *j, const Cw__Location *l);
/* Role and flags, which both object and place may have.  Either may be NULL;
 * the place's role goes before. */
void inventory_json_verdict(struct json *j, const Cw__Location *l,
			    const Cw__Facts *f);

#endif
