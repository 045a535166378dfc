// SPDX-License-Identifier: Apache-2.0
// One certificate: what it says, its chain, where it is, who serves it, and
// what became of it.

import {part} from "../api.js";
import * as format from "../format.js";
import {useGet, useList, useTitle} from "../hooks.js";
import {Copy, Empty, Facts, Hash, Head, Link, Path, Section,
	Status, Time, Wait} from "../parts/basics.jsx";
import {List} from "../parts/table.jsx";
import {CertificateLink, CLAIMED, Ends, Flags} from "./certificates.jsx";
import {endpointColumns, endpointKey} from "./endpoints.jsx";
import {eventKey, eventsOfCertificate} from "./events.jsx";
import {placeColumns, placeKey} from "./locations.jsx";

const several = (list) => list?.length > 0 && (
	<ul class="plain">{list.map((x) => <li key={x}><Path>{x}</Path></li>)}</ul>);

function Says({c}) {
	return (
		<Facts rows={[
			["Subject", <Path>{c.subject}</Path>],
			["Issuer", <Path>{c.issuer}</Path>],
			["Names", several([...c.dns_names || [], ...c.ip_addresses || [],
				...c.emails || [], ...c.uris || []])],
			["Valid from", c.not_before && <><Time at={c.not_before} />
				<span class="muted"> · {format.exact(c.not_before)}</span></>],
			["Until", c.not_after && <><Time at={c.not_after} />
				<span class="muted"> · {format.exact(c.not_after)}</span></>],
			["First seen", c.first_seen && <Time at={c.first_seen} />],
			["Last seen", c.last_seen && <Time at={c.last_seen} />],
			["Key", format.key(c)],
			["Post-quantum", c.pq_class],
			["Signature", c.sig_alg],
			["Role", c.role],
			["Usage", [...c.key_usage || [], ...c.ext_key_usage || []]
				.join(", ")],
			["Validation", c.validation],
			["Serial", c.serial && <code class="path">{c.serial}</code>],
			["OCSP", several(c.ocsp)],
			["CRL", several(c.crl)],
			["Must staple", c.must_staple && "yes"],
			["Transparency", c.sct_count > 0 &&
				format.plural(c.sct_count, "timestamp")],
			["Policies", c.policies?.join(", ")],
			["SHA-256", <code class="path">{c.sha256}</code>],
			["Of the key", c.spki_sha256 &&
				<Link to="locations" query={{filter:
					`spki_sha256 = ${c.spki_sha256}`}}
				title="Where this key is"><Hash text={c.spki_sha256} />
				</Link>],
		]} />
	);
}

function Chain({c}) {
	if (!c.chain?.length)
		return <Empty title={c.self_signed ? "It is signed by itself."
			: "Its issuer is not in the inventory."} />;
	return (
		<ol class="chain">
			<li><span class="chain-name">{format.name(c)}</span>
				<span class="muted">this one</span></li>
			{c.chain.map((up) => (
				<li key={up.sha256}>
					<span class="chain-name"><CertificateLink of={up} /></span>
					<span class="muted">{up.role}</span> <Ends of={up} />
				</li>))}
		</ol>
	);
}

function Pem({text}) {
	if (!text)
		return null;
	return (
		<details>
			<summary>PEM</summary>
			<Copy text={text} />
			<pre tabIndex={0} aria-label="PEM">{text}</pre>
		</details>
	);
}

function Where({sha256}) {
	const places = useList(`/certificates/${part(sha256)}/places`);
	const files = {...places, items: places.items.filter((p) => !p.port)};
	const ports = {...places, items: places.items.filter((p) => p.port)};
	const none = {title: "None that is known."};

	return (
		<>
			<Section title="Places" id="places">
				<List list={files} caption="Places" columns={placeColumns}
					itemKey={placeKey} empty={none} />
			</Section>
			<Section title="Served by" id="served">
				<List list={ports} caption="Served by"
					columns={endpointColumns} itemKey={endpointKey}
					empty={none} />
			</Section>
		</>
	);
}

export function Certificate({id}) {
	const one = useGet(`/certificates/${part(id)}`);
	const past = useList(`/certificates/${part(id)}/history`);
	const c = one.data;

	useTitle(c ? format.name(c) : "Certificate");
	return (
		<>
			<Head title={c ? <Path>{format.name(c)}</Path> : "Certificate"}
				note={c && <Ends of={c} />}
				back={{href: "#/certificates", title: "Certificates"}} />
			<Wait on={one} what="the certificate">{() => (
				<>
					{c.unreadable && <p class="remark"><Status level="bad"
						word={`Cannot be read: ${c.unreadable}`} /></p>}
					{c.claimed && <p class="remark"><Status level="warn"
						word={`${CLAIMED}.`} /></p>}
					<Flags of={{flags: c.flags}} />
					<div class="columns">
						<Section title="What it says" id="says">
							<Says c={c} /><Pem text={c.pem} />
						</Section>
						<Section title="Chain" id="chain">
							<Chain c={c} /></Section>
					</div>
					<Where sha256={id} />
					<Section title="History" id="history">
						<List list={past} caption="History"
							columns={eventsOfCertificate} itemKey={eventKey}
							empty={{title: "Nothing has changed since it " +
								"was first seen."}} />
					</Section>
				</>)}
			</Wait>
		</>
	);
}
