// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {part, patch, post, remove} from "../api.js";
import {useAction, useList} from "../hooks.js";
import {Section, Status, Time} from "../parts/basics.jsx";
import {Choice, Dialog, Form, Text, Tick} from "../parts/form.jsx";
import {List} from "../parts/table.jsx";
import {roles} from "../session.js";
import * as status from "../status.js";

const ROLE_HINT = "viewer sees; operator orders and enrols; approver signs; " +
	"admin does everything";

function columns(onChange) {
	return [
		{id: "name", title: "Name", cell: (u) => u.name},
		{id: "role", title: "Role", cell: (u) => u.role},
		{id: "state", title: "State",
			cell: (u) => <Status {...status.user(u)} />},
		{id: "login", title: "Last login",
			cell: (u) => <Time at={u.last_login} />},
		{id: "created", title: "Added", cell: (u) => <Time at={u.created} />},
		{id: "change", title: "", cell: (u) => <button type="button"
			class="quiet" onClick={() => onChange(u)}
			aria-label={`Change ${u.name}`}>Change</button>},
	];
}

const Password = (props) =>
	<Text type="password" minLength={12} autocomplete="new-password"
		{...props} />;

function New({onClose, done}) {
	const [v, setV] = useState({name: "", role: "viewer", password: ""});
	const set = (name) => (value) => setV({...v, [name]: value});
	const add = useAction(() => post("/users", v), () => {
		onClose();
		done();
	});

	return (
		<Dialog title="New user" onClose={onClose}>
			<Form action={add.run} submit="Add" onCancel={onClose} {...add}>
				<Text label="Name" value={v.name} onValue={set("name")}
					required maxLength={64} pattern="[A-Za-z0-9._@\-]+"
					autofocus autocomplete="off" spellcheck={false} />
				<Choice label="Role" value={v.role} onValue={set("role")}
					choices={roles} hint={ROLE_HINT} />
				<Password label="Password" value={v.password} required
					onValue={set("password")}
					hint="12 characters or more" />
			</Form>
		</Dialog>
	);
}

function Change({user, onClose, done}) {
	const [role, setRole] = useState(user.role);
	const [disabled, setDisabled] = useState(user.disabled);
	const [password, setPassword] = useState("");
	const [sure, setSure] = useState(false);
	const end = () => {
		onClose();
		done();
	};
	const path = `/users/${part(user.name)}`;
	const change = useAction(() => patch(path, {role, disabled,
		...password && {password}}), end);
	const drop = useAction(() => remove(path), end);

	if (sure)
		return (
			<Dialog title={`Remove ${user.name}?`} onClose={onClose}>
				<p>All sessions and API tokens of this user end.</p>
				<Form action={drop.run} submit="Remove" danger
					onCancel={() => setSure(false)} {...drop} />
			</Dialog>);
	return (
		<Dialog title={`Change ${user.name}`} onClose={onClose}>
			<Form action={change.run} submit="Change" onCancel={onClose}
				{...change}>
				<Choice label="Role" value={role} onValue={setRole}
					choices={roles} hint={ROLE_HINT} />
				<Password label="New password" value={password}
					onValue={setPassword}
					hint="Empty leaves it as it is" />
				<Tick label="Disabled" value={disabled}
					onValue={setDisabled} />
				<p class="muted">Every change ends the user's sessions.</p>
				<button type="button" class="quiet"
					onClick={() => setSure(true)}>Remove this user…</button>
			</Form>
		</Dialog>
	);
}

export function Users() {
	const list = useList("/users");
	const [adding, setAdding] = useState(false);
	const [changing, setChanging] = useState(null);

	return (
		<Section title="Users" id="users" note="who may log in"
			actions={<button type="button" class="main"
				onClick={() => setAdding(true)}>New user</button>}>
			<List list={list} caption="Users" columns={columns(setChanging)}
				itemKey={(u) => u.name} empty={{title: "There is no user.",
					text: "Add one for each person who uses this page."}} />
			{adding && <New onClose={() => setAdding(false)}
				done={list.again} />}
			{changing && <Change user={changing} done={list.again}
				onClose={() => setChanging(null)} />}
		</Section>
	);
}
