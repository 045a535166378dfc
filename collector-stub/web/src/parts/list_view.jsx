// SPDX-License-Identifier: Apache-2.0
// A view that is one list: filter, sortable columns, endless, export.  Filter
// and order stand in the address, so that a view can be sent to somebody.

import {exportLink, withQuery} from "../api.js";
import {number} from "../format.js";
import {go, useGet, useList, useTitle} from "../hooks.js";
import {Head, Lacks} from "./basics.jsx";
import {Filter} from "./filter.jsx";
import {List, SortBy} from "./table.jsx";

function Exports({path, parameters}) {
	return (
		<span class="exports">
			{[["csv", "CSV"], ["jsonl", "JSON Lines"]].map(([id, title]) => (
				<a key={id} href={exportLink(path, parameters, id)}
					download={`${path.slice(1)}.${id}`}>{title}</a>))}
		</span>
	);
}

// ${path}: of the view, where that is another than the list's name.
// ${none}, ${next}: what to say and to do where there is nothing at all.
export function ListView({title, name, path: view = name, query, columns, presets, sort, itemKey,
	none, next, actions, tabs}) {
	const filter = query.filter || "";
	const order = query.sort || sort || "";
	const path = `/${name}`;
	const list = useList(withQuery(path, {filter, sort: query.sort,
		count: "true"}));
	const known = useGet("/filter-fields");
	const fields = known.data?.[name] || [];
	const sortable = new Set(fields.filter((f) => f.sort).map((f) => f.name));
	const sorted = columns.map((c) => (sortable.has(c.sort) ? c
		: {...c, sort: undefined}));
	const show = (change) => go(view, {filter, sort: query.sort, ...change});

	useTitle(title);
	return (
		<>
			<Head title={title}
				note={list.total !== undefined && number(list.total)}
				actions={<>{actions}<Exports path={path}
					parameters={{filter, sort: query.sort}} /></>} />
			{tabs}
			<Filter name={name} fields={fields}
				filter={filter} presets={presets} error={list.error}
				onFilter={(f) => show({filter: f})} />
			{known.error && <Lacks error={known.error} again={known.again}
				what="No field is completed, and no column sorts" />}
			<SortBy columns={sorted} sort={order}
				onSort={(s) => show({sort: s})} />
			{list.error?.code !== "bad-filter" && <List list={list}
				caption={title} itemKey={itemKey} sort={order}
				columns={sorted}
				onSort={(s) => show({sort: s})}
				empty={filter
					? {title: "Nothing passes this filter.",
						text: "Change it, or clear it."}
					: {title: none, text: next}} />}
		</>
	);
}
