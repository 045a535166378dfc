// SPDX-License-Identifier: Apache-2.0
// The small parts that every view is made of.

import {useState} from "preact/hooks";
import {ago, exact, visible} from "../format.js";
import {href} from "../hooks.js";

// How long from now, or ago; when exactly stands in the title.
export function Time({at, none = "never"}) {
	if (!at)
		return <span class="muted">{none}</span>;
	return <time dateTime={at} title={exact(at)}>{ago(at)}</time>;
}

const SHAPES = {
	good: <path d="M3 8.5 6.5 12 13 4.5" fill="none" stroke="currentColor"
		stroke-width="2.2" />,
	note: <circle cx="8" cy="8" r="4.5" fill="currentColor" />,
	warn: <path d="M8 2 15 14H1Z" fill="currentColor" />,
	bad: <path d="M8 1 15 8 8 15 1 8Z" fill="currentColor" />,
	none: <circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor"
		stroke-width="1.8" />,
};

// A state: a colour, a shape, and always the word.
export function Status({level, word, title}) {
	return (
		<span class={`status ${level}`} title={title}>
			<svg viewBox="0 0 16 16" aria-hidden="true">{SHAPES[level]}</svg>
			{word}
		</span>
	);
}

export function Link({to, query, children, ...rest}) {
	return <a href={href(to, query)} {...rest}>{children}</a>;
}

export function Loading({what = ""}) {
	return <p class="loading" role="status">Loading {what}…</p>;
}

// What failed, and what to do next.
export function Failed({error, again}) {
	return (
		<div class="failed" role="alert">
			<Status level="bad" word={title(error)} />
			<p>{error.message}</p>
			<p class="muted">{advice(error)}</p>
			{again && <button type="button" onClick={again}>
				Try again</button>}
		</div>
	);
}

// The same in one line: for what can be done without.  ${what} says what is
// missing.
export function Lacks({what, error, again}) {
	return (
		<p class="remark" role="alert">
			<Status level="warn" word={`${what}: ${error.message}`} />
			<button type="button" class="quiet" onClick={again}>
				Try again</button>
		</p>
	);
}

function title(error) {
	switch (error.code) {
	case "forbidden": return "Not permitted";
	case "not-found": return "Not found";
	case "bad-filter": return "The filter has a fault";
	case "unexpected": return "A proxy may have given it in place of the " +
		"collector.";
	case "unreachable": return "No answer";
	default: return "This failed";
	}
}

function advice(error) {
	switch (error.code) {
	case "forbidden": return "Ask an admin for a role that may do this.";
	case "not-found": return "It may have gone since the list was shown.";
	case "bad-filter": return "Mend the filter, or clear it.";
	case "too-many": case "too-often": case "overloaded":
		return error.retryAfter
			? `Try again in ${error.retryAfter} seconds.`
			: "Try again in a moment.";
	case "storage-full": return "The collector's disk is full: make room.";
	case "unreachable": return "Then try again.";
	default: return "The collector's log tells more.";
	}
}

export function Empty({title, children}) {
	return (
		<div class="empty">
			<p class="empty-title">{title}</p>
			{children && <p class="muted">{children}</p>}
		</div>
	);
}

// Waits for a document of useGet(): children is called with it.
export function Wait({on, what, children}) {
	if (on.error)
		return <Failed error={on.error} again={on.again} />;
	if (!on.data)
		return <Loading what={what} />;
	return children(on.data);
}

// Names and values: rows of [name, value]; those without a value are left out.
export function Facts({rows}) {
	return (
		<dl class="facts">
			{rows.filter(([, value]) => value !== undefined &&
				value !== null && value !== "" && value !== false)
				.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>))}
		</dl>
	);
}

export function Section({title, id, note, actions, children}) {
	return (
		<section aria-labelledby={id}>
			<div class="section-head">
				<h2 id={id}>{title}</h2>
				{note && <span class="muted">{note}</span>}
				{actions && <div class="actions">{actions}</div>}
			</div>
			{children}
		</section>
	);
}

export function Head({title, note, actions, back}) {
	return (
		<header class="head">
			{back && <nav aria-label="Back" class="back">
				<a href={back.href}>‹ {back.title}</a></nav>}
			<div class="head-line">
				<h1 tabIndex={-1}>{title}</h1>
				{note && <span class="head-note muted">{note}</span>}
				{actions && <div class="actions">{actions}</div>}
			</div>
		</header>
	);
}

// Puts a text into the clipboard and says so.
export function Copy({text, label = "Copy"}) {
	const [said, setSaid] = useState("");
	const copy = async () => {
		try {
			await navigator.clipboard.writeText(text);
			setSaid("Copied");
		} catch {
			setSaid("Not permitted: select the text");
		}
		setTimeout(() => setSaid(""), 3000);
	};

	return (
		<button type="button" class="quiet" onClick={copy}>
			<span aria-live="polite">{said || label}</span>
		</button>
	);
}

// A long hexadecimal text, short, whole in the title.
export function Hash({text}) {
	return <code title={text}>{text.slice(0, 16)}…</code>;
}

// Paths, names of hosts: any text at all; broken after a slash, or where it
// must be.
export function Path({children: text}) {
	if (!text)
		return null;
	return (
		<bdi class="path">{visible(text).split(/(?<=\/)/)
			.flatMap((part, i) => (i ? [<wbr key={i} />, part] : [part]))}
		</bdi>
	);
}
