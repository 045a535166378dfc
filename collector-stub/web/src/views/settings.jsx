// SPDX-License-Identifier: Apache-2.0
// Settings: one page for each matter.

import {Link, Head} from "../parts/basics.jsx";
import {useTitle} from "../hooks.js";
import {may, useSession} from "../session.js";
import {ApiTokens} from "./api_tokens.jsx";
import {Enrolment} from "./enrolment.jsx";
import {Keys} from "./keys.jsx";
import {Password} from "./password.jsx";
import {Users} from "./users.jsx";

const pages = [
	{id: "enrolment", title: "Enrolment", role: "operator", Page: Enrolment},
	{id: "api-tokens", title: "API tokens", role: "viewer", Page: ApiTokens},
	{id: "keys", title: "Command keys", role: "viewer", Page: Keys},
	{id: "users", title: "Users", role: "admin", Page: Users},
	{id: "password", title: "Password", role: "viewer", Page: Password},
];

export function Settings({id}) {
	const {role} = useSession();
	const open = pages.filter((p) => may(role, p.role));
	const {Page, title} = open.find((p) => p.id === id) || open[0];

	useTitle(`${title} – Settings`);
	return (
		<>
			<Head title="Settings" />
			<nav aria-label="Settings" class="tabs">
				<ul>{open.map((p) => (
					<li key={p.id}><Link to={`settings/${p.id}`}
						aria-current={p.Page === Page ? "page" : undefined}>
						{p.title}</Link></li>))}
				</ul>
			</nav>
			<Page />
		</>
	);
}
