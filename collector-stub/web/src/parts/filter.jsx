// SPDX-License-Identifier: Apache-2.0
// The box that a filter is written in: it completes fields, signs and words,
// shows where a fault is, and keeps filters under a name at the collector.

import {useEffect, useId, useRef, useState} from "preact/hooks";
import {part, put, remove} from "../api.js";
import {useAction, useGet} from "../hooks.js";
import {suggest} from "../complete.js";
import {Lacks, Status} from "./basics.jsx";
import {Dialog, Form, Text} from "./form.jsx";

// A combo box (ARIA 1.2): the input keeps the focus, the list is pointed at.
function Box({id, fields, text, onText, onDone, fault, label, example}) {
	const input = useRef(null);
	const [open, setOpen] = useState(false);
	const [at, setAt] = useState(-1);
	const [caret, setCaret] = useState(text.length);
	const found = open && fields.length
		? suggest(text, caret, fields) : {items: []};
	const shown = found.items.length > 0;
	const listId = `${id}-list`;

	const take = (item) => {
		const next = text.slice(0, found.from) + item.text + " " +
			text.slice(caret).trimStart();
		const place = found.from + item.text.length + 1;

		onText(next);
		setCaret(place);
		setAt(-1);
		queueMicrotask(() => requestAnimationFrame(() => {
			input.current?.focus();
			input.current?.setSelectionRange(place, place);
		}));
	};
	const onInput = (event) => {
		onText(event.currentTarget.value);
		setCaret(event.currentTarget.selectionStart);
		setOpen(true);
		setAt(-1);
	};
	const done = () => {
		setOpen(false);
		setAt(-1);
		onDone(text.trim());
	};
	const step = (by) => {
		const n = found.items.length;

		setOpen(true);
		setCaret(input.current.selectionStart);
		setAt(n ? (at + by + n + (at < 0 && by < 0 ? 1 : 0)) % n : 0);
	};
	const keys = {
		ArrowDown: () => step(1),
		ArrowUp: () => step(-1),
		Escape: () => {
			setOpen(false);
			setAt(-1);
		},
		Enter: () => (shown && at >= 0 ? take(found.items[at]) : done()),
	};
	const onKeyDown = (event) => {
		if (event.key === "Tab" && shown && at >= 0) {
			event.preventDefault();
			take(found.items[at]);
		} else if (event.key === "Escape" && !shown) {
			// nothing to close: the browser's own
		} else if (keys[event.key]) {
			event.preventDefault();
			keys[event.key]();
		}
	};

	useEffect(() => {
		document.getElementById(`${listId}-${at}`)?.scrollIntoView(
			{block: "nearest"});
	}, [at, listId]);
	return (
		<div class="filter-box">
			<input id={id} ref={input} type="text" role="combobox"
				aria-label={label} aria-autocomplete="list"
				aria-expanded={shown} aria-controls={listId}
				aria-activedescendant={at >= 0 && shown
					? `${listId}-${at}` : undefined}
				aria-invalid={fault ? "true" : undefined}
				aria-describedby={fault ? `${id}-fault` : undefined}
				placeholder={example}
				autocomplete="off" autocapitalize="off"
				spellcheck={false} value={text} onInput={onInput}
				onKeyDown={onKeyDown} onFocus={() => setOpen(true)}
				onClick={(e) => setCaret(e.currentTarget.selectionStart)}
				onBlur={() => setOpen(false)} />
			<ul id={listId} role="listbox" aria-label="Completions"
				hidden={!shown}>
				{found.items.map((item, i) => (
					<li key={item.text} id={`${listId}-${i}`}
						role="option" aria-selected={i === at}
						onMouseDown={(e) => {
							e.preventDefault();
							take(item);
						}}>
						<code>{item.text}</code>
						<span class="muted">{item.note}</span>
					</li>))}
			</ul>
		</div>
	);
}

// What is wrong, under the place where it is.
function Fault({id, error, text}) {
	const column = error.column || 0;
	const rest = text.slice(column - 1);

	return (
		<p class="filter-fault" id={`${id}-fault`} role="alert">
			<Status level="bad" word={error.message} />
			{column > 0 && <code>
				{text.slice(0, column - 1)}
				<mark>{rest || "(end)"}</mark></code>}
		</p>
	);
}

const addressOf = (list, title) =>
	`/saved-filters/${part(list)}/${part(title)}`;

function Naming({list, filter, onClose, done}) {
	const [title, setTitle] = useState("");
	const keep = useAction(() => put(addressOf(list, title.trim()), {filter}),
		done);

	return (
		<Dialog title="Save this filter" onClose={onClose}>
			<p><code>{filter}</code></p>
			<Form action={keep.run} submit="Save" onCancel={onClose}
				{...keep}>
				<Text label="Name" value={title} onValue={setTitle}
					required maxLength={40} autofocus
					hint="It is kept for you at the collector." />
			</Form>
		</Dialog>
	);
}

function Saved({name, presets, filter, onFilter, fault}) {
	const kept = useGet("/saved-filters?limit=500");
	const [naming, setNaming] = useState(false);
	const own = (kept.data?.items || []).filter((s) => s.list === name);
	const drop = useAction((s) => remove(addressOf(name, s.title)),
		kept.again);
	const saved = [...presets, ...own];
	const mine = own.find((s) => s.filter === filter);
	const isNew = filter && !saved.some((s) => s.filter === filter);

	return (
		<div class="saved" role="group" aria-label={`Saved filters of ${name}`}>
			{saved.map((s) => (
				<button type="button" key={`${s.list} ${s.title}`}
					class="chip" aria-pressed={s.filter === filter}
					title={s.filter}
					onClick={() => onFilter(
						s.filter === filter ? "" : s.filter)}>
					{s.title}</button>))}
			{isNew && !fault && kept.data && <button type="button"
				class="quiet" onClick={() => setNaming(true)}>
				Save filter</button>}
			{mine && <button type="button" class="quiet"
				onClick={() => drop.run(mine)}>Forget this filter</button>}
			{drop.error && <Status level="bad" word={drop.error.message} />}
			{kept.error && <Lacks error={kept.error} again={kept.again}
				what="Your saved filters are not shown" />}
			{naming && <Naming list={name} filter={filter}
				onClose={() => setNaming(false)} done={() => {
					setNaming(false);
					kept.again();
				}} />}
		</div>
	);
}

// ${name}: of the list; ${presets}: what everybody has.
export function Filter({name, fields, filter, onFilter, error, presets}) {
	const id = useId();
	const [text, setText] = useState(filter);
	const fault = error?.code === "bad-filter" ? error : null;

	useEffect(() => setText(filter), [filter]);
	return (
		<div class="filter" role="search">
			<div class="filter-line">
				<Box id={id} fields={fields} text={text} onText={setText}
					onDone={onFilter} fault={fault}
					label={`Filter ${name}`} example={presets[0].filter} />
				<button type="button" class="main"
					onClick={() => onFilter(text.trim())}>Filter</button>
				{filter && <button type="button"
					onClick={() => onFilter("")}>Clear</button>}
			</div>
			{fault && <Fault id={id} error={fault} text={filter} />}
			<Saved name={name} presets={presets} filter={filter}
				onFilter={onFilter} fault={fault} />
		</div>
	);
}
