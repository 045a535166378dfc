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

const away = {
	status: 0,
	code: "unreachable",
	detail: "The collector does not answer. Is certwalk-collector " +
		"running, and the network up?",
};

async function failure(reply) {
	const type = reply.headers.get("Content-Type") || "";

	if (type.startsWith("application/problem+json"))
		return new Failure({...await reply.json(),
			retry_after: reply.headers.get("Retry-After")});
	return new Failure({
		status: reply.status,
		code: "unexpected",
		detail: `The collector answered ${reply.status} ` +
			reply.statusText,
	});
}

async function call(method, path, body, signal) {
	const headers = {Accept: "application/json"};
	let reply;

	if (method !== "GET")
		headers["X-CSRF-Token"] = csrf;
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	try {
		reply = await fetch(BASE + path, {
			method, headers, signal,
			body: body === undefined ? undefined : JSON.stringify(body),
			credentials: "same-origin",
			cache: "no-cache",
		});
	} catch (error) {
		if (error.name === "AbortError")
			throw error;
		throw new Failure(away);
	}
	if (!reply.ok) {
		const fault = await failure(reply);

		if (fault.code === "unauthorized")
			onLoggedOut();
		throw fault;
	}
	if (reply.status === 204)
		return null;
	return reply.json();
}

// ${path} may be what "next" of a list says: with the base in front.
export function get(path, signal) {
	if (path.startsWith(BASE + "/"))
		path = path.slice(BASE.length);
	return call("GET", path, undefined, signal);
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
