// SPDX-License-Identifier: Apache-2.0
// Does an answer have the form that collector-stub/api/openapi.json gives it?
// Of JSON Schema, what that document uses.

import {readFileSync} from "node:fs";

const document = JSON.parse(
	readFileSync("collector-stub/api/openapi.json", "utf8"));

const follow = (schema) => (schema.$ref
	? schema.$ref.slice(2).split("/").reduce((at, name) => at[name], document)
	: schema);

function typeOf(value) {
	if (Array.isArray(value))
		return "array";
	if (Number.isInteger(value))
		return "integer";
	return value === null ? "null" : typeof value;
}

const {Endpoint, Location} = document.components.schemas;

// Every member that any part of the schema names; an endpoint is a location.
function members(schema) {
	const s = follow(schema);

	return Object.assign({}, s === Location && Endpoint.properties,
		s === Endpoint && Location.properties, s.properties, ...(s.allOf || []).map(members));
}

const open = (schema) => {
	const s = follow(schema);

	return !s.properties && !s.allOf || s.additionalProperties;
};

function object(value, schema, at, faults) {
	for (const name of schema.required || [])
		if (!(name in value))
			faults.push(`${at}: lacks ${name}`);
	for (const [name, of] of Object.entries(schema.properties || {}))
		if (name in value)
			match(value[name], of, `${at}.${name}`, faults);
	if (schema.additionalProperties?.type)
		for (const name of Object.keys(value))
			match(value[name], schema.additionalProperties,
				`${at}.${name}`, faults);
}

function match(value, given, at, faults) {
	const schema = follow(given);
	const type = typeOf(value);

	for (const one of schema.allOf || [])
		match(value, one, at, faults);
	if (schema.type && schema.type !== type &&
		!(schema.type === "number" && type === "integer"))
		faults.push(`${at}: ${type}, not ${schema.type}`);
	else if (schema.enum && !schema.enum.includes(value))
		faults.push(`${at}: ${value} is not in the list`);
	else if (schema.pattern && !new RegExp(schema.pattern).test(value))
		faults.push(`${at}: ${value} is not as the pattern has it`);
	if (schema.format === "date-time" && Number.isNaN(Date.parse(value)))
		faults.push(`${at}: ${value} is no time`);
	if (type === "object")
		object(value, schema, at, faults);
	if (type === "array" && schema.items)
		value.forEach((v, i) => match(v, schema.items, `${at}[${i}]`, faults));
}

function unknown(value, schema, at, faults) {
	if (typeOf(value) === "array") {
		value.forEach((v, i) => unknown(v, follow(schema).items || {},
			`${at}[${i}]`, faults));
	} else if (typeOf(value) === "object" && !open(schema)) {
		const known = members(schema);

		for (const [name, v] of Object.entries(value))
			if (known[name])
				unknown(v, known[name], `${at}.${name}`, faults);
			else
				faults.push(`${at}.${name}: is not in the document`);
	}
}

const isJson = (get) =>
	get?.responses["200"]?.content?.["application/json"];

// Asks everything that the document lets one ask by GET, through ${ask}(path),
// which gives the answer.  ${ids}: for each list what stands for the id in its
// paths; a path whose list has none is left out.  ${strict}: nothing may be
// there that the document does not name.  Returns what is wrong.
export async function faultsOfAll(ask, ids, strict) {
	const faults = [];

	for (const [path, {get}] of Object.entries(document.paths)) {
		const id = ids[path.split("/")[1]];

		if (!isJson(get) || path.includes("{") && !id)
			continue;
		const schema = isJson(get).schema;
		const answer = await ask(path.replace(/\{.*?\}/, id));

		match(answer, schema, path, faults);
		if (strict)
			unknown(answer, schema, path, faults);
	}
	return [...new Set(faults)];
}
