// SPDX-License-Identifier: Apache-2.0
// What has changed: in the whole fleet, on a host, of a certificate.

import {part} from "../api.js";
import {seconds} from "../format.js";
import {Link, Path, Status, Time} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import * as status from "../status.js";
import {CertificateLink, Ends} from "./certificates.jsx";
import {HostLink} from "./locations.jsx";

const What = ({of: e}) => (
	<>
		<Status {...status.event(e)} />
		{e.was && <div class="muted">it was {e.was}</div>}
	</>
);

const About = ({of: e}) => (
	<>
		{e.sha256 && <div><CertificateLink of={e} /></div>}
		{e.place && <div class="muted"><Path>{e.place}</Path></div>}
		{e.cause && <div class="muted"><Path>{e.cause}</Path></div>}
	</>
);

// What a certificate came after.
const Prior = ({of: e}) => e.prior && (
	<Link to={`certificates/${part(e.prior)}`} title={e.prior}>
		{e.prior_not_after
			? <>{seconds(e.prior_not_after) < 0 ? "ended " : "ends "}
				<Time at={e.prior_not_after} /></>
			: "another one"}</Link>
);

const time = {id: "time", title: "When", sort: "time",
	cell: (e) => <Time at={e.time} />};
const what = {id: "event", title: "What", sort: "event", class: "tight",
	cell: (e) => <What of={e} />};
const about = {id: "about", title: "Of what", class: "details",
	cell: (e) => <About of={e} />};
const host = {id: "host", title: "Host", sort: "host",
	cell: (e) => <HostLink of={e} />};
const ends = {id: "ends", title: "Ends", sort: "not_after",
	cell: (e) => e.sha256 && <Ends of={e} />};
const prior = {id: "prior", title: "Before it", wide: true,
	cell: (e) => <Prior of={e} />};

const columns = [time, what, about, host, ends, prior];
const plain = ({sort, ...rest}) => rest;

export const eventsOfHost = [time, what, about, ends].map(plain);
export const eventsOfCertificate = [time, what, about, host].map(plain);
export const eventKey = (e) => `${e.agent_id} ${e.number}`;

const presets = [
	{title: "Renewed", filter: "event = renewed"},
	{title: "Gone", filter: "event in (gone, replaced) and not is_ca"},
	{title: "Endpoints", filter: "about = endpoint"},
	{title: "Hosts", filter: "about = host"},
	{title: "Worse coverage", filter: "event = worse"},
];

export function Events({query}) {
	return (
		<ListView title="History" name="events" query={query}
			columns={columns} presets={presets} itemKey={eventKey}
			none="Nothing has changed yet."
			next={<>What a host has when it reports for the first time is
				in the lists alone; each change after that is told
				here.</>} />
	);
}
