// SPDX-License-Identifier: Apache-2.0
// Lists.  A column: {id, title, cell(item), sort: field or undefined, right:
// numbers, wide: not on a phone}.  The first column names the row.
//
// The roles are written out because on a phone the rows are laid out as
// blocks, which would take them away.

import {useEffect, useId, useRef} from "preact/hooks";
import {number} from "../format.js";
import {Empty, Failed} from "./basics.jsx";

function sortState(column, sort) {
	if (sort === column.sort)
		return "ascending";
	return sort === `-${column.sort}` ? "descending" : "none";
}

const ARROW = {ascending: "▲", descending: "▼", none: ""};

const cellClass = (c) =>
	[c.right && "right", c.wide && "wide", c.class].filter(Boolean).join(" ");

function HeadCell({column, sort, onSort}) {
	const state = column.sort && onSort ? sortState(column, sort) : null;
	const turn = () => onSort(state === "ascending" ? `-${column.sort}`
		: column.sort);

	return (
		<th scope="col" role="columnheader" aria-sort={state ?? undefined}
			class={cellClass(column)}>
			{state
				? <button type="button" class="sort" onClick={turn}>
					{column.title}
					<span class="arrow" aria-hidden="true">
						{ARROW[state]}</span>
				</button>
				: column.title}
		</th>
	);
}

// A phone shows no head: there the same is a choice.
export function SortBy({columns, sort, onSort}) {
	const id = useId();
	const sortable = columns.filter((c) => c.sort);
	const isShown = sortable.some((c) => sortState(c, sort) !== "none");

	if (!sortable.length)
		return null;
	return (
		<p class="sort-by">
			<label for={id}>Sort by</label>
			<select id={id} value={sort}
				onChange={(e) => onSort(e.currentTarget.value)}>
				{!isShown && <option value={sort}>
					{sort || "no column"}</option>}
				{sortable.map((c) => [["", "ascending"], ["-", "descending"]]
					.map(([sign, word]) => (
						<option key={sign + c.sort} value={sign + c.sort}>
							{c.title}, {word}</option>)))}
			</select>
		</p>
	);
}

function Row({columns, item}) {
	const [first, ...others] = columns;

	return (
		<tr role="row">
			<th scope="row" role="rowheader" class={cellClass(first)}>
				{first.cell(item)}</th>
			{others.map((c) => (
				<td key={c.id} role="cell" class={cellClass(c)}
					data-title={c.title}>{c.cell(item)}</td>))}
		</tr>
	);
}

export function Table({caption, columns, items, itemKey, sort, onSort}) {
	return (
		<div class="table-frame" role="region" aria-label={caption}
			tabIndex={0}>
			<table role="table">
				<caption class="unseen">{caption}</caption>
				<thead role="rowgroup">
					<tr role="row">
						{columns.map((c) => <HeadCell key={c.id}
							column={c} sort={sort} onSort={onSort} />)}
					</tr>
				</thead>
				<tbody role="rowgroup">
					{items.map((item) => <Row key={itemKey(item)}
						columns={columns} item={item} />)}
				</tbody>
			</table>
		</div>
	);
}

// The end of a list: how much of it is shown, and how to see more.  It is
// fetched when this comes into view; the button is for the keyboard.
function More({list}) {
	const end = useRef(null);
	const more = useRef(null);

	more.current = list.more;
	useEffect(() => {
		const seen = new IntersectionObserver((entries) => {
			if (entries.some((e) => e.isIntersecting))
				more.current();
		}, {rootMargin: "400px"});

		if (list.next)
			seen.observe(end.current);
		return () => seen.disconnect();
	}, [list.next]);

	const shown = list.total === undefined || list.total <= list.items.length
		? `${number(list.items.length)} shown`
		: `${number(list.items.length)} of ${number(list.total)} shown`;

	return (
		<div class="more" ref={end}>
			<span class="muted" role="status">
				{list.loading ? "Loading…" : shown}
				{!list.loading && !list.next && ": all of them"}</span>
			{list.next && <button type="button" onClick={list.more}
				disabled={list.loading}>Show more</button>}
		</div>
	);
}

// A list of useList(), whatever its state.  ${empty}: {title, text}.
export function List({list, empty, ...table}) {
	const first = list.items.length === 0;

	if (first && list.error)
		return <Failed error={list.error} again={list.again} />;
	if (first && list.loading)
		return <Skeleton columns={table.columns} caption={table.caption} />;
	if (first)
		return <Empty title={empty.title}>{empty.text}</Empty>;
	return (
		<>
			<Table {...table} items={list.items} />
			{list.error
				? <Failed error={list.error}
					again={list.next ? list.more : list.again} />
				: <More list={list} />}
		</>
	);
}

function Skeleton({columns, caption}) {
	return (
		<div class="skeleton">
			<p class="unseen" role="status">Loading {caption}…</p>
			{Array.from({length: 8}, (_, i) => (
				<div key={i} class="skeleton-row" aria-hidden="true">
					{columns.slice(0, 5).map((c) => <span key={c.id} />)}
				</div>))}
		</div>
	);
}
