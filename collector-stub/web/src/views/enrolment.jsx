// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {part, post, remove} from "../api.js";
import * as format from "../format.js";
import {useAction, useList} from "../hooks.js";
import {Hash, Section, Status, Time} from "../parts/basics.jsx";
import {Dialog, Form, Text} from "../parts/form.jsx";
import {Secret} from "../parts/secret.jsx";
import {List} from "../parts/table.jsx";
import * as status from "../status.js";

function columns(onRemove) {
	return [
		{id: "id", title: "Token", cell: (t) => <Hash text={t.id} />},
		{id: "state", title: "State",
			cell: (t) => <Status {...status.token(t)} />},
		{id: "uses", title: "Uses left", right: true,
			cell: (t) => `${format.number(t.uses_left)} of ` +
				format.number(t.uses)},
		{id: "created", title: "Made", cell: (t) => <Time at={t.created} />},
		{id: "expires", title: "Expires",
			cell: (t) => <Time at={t.expires} />},
		{id: "remove", title: "", cell: (t) => <button type="button"
			class="quiet" onClick={() => onRemove(t)}
			aria-label={`Withdraw ${t.id.slice(0, 16)}`}>Withdraw</button>},
	];
}

function New({onClose, done}) {
	const [uses, setUses] = useState("1");
	const [expires, setExpires] = useState("24h");
	const [made, setMade] = useState(null);
	const make = useAction(() => post("/enrolment-tokens",
		{uses: Number(uses), expires_in: expires.trim()}), (token) => {
		setMade(token);
		done();
	});

	return (
		<Dialog title="New enrolment token" onClose={onClose}>
			{made
				? <Secret text={made.token} onClose={onClose}>
					On each host: <code>certwalk enroll TOKEN</code>, then start
					certwalk-agent.service.</Secret>
				: <Form action={make.run} submit="Make it" onCancel={onClose}
					{...make}>
					<Text label="Hosts that may use it" type="number" min="1"
						max="1000000" value={uses} onValue={setUses}
						required autofocus />
					<Text label="Valid for" value={expires} required
						onValue={setExpires} hint="30m, 24h, 7d: at most 366d" />
				</Form>}
		</Dialog>
	);
}

export function Enrolment() {
	const list = useList("/enrolment-tokens");
	const [making, setMaking] = useState(false);
	const drop = useAction((t) => remove(`/enrolment-tokens/${part(t.id)}`),
		list.again);

	return (
		<Section title="Enrolment tokens" id="enrolment"
			note="let a host get its certificate"
			actions={<button type="button" class="main"
				onClick={() => setMaking(true)}>New token</button>}>
			{drop.error && <p role="alert"><Status level="bad"
				word={drop.error.message} /></p>}
			<List list={list} caption="Enrolment tokens"
				columns={columns(drop.run)} itemKey={(t) => t.id}
				empty={{title: "There is no token.",
					text: "Make one to enrol hosts."}} />
			{making && <New onClose={() => setMaking(false)}
				done={list.again} />}
		</Section>
	);
}
