// SPDX-License-Identifier: Apache-2.0
// Every place of everything: certificates, keys, keystores.

import {part} from "../api.js";
import * as format from "../format.js";
import {Link, Path, Status} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import {CertificateLink, Ends, Flags} from "./certificates.jsx";

export const HostLink = ({of}) =>
	<Link to={`hosts/${part(of.agent_id)}`}><Path>
		{of.host || of.agent_id}</Path></Link>;

const place = (l) => (l.port
	? <>{format.endpoint(l)}{l.sni && <span class="muted"> <Path>{l.sni}</Path></span>}</>
	: <><Path>{l.path}</Path>{l.entry && l.entry !== "0" &&
		<span class="muted"> <Path>{l.entry}</Path></span>}</>);

// Lists know the services alone, the places of one certificate the lines too.
const bound = (l) => (l.bindings?.length > 0
	? <ul class="plain">{l.bindings.map((b) => (
		<li key={`${b.config}:${b.line}:${b.role}`}
			title={[...b.names || [], ...b.listen || []].join(" ")}>
			{b.service} <span class="muted">
				<Path>{`${b.config}:${b.line}`}</Path></span></li>))}
	</ul>
	: l.services?.length > 0 && <span title={l.server_names?.join(" ")}>
		{l.services.join(", ")}</span>);

function Guard({of}) {
	if (of.well_known_password)
		return <Status level="bad" word="well-known password" />;
	if (of.kind === "private-key" && of.encrypted === false)
		return <Status level="warn" word="not encrypted" />;
	if (of.encrypted)
		return <Status level="good" word="encrypted"
			title={of.encryption} />;
	return null;
}

const access = (l) => l.mode && <code title={`group ${l.group || "?"}`}>
	{l.mode} {l.owner}</code>;

export const placeKey = (l) => `${l.agent_id} ${l.location ||
	`${l.path} ${l.entry} ${l.port} ${l.sha256}`}`;

export const placeColumns = [
	{id: "path", title: "Place", sort: "path", cell: place},
	{id: "host", title: "Host", sort: "host", class: "text",
		cell: (l) => <HostLink of={l} />},
	{id: "bound", title: "Configured by", class: "text", cell: bound},
	{id: "format", title: "Format", sort: "format", class: "extra",
		cell: (l) => l.format},
	{id: "access", title: "Mode, owner", class: "extra tight", cell: access},
];

const what = (l) => (l.kind === "certificate" && l.sha256
	? <CertificateLink of={l} />
	: <span title={l.sha256}>{format.key(l) ||
		(l.subject && format.name(l))}</span>);

const columns = [
	...placeColumns.slice(0, 2),
	{id: "kind", title: "Kind", sort: "kind",
		class: "tight", cell: (l) => <><div>{l.kind}</div><Guard of={l} /></>},
	{id: "what", title: "What", sort: "subject", class: "text",
		cell: (l) => <>{what(l)}<Flags of={l} /></>},
	{id: "ends", title: "Ends", sort: "not_after",
		cell: (l) => l.not_after && <Ends of={l} />},
	...placeColumns.slice(2),
];

const presets = [
	{title: "Private keys", filter: "kind = private-key"},
	{title: "Keys that others can read", filter: "kind = private-key and " +
		"not encrypted and mode !~ \"*00\""},
	{title: "Well-known passwords", filter: "well_known_password"},
	{title: "Keystores", filter: "kind = keystore"},
];

export const Locations = ({query}) => (
	<ListView title="Locations" name="locations" query={query}
		columns={columns} presets={presets} itemKey={placeKey}
		none="No host has reported anything yet."
		next={<>See <Link to="hosts">Hosts</Link> for who is enrolled.</>} />
);
