// SPDX-License-Identifier: Apache-2.0
// What is good and what is not: a level (good, note, warn, bad, none) and a
// word for each state that the collector knows.

import {ago, seconds} from "./format.js";

const DAY = 86400;

// Seconds before its end from which a certificate wants to be looked at, and
// is late: of a long life 30 and 7 days, of a short one a third and a twelfth.
function limits(c) {
	const life = c.not_before
		? (Date.parse(c.not_after) - Date.parse(c.not_before)) / 1000
		: Infinity;

	return [Math.min(30 * DAY, life / 3), Math.min(7 * DAY, life / 12)];
}

export function expiry(c) {
	if (!c.not_after)
		return {level: "none", word: c.unreadable ? "unreadable" : "no end"};
	const left = seconds(c.not_after);

	if (left < 0)
		return {level: "bad", word: `expired ${ago(c.not_after)}`};
	if (c.not_before && seconds(c.not_before) > 0)
		return {level: "warn", word: `valid ${ago(c.not_before)}`};
	const [warn, bad] = limits(c);
	const level = left < bad ? "bad" : left < warn ? "warn" : "good";

	return {level, word: ago(c.not_after)};
}

const ENDPOINT = {
	live: ["good", "live", "serves what is on disk"],
	stale: ["bad", "stale", "the file was renewed; the process still " +
		"serves the old certificate"],
	mixed: ["bad", "mixed", "its workers serve different certificates"],
	chain: ["bad", "chain", "the leaf is right, its chain is not"],
	elsewhere: ["warn", "elsewhere", "no file on this host has what it " +
		"serves"],
};

export function endpoint(e) {
	const known = ENDPOINT[e.state];

	if (e.failure)
		return {level: e.failure === "no-tls" ? "none" : "warn",
			word: "no answer", why: e.failure};
	if (e.not_after && seconds(e.not_after) < 0)
		return {level: "bad", word: "expired",
			why: e.cause || "serves an expired certificate"};
	if (!known)
		return {level: "none", word: e.state || "not judged",
			why: e.cause || ""};
	return {level: known[0], word: known[1], why: e.cause || known[2]};
}

const EVENT = {
	new: "note",
	renewed: "good",
	replaced: "warn",
	gone: "warn",
	joined: "good",
	resynced: "note",
	many: "note",
	worse: "warn",
	silent: "bad",
	back: "good",
};

export const event = (e) => (e.about === "endpoint"
	? {level: ENDPOINT[e.event]?.[0] || "none", word: e.event}
	: {level: EVENT[e.event] || "none", word: e.event});

const ALERT = {open: "note", told: "bad", escalated: "bad", over: "none"};
const SEVERITY = {info: "note", warning: "warn", critical: "bad"};

// ${severity}: of its rule, where that is known.
export const alert = (a, severity) => (a.silenced_until
	? {level: "none", word: "silenced", why: `until ${a.silenced_until}`}
	: {level: a.state === "over" || a.state === "open" ? ALERT[a.state]
		: SEVERITY[severity] || ALERT[a.state], word: a.state});

const MESSAGE = {sent: "good", waiting: "note", retrying: "warn",
	failed: "bad"};

export const message = (m) => ({level: MESSAGE[m.state], word: m.state});

export const rule = (r) => (r.fault
	? {level: "bad", word: "faulty"}
	: {level: SEVERITY[r.severity] || "none", word: r.severity});

export function host(h) {
	if (h.state === "revoked")
		return {level: "none", word: "revoked"};
	if (h.silent)
		return {level: "bad", word: "silent"};
	if (h.state === "enrolled")
		return {level: "warn", word: "no report yet"};
	if (h.complete === false)
		return {level: "warn", word: "scan did not end"};
	if (h.state === "resyncing")
		return {level: "note", word: "reporting"};
	return {level: "good", word: "in sync"};
}

const COMMAND = {
	"to be signed": "warn",
	waiting: "note",
	delivered: "note",
	done: "good",
	failed: "bad",
	refused: "bad",
	"timed-out": "bad",
	unknown: "bad",
	"no answer": "warn",
	cancelled: "none",
	expired: "none",
};

export const command = (c) =>
	({level: COMMAND[c.state] || "none", word: c.state});

export const isOpen = (c) =>
	["to be signed", "waiting", "delivered"].includes(c.state);

export const token = (t) => ({
	level: t.state === "open" ? "good" : "none",
	word: t.state,
});

export function user(u) {
	if (u.disabled)
		return {level: "none", word: "disabled"};
	if (u.locked_until && seconds(u.locked_until) > 0)
		return {level: "warn", word: `locked, opens ${ago(u.locked_until)}`};
	return {level: "good", word: "active"};
}
