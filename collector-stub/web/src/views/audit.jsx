// SPDX-License-Identifier: Apache-2.0

import {get, exportLink} from "../api.js";
import * as format from "../format.js";
import {useAction, useList, useTitle} from "../hooks.js";
import {Hash, Head, Path, Status, Time} from "../parts/basics.jsx";
import {List} from "../parts/table.jsx";
import {useState} from "preact/hooks";

const columns = [
	{id: "number", title: "No.", right: true,
		cell: (a) => format.number(a.number)},
	{id: "time", title: "When", cell: (a) => <Time at={a.time} />},
	{id: "actor", title: "Who", cell: (a) => <Path>{a.actor}</Path>},
	{id: "event", title: "What", class: "tight",
		cell: (a) => a.event},
	{id: "fields", title: "Details", class: "details",
		cell: (a) => Object.entries(a.fields).map(([name, value]) => (
			<span key={name} class="pair"><span class="muted">{name}</span>
				{" "}<Path>{value}</Path> </span>))},
	{id: "hash", title: "Hash", wide: true,
		cell: (a) => <Hash text={a.hash} />},
];

function Check() {
	const [head, setHead] = useState(null);
	const check = useAction(() => get("/audit/head"), setHead);

	return (
		<div class="check">
			<button type="button" onClick={check.run} disabled={check.busy}>
				{check.busy ? "Checking…" : "Check the whole log"}</button>
			<span role="status">
				{check.error && <Status level="bad"
					word={check.error.message} />}
				{head && (head.intact
					? <><Status level="good" word={`intact: ` +
						format.plural(head.number, "entry", "entries")} />
						{" "}<span class="muted">keep this elsewhere: {" "}
							<code class="path">{head.hash}</code></span></>
					: <Status level="bad" word={`changed after entry ` +
						format.number(head.number)} />)}
			</span>
		</div>
	);
}

export function Audit() {
	const list = useList("/audit");

	useTitle("Audit");
	return (
		<>
			<Head title="Audit" note="Each entry covers the one before it."
				actions={<span class="exports">
					<a href={exportLink("/audit", {}, "csv")}
						download="audit.csv">CSV</a>
					<a href={exportLink("/audit", {}, "jsonl")}
						download="audit.jsonl">JSON Lines</a></span>} />
			<Check />
			<List list={list} caption="Audit" columns={columns}
				itemKey={(a) => a.number}
				empty={{title: "Nothing has been done yet.",
					text: "Each change, login and command is noted here, " +
						"with who it was."}} />
		</>
	);
}
