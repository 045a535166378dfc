// SPDX-License-Identifier: Apache-2.0
// The first admin, by the one-time link of certwalk-collector init.

import {useState} from "preact/hooks";
import {login, post} from "../api.js";
import {go, useAction, useTitle} from "../hooks.js";
import {Form, Text} from "../parts/form.jsx";

const nothing = {name: "", password: "", again: ""};

export function Setup({link, onLogin}) {
	const [v, setV] = useState(nothing);
	const set = (name) => (value) => setV({...v, [name]: value});
	const make = useAction(async () => {
		if (v.password !== v.again)
			throw new Error("The two passwords differ");
		await post("/setup", {link, name: v.name, password: v.password});
		return login(v.name, v.password);
	}, (who) => {
		go("", {}, true);
		onLogin(who);
	});

	useTitle("First admin");
	return (
		<main class="alone">
			<h1><span class="brand">certwalk</span></h1>
			<p>You set up this collector. Choose the name and the password
				of its first admin.</p>
			<Form action={make.run} submit="Make the first admin" {...make}>
				<Text label="User" value={v.name} onValue={set("name")} required
					autofocus autocomplete="username" maxLength={64}
					autocapitalize="off" spellcheck={false}
					hint="letters, digits and . _ @ -" />
				<Text label="Password" type="password" value={v.password}
					onValue={set("password")} required minLength={12}
					autocomplete="new-password"
					hint="12 characters or more" />
				<Text label="Password, once more" type="password"
					value={v.again} onValue={set("again")} required
					autocomplete="new-password" />
			</Form>
			<p class="muted hint">The link works once, and for an hour. After
				that, on the collector's host: <br />
				<code>certwalk-collector user add NAME --role admin</code></p>
		</main>
	);
}
