// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {part} from "../api.js";
import * as format from "../format.js";
import {Link, Status, Time} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import {useMay} from "../session.js";
import * as status from "../status.js";
import {HostLink} from "./locations.jsx";
import {OrderDialog} from "./order.jsx";

const columns = [
	{id: "action", title: "Action", sort: "action", cell: (c) =>
		<Link to={`commands/${part(c.id)}`} title={c.id}>{c.action}</Link>},
	{id: "state", title: "State", sort: "state",
		cell: (c) => <Status {...status.command(c)} />},
	{id: "host", title: "Host", sort: "host", cell: (c) => <HostLink of={c} />},
	{id: "signatures", title: "Signatures", right: true,
		cell: (c) => `${format.number(c.signatures)} of ` +
			format.number(c.signatures_needed)},
	{id: "from", title: "Ordered", sort: "not_before",
		cell: (c) => <Time at={c.not_before} />},
	{id: "expires", title: "Expires", sort: "expires",
		cell: (c) => <Time at={c.expires} />},
];

const presets = [
	{title: "To be signed", filter: "state = \"to be signed\""},
	{title: "Went wrong", filter:
		"state in (failed, refused, timed-out, unknown)"},
];

export function Commands({query}) {
	const [ordering, setOrdering] = useState(false);
	const operator = useMay("operator");

	return (
		<>
			<ListView title="Commands" name="commands" query={query}
				key={query.turn} columns={columns} presets={presets}
				itemKey={(c) => `${c.agent_id} ${c.id}`}
				actions={operator && <button type="button"
					onClick={() => setOrdering(true)}>
					Order an action</button>}
				none="Nothing has been ordered yet."
				next={<>Commands need keys that sign them:
					<code> certwalk-collector key create</code>.</>} />
			{ordering && <OrderDialog onClose={() => setOrdering(false)} />}
		</>
	);
}
