// SPDX-License-Identifier: Apache-2.0
// One host: who it is, what its last scan looked at, and what it could not.

import {useState} from "preact/hooks";
import {part, post, withQuery} from "../api.js";
import * as format from "../format.js";
import {useAction, useGet, useList, useTitle} from "../hooks.js";
import {Empty, Facts, Head, Link, Path, Section, Status, Time, Wait}
	from "../parts/basics.jsx";
import {Dialog, Form} from "../parts/form.jsx";
import {List, Table} from "../parts/table.jsx";
import {useMay} from "../session.js";
import * as status from "../status.js";
import {eventKey, eventsOfHost} from "./events.jsx";
import {OrderDialog} from "./order.jsx";

const gapColumns = [
	{id: "path", title: "Path", cell: (g) => <Path>{g.path}</Path>},
	{id: "kind", title: "Gap", cell: (g) => g.kind},
	{id: "reason", title: "Reason", cell: (g) => <Path>{g.reason}</Path>},
];

function Gaps({coverage}) {
	const counts = Object.entries(coverage.counts).filter(([, n]) => n > 0);
	const total = counts.reduce((sum, [, n]) => sum + n, 0);

	if (!total)
		return <Empty title="There are no gaps: everything was looked at." />;
	return (
		<>
			<p>{counts.map(([kind, n]) => `${format.number(n)} ${kind}`)
				.join(" · ")}</p>
			{coverage.gaps.length > 0 && <Table caption="Gaps"
				columns={gapColumns} items={coverage.gaps}
				itemKey={(g) => `${g.kind} ${g.path_bytes || g.path}`} />}
			{total > coverage.gaps.length && <p class="muted">
				The first {format.number(coverage.gaps.length)} of
				{" "}{format.number(total)} are listed.</p>}
		</>
	);
}

function Scan({coverage: c}) {
	return (
		<>
			<Facts rows={[
				["State", c.complete
					? <Status level="good" word="came to its end" />
					: <Status level="warn" word="did not come to its end" />],
				["Begun", <Time at={c.started} />],
				["Ended", <Time at={c.finished} />],
				["Every file", c.last_full && <Time at={c.last_full} />],
				["From", c.roots && <Path>{c.roots.join(" ")}</Path>],
				["Files", c.files !== undefined && format.number(c.files)],
				["Folders", c.directories !== undefined &&
					format.number(c.directories)],
				["Read", c.bytes !== undefined && format.size(c.bytes)],
				["Parsed", c.candidates !== undefined &&
					format.number(c.candidates)],
				["As", c.privileged === false &&
					<Status level="warn" word="a user without privileges" />],
				["Notes", c.notes?.length > 0 && <ul class="plain">
					{c.notes.map((n) => <li key={n}><Path>{n}</Path></li>)}</ul>],
			]} />
			<h3>Gaps</h3>
			<Gaps coverage={c} />
		</>
	);
}

function Revoke({host, onClose, done}) {
	const revoke = useAction(() =>
		post(`/hosts/${part(host.agent_id)}/revoke`), done);

	return (
		<Dialog title={`Revoke ${host.host || host.agent_id}?`}
			onClose={onClose}>
			<p>From its next request on its agent is refused, until it is
				enrolled anew. What it has reported stays.</p>
			<Form action={revoke.run} submit="Revoke" danger
				onCancel={onClose} {...revoke} />
		</Dialog>
	);
}

function Actions({host, again}) {
	const [open, setOpen] = useState("");
	const close = () => setOpen("");
	const operator = useMay("operator");
	const admin = useMay("admin");

	if (host.state === "revoked")
		return null;
	return (
		<>
			{operator && <button type="button"
				onClick={() => setOpen("order")}>Order an action</button>}
			{admin && <button type="button"
				onClick={() => setOpen("revoke")}>Revoke</button>}
			{open === "order" && <OrderDialog agent={host} onClose={close} />}
			{open === "revoke" && <Revoke host={host} onClose={close}
				done={() => {
					close();
					again();
				}} />}
		</>
	);
}

function Ways({host}) {
	const filter = host.host ? `host = ${format.quoted(host.host)}`
		: `agent_id = ${host.agent_id}`;

	return (
		<p class="ways">
			{["certificates", "locations", "endpoints", "commands"].map((n) => (
				<Link key={n} to={n} query={{filter}}>Its {n}</Link>))}
		</p>
	);
}

function Past({id}) {
	const list = useList(withQuery("/events", {limit: 20,
		filter: `agent_id = ${format.quoted(id)}`}));

	return (
		<Section title="History" id="history">
			<List list={list} caption="History" columns={eventsOfHost}
				itemKey={eventKey} empty={{title:
					"Nothing has changed since it first reported."}} />
		</Section>
	);
}

export function Host({id}) {
	const one = useGet(`/hosts/${part(id)}`);
	const coverage = useGet(one.data?.scanned &&
		`/hosts/${part(id)}/coverage`);
	const h = one.data;
	const title = h?.host || id;

	useTitle(title);
	return (
		<>
			<Head title={<Path>{title}</Path>}
				note={h && <Status {...status.host(h)} />}
				actions={h && <Actions host={h} again={one.again} />}
				back={{href: "#/hosts", title: "Hosts"}} />
			<Wait on={one} what="the host">{() => (
				<>
					<Ways host={h} />
					<div class="columns">
						<Section title="Host" id="facts"><Facts rows={[
							["Last sync", <Time at={h.last_seen} />],
							["Enrolled", <Time at={h.created} />],
							["Identity ends", h.certificate_not_after &&
								<Time at={h.certificate_not_after} />],
							["Locations", format.number(h.locations)],
							["Agent", h.agent_version && <Path>{h.agent_version}</Path>],
							["System", h.os && <Path>{h.os}</Path>],
							["Kernel", h.kernel && <Path>{h.kernel}</Path>],
							["Machine", h.arch && <Path>{h.arch}</Path>],
							["Library", h.libcrypto &&
								<Path>{h.libcrypto}</Path>],
							["Can do", h.capabilities?.join(", ")],
							["Agent id", <code class="path">
								{h.agent_id}</code>],
						]} /></Section>
						<Section title="Last scan" id="scan">
							{h.scanned
								? <Wait on={coverage} what="its coverage">
									{(c) => <Scan coverage={c} />}</Wait>
								: <Empty title="No scan has ended yet.">
									The agent scans when it starts; its log
									tells more.</Empty>}
						</Section>
					</div>
					<Past id={id} />
				</>)}
			</Wait>
		</>
	);
}
