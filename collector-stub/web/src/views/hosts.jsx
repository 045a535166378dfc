// SPDX-License-Identifier: Apache-2.0

import {part} from "../api.js";
import * as format from "../format.js";
import {Link, Path, Status, Time} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import * as status from "../status.js";

export function Coverage({of}) {
	if (!of.scanned)
		return <span class="muted">no scan yet</span>;
	if (of.complete === false)
		return <Status level="warn" word="did not end" />;
	if (of.gaps > 0)
		return <Status level="note" word={format.plural(of.gaps, "gap")} />;
	return <Status level="good" word="complete" />;
}

const columns = [
	{id: "host", title: "Host", sort: "host",
		cell: (h) => <Link to={`hosts/${part(h.agent_id)}`}
			title={h.agent_id}><Path>{h.host || h.agent_id}</Path></Link>},
	{id: "state", title: "State", cell: (h) => <Status {...status.host(h)} />},
	{id: "seen", title: "Last sync", sort: "last_seen",
		cell: (h) => <Time at={h.last_seen} />},
	{id: "scanned", title: "Last scan", sort: "scanned",
		cell: (h) => <Time at={h.scanned} />},
	{id: "coverage", title: "Coverage", sort: "gaps",
		cell: (h) => <Coverage of={h} />},
	{id: "locations", title: "Locations", sort: "locations", right: true,
		cell: (h) => format.number(h.locations)},
	{id: "version", title: "Agent", sort: "agent_version", class: "extra",
		cell: (h) => h.agent_version},
	{id: "until", title: "Identity ends", sort: "certificate_not_after",
		wide: true,
		cell: (h) => <Time at={h.certificate_not_after} none="other PKI" />},
];

const presets = [
	{title: "Silent for a day", filter: "last_seen < -1d and not revoked"},
	{title: "With gaps", filter: "gaps > 0"},
	{title: "Scan did not end", filter: "complete = no"},
];

export const Hosts = ({query}) => (
	<ListView title="Hosts" name="hosts" query={query} columns={columns}
		presets={presets} sort="host" itemKey={(h) => h.agent_id}
		none="No host is enrolled yet."
		next={<>Make an enrolment token in <Link to="settings/enrolment">
			Settings</Link> and run <code>certwalk enroll TOKEN</code> on a
			host.</>} />
);
