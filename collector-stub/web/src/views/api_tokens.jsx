// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {part, post, remove} from "../api.js";
import {useAction, useList} from "../hooks.js";
import {Path, Section, Status, Time} from "../parts/basics.jsx";
import {Choice, Dialog, Form, Text} from "../parts/form.jsx";
import {Secret} from "../parts/secret.jsx";
import {List} from "../parts/table.jsx";
import {may, roles, useSession} from "../session.js";
import * as status from "../status.js";

function columns(onRemove) {
	return [
		{id: "name", title: "Name", cell: (t) => <Path>{t.name}</Path>},
		{id: "state", title: "State",
			cell: (t) => <Status {...status.token(t)} />},
		{id: "role", title: "Role", cell: (t) => t.role},
		{id: "filter", title: "Limited to",
			cell: (t) => t.filter && <code>{t.filter}</code>},
		{id: "owner", title: "Made by", cell: (t) => t.owner},
		{id: "used", title: "Last used", cell: (t) => <Time at={t.last_used} />},
		{id: "expires", title: "Expires",
			cell: (t) => <Time at={t.expires} />},
		{id: "remove", title: "", cell: (t) => <button type="button"
			class="quiet" onClick={() => onRemove(t)}
			aria-label={`Withdraw ${t.name}`}>Withdraw</button>},
	];
}

function New({onClose, done}) {
	const mine = useSession().role;
	const [v, setV] = useState({name: "", role: "viewer", filter: "",
		expires: "90d"});
	const set = (name) => (value) => setV({...v, [name]: value});
	const [made, setMade] = useState(null);
	const make = useAction(() => post("/api-tokens", {
		name: v.name.trim(), role: v.role, expires_in: v.expires.trim(),
		...v.filter.trim() && {filter: v.filter.trim()},
	}), (token) => {
		setMade(token);
		done();
	});

	return (
		<Dialog title="New API token" onClose={onClose}>
			{made
				? <Secret text={made.token} onClose={onClose}>
					For programs: <code>Authorization: Bearer TOKEN</code>
				</Secret>
				: <Form action={make.run} submit="Make it" onCancel={onClose}
					{...make}>
					<Text label="Name" value={v.name} onValue={set("name")}
						required maxLength={64} autofocus
						placeholder="grafana" />
					<Choice label="Role" value={v.role} onValue={set("role")}
						choices={roles.filter((r) => may(mine, r))} />
					<Text label="Limited to hosts" value={v.filter}
						onValue={set("filter")} spellcheck={false}
						placeholder='host ~ "web*"'
						hint="A filter; empty is all of them." />
					<Text label="Valid for" value={v.expires} required
						onValue={set("expires")} hint="1h to 366d" />
				</Form>}
		</Dialog>
	);
}

export function ApiTokens() {
	const list = useList("/api-tokens");
	const [making, setMaking] = useState(false);
	const drop = useAction((t) => remove(`/api-tokens/${part(t.id)}`),
		list.again);

	return (
		<Section title="API tokens" id="api-tokens"
			note="let a program use the REST interface"
			actions={<button type="button" class="main"
				onClick={() => setMaking(true)}>New token</button>}>
			{drop.error && <p role="alert"><Status level="bad"
				word={drop.error.message} /></p>}
			<List list={list} caption="API tokens" columns={columns(drop.run)}
				itemKey={(t) => t.id}
				empty={{title: "There is no token.",
					text: "Make one for each program, of no higher role " +
						"than it needs."}} />
			{making && <New onClose={() => setMaking(false)}
				done={list.again} />}
		</Section>
	);
}
