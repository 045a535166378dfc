// SPDX-License-Identifier: Apache-2.0

import {useList} from "../hooks.js";
import {Path, Section, Status, Time} from "../parts/basics.jsx";
import {List} from "../parts/table.jsx";

const columns = [
	{id: "id", title: "Key", cell: (k) => <code>{k.id}</code>},
	{id: "name", title: "Name", cell: (k) => <Path>{k.name}</Path>},
	{id: "state", title: "State", cell: (k) => (k.removed
		? <Status level="none" word="removed" />
		: <Status level="good" word="active" />)},
	{id: "created", title: "Added", cell: (k) => <Time at={k.created} />},
	{id: "ed25519", title: "Public key (Ed25519)", wide: true,
		cell: (k) => <code class="path">{k.ed25519}</code>},
];

export function Keys() {
	const list = useList("/keys");

	return (
		<Section title="Command keys" id="keys"
			note="whose signatures hosts accept">
			<List list={list} caption="Command keys" columns={columns}
				itemKey={(k) => k.id}
				empty={{title: "There is no key, so nothing can be ordered.",
					text: <>On the collector's host:
						<code> certwalk-collector key create</code>; or
						elsewhere, and <code>key add</code> its public half.
						</>}} />
		</Section>
	);
}
