// SPDX-License-Identifier: Apache-2.0
// usage: node standin.mjs WEB
// Stands in for a collector: serves the page in the folder WEB and answers as
// collector-stub/api/openapi.json says, from data that is made here, much of
// it hostile.  Prints its address.  What the last part of the user's name
// says, happens: "empty" has no data but the one thing that is asked for by its
// id, "slow" answers never, "broken" fails, a role is that role.

import {createServer} from "node:http";
import {readFileSync} from "node:fs";
import {join} from "node:path";

const web = process.argv[2];
export const HOSTILE = '<img src=x onerror="window.pwned=1">' +
	"<script>window.pwned=1</script>\u202e\"'&{{7*7}}";

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self'; connect-src 'self'; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'none'";
const now = Date.now();
const at = (days) =>
	new Date(now + days * 86400e3).toISOString().replace(/\.\d+Z/, "Z");
const hex = (n, size = 64) =>
	(n * 2654435761 >>> 0).toString(16).padStart(8, "0").repeat(8)
		.slice(0, size);

// -------------------------------------------------------------------- data

const KEYS = [
	{key_alg: "RSA", key_bits: 2048}, {key_alg: "EC", key_bits: 256,
		curve: "P-256"}, {key_alg: "RSA", key_bits: 4096},
	{key_alg: "Ed25519", key_bits: 256}, {key_alg: "RSA", key_bits: 1024},
	{key_alg: "ML-DSA-65", key_bits: 15616},
];

function certificate(i) {
	const names = i === 3 ? [HOSTILE] : [`www${i}.example.org`];
	const left = i < 2 ? -20 + i * 18 : i * 1.7;

	return {
		kind: "certificate", sha256: hex(i + 1), spki_sha256: hex(i + 900),
		subject: i === 3 ? `CN=${HOSTILE.replace(/[\\,+"<>;=]/g, "\\$&")}`
			: `CN=${names[0]},O=Example\\, Inc.,C=DE`,
		issuer: "CN=Example Issuing CA 7,O=Example,C=DE",
		serial: hex(i, 20), not_before: at(left - 90), not_after: at(left),
		...KEYS[i % KEYS.length], sig_alg: "sha256WithRSAEncryption",
		pq_class: i % KEYS.length === 5 ? "post-quantum" : "classical",
		dns_names: names, is_ca: false, self_signed: i % 11 === 0,
		role: i % 11 === 0 ? "self-signed-leaf" : "leaf",
		flags: i % 6 === 4 ? ["weak-key", "sha1-signature"] : [],
		places: i * 37 % 12 + 1, hosts: i % 5 + 1,
		...i === 3 && {claimed: true},
	};
}

const certificates = Array.from({length: 260}, (_, i) => certificate(i));
const root = {...certificate(7), sha256: hex(7000), role: "root",
	subject: "CN=Example Root CA,O=Example,C=DE", not_after: at(4000),
	self_signed: true, is_ca: true};
const issuing = {...root, sha256: hex(7001), role: "intermediate",
	subject: certificates[0].issuer, self_signed: false,
	not_after: at(900)};

const uuid = (i) => `5b0c6f3e-6d2f-4b7a-9b0e-${hex(i, 12)}`;
const hosts = Array.from({length: 40}, (_, i) => ({
	agent_id: uuid(i), host: i === 2 ? HOSTILE : `web${i}.example.org`,
	state: i === 5 ? "revoked" : i === 6 ? "enrolled" : "synced",
	silent: i === 4, created: at(-60), last_seen: at(i === 4 ? -3 : -0.01),
	certificate_not_after: at(21), generation: i, locations: i * 311 % 4000,
	...i !== 6 && {scanned: at(-0.2), complete: i !== 8, gaps: i % 4 * 3},
}));

const location = (i) => ({
	host: hosts[i % 40].host, agent_id: uuid(i % 40),
	kind: ["certificate", "private-key", "keystore"][i % 3],
	sha256: certificates[i % 260].sha256,
	subject: certificates[i % 260].subject, not_after: at(i - 3),
	role: "leaf", format: "pem", entry: String(i % 2),
	path: i === 1 ? `/srv/${HOSTILE}.pem` : `/etc/ssl/site${i}/fullchain.pem`,
	mode: "0640", owner: "root", group: "ssl-cert", encrypted: i % 2 === 0,
	well_known_password: i === 5,
	bindings: i % 2 ? [] : [{service: "nginx", line: 12 + i,
		config: "/etc/nginx/sites-enabled/www.conf", role: "certificate",
		names: ["www.example.org"], listen: ["*:443"]}],
});

const CAUSES = {
	stale: "nginx (pid 811) was started before the file was replaced",
	mixed: "2 of 4 workers serve the certificate from before",
	chain: "the intermediate of the old issuer is sent",
	elsewhere: "no file here has this certificate",
};
const endpoint = (i) => {
	const state = ["stale", "mixed", "chain", "elsewhere"][i] || "live";

	return {
		host: hosts[i % 40].host, agent_id: uuid(i % 40),
		kind: i === 9 ? "endpoint" : "certificate",
		address: i % 3 ? "192.0.2.17" : "2001:db8::17", port: 443 + i,
		transport: "tcp", sni: i === 2 ? HOSTILE : "www.example.org",
		...i === 9 ? {failure: "timeout"} : {state, cause: CAUSES[state],
			sha256: certificates[i].sha256,
			subject: certificates[i].subject, not_after: at(i * 9 + 1)},
		tls_version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256",
		group: "X25519MLKEM768", versions: ["TLSv1.2", "TLSv1.3"],
		chain: state === "chain" ? "open" : "complete",
		process: "/usr/sbin/nginx", unit: "nginx.service",
	};
};

const STATES = ["to be signed", "waiting", "delivered", "done", "failed",
	"refused", "unknown", "cancelled", "expired", "no answer"];
const command = (i) => ({
	id: uuid(i + 500), agent_id: uuid(i), host: hosts[i].host,
	action: i % 2 ? "renew-certificate" : "scan-now", sequence: 1795320000000,
	not_before: at(-i / 10), expires: at(0.04 - i / 10),
	state: STATES[i % STATES.length], signatures: i ? 1 : 0,
	signatures_needed: 1,
});
const detail = (i) => ({
	...command(i), parameters: {unit: `nginx.service ${HOSTILE}`},
	reason: "the disk was renewed", payload: "Zm9vYmFy".repeat(12),
	signed_by: i ? ["a1b2c3d4e5f60718"] : [],
	...i > 2 && {result: {detail: "exit status 1", exit_status: 1,
		started: at(-0.1), finished: at(-0.1), output_bytes: 5000000,
		output_head: `reloading\n${HOSTILE}\n`, output_tail: "failed\n",
		journal_hash: hex(3)}},
});

const coverage = {
	started: at(-0.21), finished: at(-0.2), complete: true,
	last_full: at(-4), privileged: true, roots: ["/"], directories: 48211,
	files: 611402, bytes: 4123456789, candidates: 912, locations: 312,
	counts: {unreadable: 2, locked: 1, skipped: 14},
	gaps: [
		{kind: "locked", path: "/srv/old.p12", reason: "no password fits"},
		{kind: "unreadable", path: `/srv/${HOSTILE}`, reason: "I/O error"},
	],
	notes: ["the kernel has no Landlock"],
};

const FILTERS = ["expired", "7d", "30d", "60d", "90d", "200d", "later"];
const statistics = {
	time: at(0),
	certificates: {
		total: 812, leaves: 260,
		expiry: FILTERS.map((name, i) => ({name, count: [3, 4, 14, 41, 96,
			82, 20][i], filter: `not_after < ${i}d`})),
		algorithms: KEYS.map((k, i) => ({...k, count: 120 >> i})),
		post_quantum: {classical: 244, hybrid: 0, "post-quantum": 16,
			none: 0},
	},
	endpoints: {total: 60, states: {live: 54, stale: 2, mixed: 1, "": 3},
		hybrid: 21},
	hosts: {total: 40, silent: 1, revoked: 1, incomplete: 1, with_gaps: 29,
		gaps: 180},
	commands: {open: 3, to_be_signed: 1, failed: 4},
	broken: [
		{name: "expired-served", title: "serve an expired certificate",
			count: 1, list: "endpoints", filter: "not_after < 0d"},
		{name: "stale", title: "serve an old certificate", count: 2,
			list: "endpoints", filter: "state = stale"},
		{name: "silent", title: "have been silent for a day", count: 1,
			list: "hosts", filter: "last_seen < -1d"},
	],
};
const nothing = {
	...statistics, broken: [],
	hosts: {total: 0, silent: 0, revoked: 0, incomplete: 0, with_gaps: 0,
		gaps: 0},
};

const field = (text) => {
	const [name, type = "text", sort] = text.split(":");

	return {name, type, sort: sort === "s"};
};
const fields = (...list) => list.map(field);
const filterFields = {
	certificates: fields("not_after:time:s", "not_before:time", "role:text:s",
		"subject:text:s", "issuer:text:s", "key_alg:text:s",
		"key_bits:number", "sig_alg:text:s", "dns_names", "is_ca:bool",
		"self_signed:bool", "pq_class", "host", "path",
		"places:number:s", "hosts:number:s"),
	locations: fields("path:text:s", "kind:text:s", "host:text:s",
		"encrypted:bool", "mode", "well_known_password:bool"),
	endpoints: fields("state:text:s", "port:number:s", "host:text:s",
		"not_after:time:s", "sni"),
	hosts: fields("host:text:s", "last_seen:time:s", "gaps:number:s",
		"locations:number:s", "complete:bool", "revoked:bool"),
	alerts: fields("rule:text:s", "state:text:s", "title:text:s",
		"host:text:s", "since:time:s", "told:time:s", "ended:time:s"),
	"alert-messages": fields("rule:text:s", "channel:text:s", "state:text:s",
		"created:time:s", "attempts:number:s"),
	events: fields("time:time:s", "event:text:s", "about:text:s",
		"host:text:s", "not_after:time:s"),
	commands: fields("action:text:s", "state:text:s", "host:text:s"),
};

const audit = Array.from({length: 23}, (_, i) => ({
	number: 23 - i, time: at(-i), actor: i === 3 ? HOSTILE : "anna",
	event: ["login", "command sent", "token created"][i % 3],
	fields: {address: "192.0.2.9", agent: uuid(i)}, hash: hex(i),
}));

const EVENTS = ["renewed", "stale", "gone", "new", "replaced", "silent",
	"live", "joined", "mixed", "back", "many", "resynced"];
const event = (i) => {
	const what = EVENTS[i % EVENTS.length];
	const about = ["stale", "live", "mixed"].includes(what) ? "endpoint"
		: ["silent", "joined", "back", "many", "resynced"].includes(what)
			? "host" : "certificate";
	const c = certificates[i % 260];

	return {
		time: at(-i / 9), event: what, about, number: i + 1,
		host: hosts[i % 40].host, agent_id: uuid(i % 40),
		...about === "certificate" && {sha256: c.sha256,
			subject: c.subject, not_after: c.not_after, role: "leaf",
			place: i % 7 === 3 ? `/srv/${HOSTILE}.pem`
				: `/etc/ssl/site${i}/fullchain.pem`},
		...about === "endpoint" && {place: "192.0.2.17:443 (www.example.org)",
			was: what === "live" ? "stale" : "live", cause: CAUSES[what]},
		...["renewed", "replaced"].includes(what) && {
			prior: certificates[(i + 9) % 260].sha256,
			prior_not_after: at(3 - i)},
		...what === "many" && {cause: "4711 more at once"},
	};
};

const ALERT_STATES = ["told", "escalated", "open", "over", "told"];
const alert = (i) => {
	const state = ALERT_STATES[i % 5];

	return {
		rule: ["soon", "silent", "stale"][i % 3], state, key: hex(i),
		title: i === 1 ? HOSTILE : `CN=www${i}.example.org,O=Example`,
		host: i % 3 ? hosts[i % 40].host : "", since: at(-i / 3),
		...state !== "open" && {told: at(-i / 4)},
		...state === "escalated" && {escalated: at(-i / 5)},
		...state === "over" && {ended: at(-i / 6)},
		...i === 4 && {silenced_until: at(0.4)},
	};
};
const MESSAGES = ["sent", "retrying", "failed", "waiting", "sent"];
const message = (i) => ({
	id: uuid(i + 900), rule: "soon", channel: ["mail", "hook"][i % 2],
	state: MESSAGES[i % 5], created: at(-i / 8), attempts: i % 4 + 1,
	...i % 5 === 1 && {next: at(0.02), error: `503 from ${HOSTILE}`},
});
const rules = [
	{name: "soon", subject: "certificates", severity: "critical",
		where: "role = leaf and not_after < 14d", channels: ["mail", "hook"],
		hold: 0, repeat: 86400, escalate_after: 172800,
		escalate_to: ["pager"], advice: "renew it"},
	{name: "silent", subject: "hosts", severity: "warning",
		where: "last_seen < -1d", channels: ["mail"], hold: 3600, repeat: 0},
	{name: "wrong", fault: `/etc/certwalk/alerts.d/wrong.ini: ${HOSTILE}`},
];

const LISTS = {
	"saved-filters": [{list: "certificates", title: "Of the shop",
		filter: 'host ~ "shop*"'}],
	alerts: Array.from({length: 30}, (_, i) => alert(i)),
	"alert-messages": Array.from({length: 12}, (_, i) => message(i)),
	"alert-rules": rules,
	"alert-silences": [{id: uuid(77), rule: "soon", match: "web*",
		created: at(-0.1), until: at(0.3), actor: "anna",
		reason: `maintenance ${HOSTILE}`},
	{id: uuid(78), created: at(-0.1), until: at(3)}],
	events: Array.from({length: 150}, (_, i) => event(i)),
	certificates, hosts, audit,
	locations: Array.from({length: 120}, (_, i) => location(i)),
	endpoints: Array.from({length: 24}, (_, i) => endpoint(i)),
	commands: Array.from({length: 14}, (_, i) => command(i)),
	keys: [{id: "a1b2c3d4e5f60718", name: "anna's", ed25519: hex(1),
		created: at(-90)}],
	"enrolment-tokens": [{id: hex(5), created: at(-1), expires: at(1),
		uses: 100, uses_left: 97, state: "open"}],
	"api-tokens": [{id: "6f1d0c5b9a7e4433", name: HOSTILE, owner: "anna",
		role: "viewer", filter: 'host ~ "web*"', created: at(-2),
		expires: at(80), state: "open"}],
	users: [{name: "anna", role: "admin", disabled: false, created: at(-90),
		last_login: at(-0.1)}, {name: "ben", role: "viewer",
		disabled: false, created: at(-50), locked_until: at(0.01)}],
};

// ----------------------------------------------------------------- answers

function problem(status, code, detail, more) {
	return {status, body: {type: "about:blank", title: "", status, code,
		detail, ...more}};
}

function list(url, items) {
	const from = Number(url.searchParams.get("after") || 0);
	const filter = url.searchParams.get("filter") || "";
	const sort = url.searchParams.get("sort") || "";

	if (filter.includes("nonsense"))
		return problem(400, "bad-filter", "column 11: no such field",
			{column: 11});
	if (filter.includes("nothing"))
		items = [];
	if (sort)
		items = [...items].sort((a, b) => {
			const by = sort.replace(/^-/, "");
			const less = a[by] < b[by] ? -1 : 1;

			return sort.startsWith("-") ? -less : less;
		});
	const page = {items: items.slice(from, from + 100), total: items.length};

	if (from + 100 < items.length) {
		url.searchParams.set("after", from + 100);
		page.next = url.pathname + url.search;
	}
	return {body: page};
}

const ONE = {
	certificates: (id) => {
		const c = certificates.find((x) => x.sha256 === id);

		return c && {...c, ...!c.claimed &&
			{pem: "-----BEGIN CERTIFICATE-----\nMIIB\n"},
			key_usage: ["digitalSignature"], ext_key_usage: ["serverAuth"],
			ocsp: ["http://ocsp.example.org"], sct_count: 2,
			chain: [issuing, root]};
	},
	hosts: (id) => {
		const h = hosts.find((x) => x.agent_id === id);

		return h && {...h, os: "Debian GNU/Linux 12 (bookworm)",
			kernel: "6.1.0", arch: "x86_64", agent_version: "0.1.0",
			libcrypto: "OpenSSL 3.0.17", capabilities: ["commands"]};
	},
	commands: (id) => detail(LISTS.commands.findIndex((c) => c.id === id)),
};

const PARTS = {
	places: (url) => list(url, [location(0), location(1),
		{...endpoint(0), format: "tls"}]),
	history: (url) => list(url, [0, 3].map(event)),
	coverage: () => ({body: coverage}),
};

function answer(url, mood) {
	const [name, id, sub] = url.pathname.slice("/api/v1/".length).split("/");
	const empty = mood === "empty";

	if (name === "statistics")
		return {body: empty ? nothing : statistics};
	if (name === "openapi.json")
		return {body: {}};
	if (name === "filter-fields")
		return {body: filterFields};
	if (name === "audit" && id === "head")
		return {body: {intact: true, number: 23, hash: hex(9)}};
	if (sub)
		return empty ? list(url, []) : PARTS[sub](url);
	if (id) {
		const body = ONE[name]?.(id);

		// no scan has ended yet, no answer has come
		if (body && empty)
			delete body[{hosts: "scanned", commands: "result"}[name]];

		return body ? {body} : problem(404, "not-found", "no such thing");
	}
	return LISTS[name] ? list(url, empty ? [] : LISTS[name])
		: problem(404, "not-found", "no such path");
}

function change(url, body) {
	const [name, id, title] = url.pathname.split("/").slice(3)
		.map(decodeURIComponent);

	if (name === "saved-filters") {
		LISTS[name] = LISTS[name].filter((f) => f.title !== title);
		if (body?.filter)
			LISTS[name].push({list: id, title, filter: body.filter});
		return {status: 204};
	}
	if (name === "users" && body.name === "anna")
		return problem(409, "exists", "there is a user anna");
	if (name === "commands" && !url.pathname.split("/")[4])
		return {status: 201, body: {items: [command(0)]}};
	if (name.endsWith("-tokens"))
		return {status: 201, body: {...LISTS[name][0],
			token: `cwt_${hex(77, 40)}`}};
	return {status: 204};
}

const users = new Map();

function session(request, body) {
	if (request.method === "POST") {
		if (body.password !== "correct horse")
			return problem(401, "bad-login", "no such user and password");
		const mood = body.user.split("-").pop();
		const roles = ["viewer", "operator", "approver", "admin"];
		const who = {user: body.user, kind: "user", csrf_token: "csrf",
			role: roles.includes(mood) ? mood : "admin"};

		users.set(body.user, {mood, who});
		return {body: who, cookie: body.user};
	}
	if (request.method === "DELETE")
		return {status: 204, cookie: ""};
	return null;
}

function respond(request, body) {
	const url = new URL(request.url, "http://x");
	const known = users.get(/certwalk_session=([^;]*)/.exec(
		request.headers.cookie || "")?.[1]);
	const own = url.pathname === "/api/v1/session" && session(request, body);

	if (own)
		return own;
	if (url.pathname === "/api/v1/login-ways")
		return {body: {provider: "the company's login"}};
	if (!known)
		return problem(401, "unauthorized", "log in first");
	if (url.pathname === "/api/v1/session")
		return {body: known.who};
	if (request.method !== "GET" &&
		request.headers["x-csrf-token"] !== "csrf")
		return problem(403, "csrf", "no X-CSRF-Token");
	if (known.mood === "slow")
		return null;
	if (known.mood === "broken")
		return problem(503, "storage-failed", "the database is away");
	return request.method === "GET" ? answer(url, known.mood)
		: change(url, body);
}

const TYPES = {html: "text/html; charset=utf-8", js: "text/javascript",
	css: "text/css", svg: "image/svg+xml"};

function file(request, reply) {
	const name = request.url.split("?")[0].slice(1) || "index.html";
	const headers = {"Content-Security-Policy": CSP,
		"Content-Type": TYPES[name.split(".").pop()] || "text/plain"};

	try {
		const bytes = readFileSync(join(web, name));

		reply.writeHead(200, headers).end(bytes);
	} catch {
		reply.writeHead(404, headers).end();
	}
}

function send(reply, result) {
	if (!result)
		return;		// slow: never
	const headers = {"Content-Type": result.body?.status >= 400
		? "application/problem+json" : "application/json"};

	if (result.cookie !== undefined)
		headers["Set-Cookie"] = `certwalk_session=${result.cookie}; ` +
			"HttpOnly; SameSite=Strict; Path=/";
	reply.writeHead(result.status || 200, headers);
	reply.end(result.body && JSON.stringify(result.body));
}

const server = createServer((request, reply) => {
	let text = "";

	if (!request.url.startsWith("/api/"))
		return file(request, reply);
	request.on("data", (chunk) => {
		text += chunk;
	});
	return request.on("end", () =>
		send(reply, respond(request, text ? JSON.parse(text) : {})));
});

// A client may use a kept connection just as the server gives it up.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () =>
	console.log(`http://127.0.0.1:${server.address().port}`));
