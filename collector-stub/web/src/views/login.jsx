// SPDX-License-Identifier: Apache-2.0

import {useState} from "preact/hooks";
import {login} from "../api.js";
import {useAction, useGet, useTitle} from "../hooks.js";
import {Form, Text} from "../parts/form.jsx";

export function Login({note, onLogin}) {
	const [user, setUser] = useState("");
	const [password, setPassword] = useState("");
	const enter = useAction(() => login(user, password), onLogin);
	const ways = useGet("/login-ways");

	useTitle("Log in");
	return (
		<main class="alone">
			<h1><span class="brand">certwalk</span></h1>
			<p class="muted">Every certificate and key of the fleet.</p>
			{note && <p role="status">{note}</p>}
			<Form action={enter.run} submit="Log in" {...enter}>
				<Text label="User" value={user} onValue={setUser} required
					autofocus autocomplete="username"
					autocapitalize="off" spellcheck={false} />
				<Text label="Password" type="password" value={password}
					onValue={setPassword} required
					autocomplete="current-password" />
			</Form>
			{ways.data?.provider && <p class="other-way">
				<a class="button" href="/api/v1/oidc/login">
					Log in with {ways.data.provider}</a></p>}
			<p class="muted hint">No user yet? On the collector's host:
				<br /><code>certwalk-collector user add NAME</code></p>
		</main>
	);
}
