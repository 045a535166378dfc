// SPDX-License-Identifier: Apache-2.0
// The collector's REST interface, as ../../api/openapi.json has it.

const BASE = "/api/v1";

let csrf = "";
let onLoggedOut = () => {};

// fn is called when a reply says that nobody is logged in any more.
export function watchLogout(fn) {
	onLoggedOut = fn;
}

export class Failure extends Error {
	// problem: an RFC 9457 document, or one of the same form made here
	constructor(problem) {
		super(problem.detail || problem.title);
		this.status = problem.status;
		this.code = problem.code;
		this.column = problem.column;
		this.retryAfter = Number(problem.retry_after) || 0;
	}
}

// Seconds for an answer: the collector gives up a question to its database
// after 30, and asks several for the overview.
const PATIENCE = 120;

const away = {
	status: 0,
	code: "unreachable",
	detail: "The collector does not answer. Is certwalk-collector " +
		"running, and the network up?",
};

const late = (method) => ({
	status: 0,
	code: "unreachable",
	detail: `There was no answer within ${PATIENCE} seconds.` +
		(method === "GET" ? ""
			: " It may have been done all the same: look first."),
});

function unexpected(reply, why) {
	return new Failure({status: reply.status, code: "unexpected",
		detail: `The answer was ${reply.status} ${reply.statusText}`.trim() +
			why});
}

// The document in a reply, of a type that begins with ${type}; a proxy's own
// page, say, is none.
async function read(reply, type) {
	const given = reply.headers.get("Content-Type") || "no type";

	if (!given.startsWith(type))
		throw unexpected(reply, ` with ${given}, not JSON.`);
	try {
		return await reply.json();
	} catch (error) {
		if (error instanceof SyntaxError)
			throw unexpected(reply, ", cut off or damaged.");
		throw error;
	}
}

async function exchange(path, options) {
	const reply = await fetch(BASE + path, options);

	if (reply.status === 204)
		return null;
	if (reply.ok)
		return read(reply, "application/json");
	throw new Failure({...await read(reply, "application/problem+json"),
		retry_after: reply.headers.get("Retry-After")});
}

async function call(method, path, body, {signal, poll} = {}) {
	const headers = {Accept: "application/json"};
	const abort = new AbortController();
	const leave = () => abort.abort();
	let isLate = false;
	const timer = setTimeout(() => {
		isLate = true;
		leave();
	}, PATIENCE * 1000);

	if (method !== "GET")
		headers["X-CSRF-Token"] = csrf;
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	if (poll)
		headers["X-Poll"] = "yes";
	signal?.addEventListener("abort", leave);
	try {
		return await exchange(path, {
			method, headers, signal: abort.signal,
			body: body === undefined ? undefined : JSON.stringify(body),
			credentials: "same-origin",
			cache: "no-cache",
		});
	} catch (error) {
		if (error.code === "unauthorized")
			onLoggedOut();
		if (isLate)
			throw new Failure(late(method));
		if (error instanceof Failure || error.name === "AbortError")
			throw error;
		throw new Failure(away);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", leave);
	}
}

// ${path} may be what "next" of a list says: with the base in front.
// ${options}: {signal, poll: true where a timer asks}.
export function get(path, options) {
	if (path.startsWith(BASE + "/"))
		path = path.slice(BASE.length);
	return call("GET", path, undefined, options);
}

export const post = (path, body) => call("POST", path, body);
export const patch = (path, body) => call("PATCH", path, body);
export const put = (path, body) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path);

// A path with a query: no parameter for what is empty.
export function withQuery(path, parameters) {
	const query = new URLSearchParams();

	for (const [name, value] of Object.entries(parameters))
		if (value !== undefined && value !== "" && value !== false)
			query.set(name, value);
	const text = query.toString();

	return text ? `${path}?${text}` : path;
}

export function exportLink(path, parameters, format) {
	return BASE + withQuery(path, {...parameters, format});
}

export const part = encodeURIComponent;

function begin(session) {
	csrf = session.csrf_token || "";
	return session;
}

export async function session() {
	try {
		return begin(await get("/session"));
	} catch (error) {
		if (error.status === 401)
			return null;
		throw error;
	}
}

export async function login(user, password) {
	return begin(await post("/session", {user, password}));
}

export async function logout() {
	await remove("/session");
	csrf = "";
}
