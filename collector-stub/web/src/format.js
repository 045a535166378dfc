// SPDX-License-Identifier: Apache-2.0
// Values as people read them.

const UNITS = [
	["year", 365 * 86400], ["month", 30 * 86400], ["day", 86400],
	["hour", 3600], ["minute", 60], ["second", 1],
];
const relative = new Intl.RelativeTimeFormat("en", {numeric: "always"});
const whole = new Intl.NumberFormat("en");

export const number = (n) => whole.format(n);

export const plural = (n, one, many = one + "s") =>
	`${number(n)} ${n === 1 ? one : many}`;

// Seconds from now on; below zero: ago.
export const seconds = (time) => (Date.parse(time) - Date.now()) / 1000;

export function ago(time) {
	const s = seconds(time);
	const size = Math.abs(s);

	if (Number.isNaN(s))
		return String(time);
	if (size < 5)
		return "now";
	// days up to three months: what ends in 45 days is not "in a month"
	for (const [unit, length] of UNITS)
		if (size >= length && !(unit === "month" && size < 90 * 86400))
			return relative.format(Math.trunc(s / length), unit);
	return "now";
}

// 172800 as "2 days".
export function duration(s) {
	for (const [unit, length] of UNITS)
		if (s >= length && unit !== "month" && s % length === 0)
			return plural(s / length, unit);
	return plural(s, "second");
}

// 2026-12-30 00:00:00 UTC
export const exact = (time) =>
	time.replace("T", " ").replace(/Z$/, " UTC");

export const day = (time) => time.slice(0, 10);

// A text from outside with what cannot be seen, or turns round what stands
// beside it, made visible: U+202E as ‹202E›.
const UNSEEN = /[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

export const visible = (text) => text && text.replace(UNSEEN, (c) =>
	`‹${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);

// One attribute of a distinguished name (RFC 4514), escapes taken out; "" where
// there is none.
export function attribute(dn, type) {
	for (const rdn of split(dn)) {
		const at = rdn.indexOf("=");

		if (rdn.slice(0, at).trim().toUpperCase() === type)
			return unescape(rdn.slice(at + 1));
	}
	return "";
}

function split(dn) {
	return dn.match(/(?:\\.|[^\\,+])+/gs) || [];
}

function unescape(value) {
	const bytes = value.replace(/(?:\\[0-9A-Fa-f]{2})+/g, (run) => {
		const codes = run.match(/[0-9A-Fa-f]{2}/g);

		return new TextDecoder().decode(
			Uint8Array.from(codes, (hex) => parseInt(hex, 16)));
	});

	return bytes.replace(/\\(.)/gs, "$1");
}

// What a certificate is called in a list.
export function name(c) {
	const dn = c.subject || "";

	return visible(attribute(dn, "CN") || c.dns_names?.[0] ||
		c.ip_addresses?.[0] || attribute(dn, "OU") ||
		attribute(dn, "O") || dn || `${c.sha256.slice(0, 16)}…`);
}

export function issuer(c) {
	const dn = c.issuer || "";

	return visible(attribute(dn, "CN") || attribute(dn, "OU") ||
		attribute(dn, "O") || dn);
}

// RSA 2048, EC P-256, Ed25519
export function key(c) {
	if (!c.key_alg)
		return "";
	return [c.key_alg, c.curve || (/\d/.test(c.key_alg) ? "" : c.key_bits)]
		.filter(Boolean).join(" ");
}

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function size(bytes) {
	let i = 0;

	while (bytes >= 1024 && i < SIZES.length - 1) {
		bytes /= 1024;
		i++;
	}
	return `${i && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ` +
		SIZES[i];
}

export function endpoint(e) {
	const address = e.address?.includes(":") ? `[${e.address}]`
		: e.address || "";

	return `${address}:${e.port}`;
}

// A value of the filter language, quoted.
export const quoted = (text) =>
	`"${text.replace(/[\\"]/g, "\\$&")}"`;
