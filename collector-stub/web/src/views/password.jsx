// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {put} from "../api.js";
import {useAction} from "../hooks.js";
import {Section, Status} from "../parts/basics.jsx";
import {Form, Text} from "../parts/form.jsx";

const nothing = {old: "", next: "", again: ""};

export function Password() {
	const [v, setV] = useState(nothing);
	const [done, setDone] = useState(false);
	const set = (name) => (value) => setV({...v, [name]: value});
	const change = useAction(async () => {
		setDone(false);
		if (v.next !== v.again)
			throw new Error("The two new passwords differ");
		await put("/session/password", {old: v.old, new: v.next});
	}, () => {
		setV(nothing);
		setDone(true);
	});

	return (
		<Section title="Password" id="password"
			note="changing it ends your other sessions">
			<Form action={change.run} submit="Change" {...change}>
				<Text label="Present password" type="password" required
					value={v.old} onValue={set("old")}
					autocomplete="current-password" />
				<Text label="New password" type="password" required
					minLength={12} value={v.next} onValue={set("next")}
					autocomplete="new-password"
					hint="12 characters or more" />
				<Text label="New password, once more" type="password" required
					value={v.again} onValue={set("again")}
					autocomplete="new-password" />
			</Form>
			<p role="status">{done && <Status level="good"
				word="Changed." />}</p>
		</Section>
	);
}
