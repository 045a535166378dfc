// SPDX-License-Identifier: Apache-2.0
// Listening sockets as a client sees them, problems first.

import * as format from "../format.js";
import {Link, Path, Status} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import * as status from "../status.js";
import {CertificateLink, Ends} from "./certificates.jsx";
import {HostLink} from "./locations.jsx";

const socket = (e) => (
	<>
		<div class="tight">{format.endpoint(e)}
			{e.starttls && <span class="muted"> {e.starttls}</span>}</div>
		{e.sni && <div class="muted"><Path>{e.sni}</Path></div>}
	</>);

const owner = (e) => (
	<>
		<HostLink of={e} />
		{(e.unit || e.process) && <div class="muted">
			<Path>{e.unit || e.process}</Path></div>}
	</>);

function State({of}) {
	const {level, word, why} = status.endpoint(of);

	return <Status level={level} word={word} title={why} />;
}

const chains = {open: "an issuer is missing", disordered: "out of order",
	"too-large": "too large", "self-signed": "self-signed"};

function Cause({of}) {
	const {why} = status.endpoint(of);

	return (
		<>
			<Path>{why}</Path>
			{chains[of.chain] && <span class="muted">
				{why && "; "}chain: {chains[of.chain]}</span>}
		</>);
}

const tls = (e) => e.tls_version && (
	<span title={[e.cipher, (e.versions || []).join(" ")].join("\n")}>
		{e.tls_version} {e.group}
	</span>);

export const endpointKey = (e) => `${e.agent_id} ${e.location ||
	`${e.address} ${e.port} ${e.sni} ${e.starttls} ${e.sha256}`}`;

export const endpointColumns = [
	{id: "socket", title: "Endpoint", sort: "port", cell: socket},
	{id: "state", title: "State", sort: "state",
		cell: (e) => <State of={e} />},
	{id: "host", title: "Host", sort: "host", class: "text", cell: owner},
	{id: "cause", title: "Cause", class: "cause",
		cell: (e) => <Cause of={e} />},
	{id: "tls", title: "TLS", class: "extra", cell: tls},
];

const columns = [
	...endpointColumns.slice(0, 3),
	{id: "certificate", title: "Certificate", sort: "subject", class: "text",
		cell: (e) => e.sha256 && <CertificateLink of={e} />},
	{id: "ends", title: "Ends", sort: "not_after",
		cell: (e) => e.not_after && <Ends of={e} />},
	...endpointColumns.slice(3),
];

const presets = [
	{title: "Problems", filter: "state in (stale, mixed, chain) or " +
		"not_after < 0d"},
	{title: "Without a file", filter: "state = elsewhere"},
	{title: "Old TLS", filter: "tls_version in (TLSv1, TLSv1.1)"},
];

export const Endpoints = ({query}) => (
	<ListView title="Endpoints" name="endpoints" query={query}
		columns={columns} presets={presets} itemKey={endpointKey}
		none="No listening port has been reported."
		next={<>Agents probe the ports of their host where
			<code> ports = yes</code> stands in [scan]; see
			<Link to="hosts"> Hosts</Link>.</>} />
);
