// SPDX-License-Identifier: Apache-2.0

import * as format from "../format.js";
import {Link, Status} from "../parts/basics.jsx";
import {ListView} from "../parts/list_view.jsx";
import * as status from "../status.js";

export const Ends = ({of}) =>
	<Status {...status.expiry(of)}
		title={of.not_after ? format.exact(of.not_after) : of.unreadable} />;

export const CLAIMED = "Known only from what a host says: the certificate " +
	"itself has never been seen";

export const Flags = ({of}) => (of.claimed || of.flags?.length > 0
	? <span class="flags">
		{of.claimed && <Status level="warn" word="claimed" title={CLAIMED} />}
		{of.flags?.map((f) =>
			<Status key={f} level="warn" word={f} />)}</span> : null);

export const CertificateLink = ({of}) =>
	<Link to={`certificates/${of.sha256}`} class="path"
		title={of.subject || of.sha256}>{format.name(of)}</Link>;

const columns = [
	{id: "name", title: "Name", sort: "subject",
		cell: (c) => <><CertificateLink of={c} /><Flags of={c} /></>},
	{id: "ends", title: "Ends", sort: "not_after", cell: (c) => <Ends of={c} />},
	{id: "role", title: "Role", sort: "role", class: "tight", cell: (c) => c.role},
	{id: "key", title: "Key", sort: "key_alg", class: "tight",
		cell: format.key},
	{id: "sig", title: "Signature", sort: "sig_alg", class: "extra",
		cell: (c) => c.sig_alg},
	{id: "issuer", title: "Issuer", sort: "issuer", class: "text",
		cell: (c) => <span title={c.issuer}>{c.self_signed ? "itself"
			: format.issuer(c)}</span>},
	{id: "places", title: "Places", sort: "places", right: true,
		cell: (c) => c.places !== undefined && format.number(c.places)},
	{id: "hosts", title: "Hosts", sort: "hosts", right: true,
		cell: (c) => c.hosts !== undefined && format.number(c.hosts)},
];

const presets = [
	{title: "Leaves", filter: "role in (leaf, self-signed-leaf)"},
	{title: "Ends within 30 days", filter: "role in (leaf, " +
		"self-signed-leaf) and not_after > 0d and not_after < 30d"},
	{title: "Expired", filter: "not_after < 0d"},
	{title: "Weak", filter: "key_alg = RSA and key_bits < 2048 or " +
		"sig_alg ~ sha1 or sig_alg ~ md5"},
];

export const Certificates = ({query}) => (
	<ListView title="Certificates" name="certificates" query={query}
		columns={columns} presets={presets} sort="not_after"
		itemKey={(c) => c.sha256}
		none="No host has reported a certificate yet."
		next={<>Make an enrolment token in <Link to="settings/enrolment">
			Settings</Link> and run <code>certwalk enroll TOKEN</code> on a
			host.</>} />
);
