// SPDX-License-Identifier: Apache-2.0
// What may come next in a filter (certwalk-filter(7)).

const SIGNS = {
	text: [["=", "is"], ["!=", "is not"], ["~", "matches, with * and ?"],
		["!~", "does not match"], ["in (", "is one of"]],
	number: [["=", "is"], ["!=", "is not"], ["<", "less than"],
		["<=", "at most"], [">", "more than"], [">=", "at least"]],
	time: [["<", "before"], [">", "after"], ["<=", "not after"],
		[">=", "not before"]],
	bool: [["= yes", ""], ["= no", ""]],
};

const TIMES = [["7d", "a week from now"], ["30d", "30 days from now"],
	["90d", "90 days from now"], ["0d", "now"], ["-1d", "a day ago"],
	["-7d", "a week ago"]];

const VALUES = {
	role: ["leaf", "self-signed-leaf", "intermediate", "root",
		"trust-anchor"],
	state: ["live", "stale", "mixed", "chain", "elsewhere"],
	key_alg: ["RSA", "EC", "Ed25519", "ML-DSA-65"],
	pq_class: ["classical", "hybrid", "post-quantum", "none"],
	kind: ["certificate", "private-key", "public-key", "csr", "crl",
		"ssh-key", "ssh-certificate", "keystore", "endpoint"],
	chain: ["complete", "open", "disordered", "self-signed"],
	format: ["pem", "der", "pkcs12", "jks", "jceks"],
};

const TOKEN = /"(?:[^"\\]|\\.)*"?|[<>=!~]+|[(),]|[^\s"(),<>=!~]+/g;
const SIGN = /^([<>=!~]+|in)$/;

function tokens(text) {
	return [...text.matchAll(TOKEN)].map((m) => ({
		text: m[0], from: m.index, to: m.index + m[0].length,
	}));
}

// Which sort of word stands at the end: "field", {signs: F}, {value: F} or
// "join".
function expects(before, fields) {
	let state = "field";
	let field = null;
	let list = false;

	for (const {text} of before) {
		const found = fields.find((f) => f.name === text);

		if (list) {
			list = text !== ")";
			state = list ? {value: field} : "join";
		} else if (state === "field" && found) {
			field = found;
			state = {signs: field};
		} else if (state.signs && SIGN.test(text)) {
			state = {value: field};
		} else if (state.value && text === "(") {
			list = true;
		} else if (state.value) {
			state = "join";
		} else if (["and", "or", "not", "("].includes(text)) {
			state = "field";
		} else {
			state = "join";
		}
	}
	return state;
}

const item = ([text, note]) => ({text, note});

function choices(state, fields) {
	if (state === "field")
		return fields.map((f) => ({text: f.name, note: f.type}))
			.concat({text: "not", note: "turns the next test round"});
	if (state === "join")
		return [["and", "both"], ["or", "one of both"]].map(item);
	if (state.signs)
		return SIGNS[state.signs.type].map(item)
			.concat([["and", "has a value, and"], ["or", "has a value, or"]]
				.map(item));
	if (state.value.type === "time")
		return TIMES.map(item);
	return (VALUES[state.value.name] || []).map((v) => item([v, ""]));
}

// {from, items: [{text, note}]}: what may stand from ${from} to ${caret}.
export function suggest(text, caret, fields) {
	const all = tokens(text.slice(0, caret));
	const last = all[all.length - 1];
	const within = last && last.to === caret && !/^[(),]$/.test(last.text);
	const begun = within ? last.text.toLowerCase() : "";
	const before = within ? all.slice(0, -1) : all;
	const items = choices(expects(before, fields), fields)
		.filter((c) => c.text.toLowerCase().startsWith(begun) &&
			c.text.toLowerCase() !== begun);

	return {from: within ? last.from : caret, items: items.slice(0, 40)};
}
