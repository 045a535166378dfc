// SPDX-License-Identifier: Apache-2.0
// Every view: its address, its title in the menu, the role that it needs, and
// its pages: Page for the list, One for an address with an id.

import {Alerts, AlertsPart} from "./alerts.jsx";
import {Audit} from "./audit.jsx";
import {Certificate} from "./certificate.jsx";
import {Certificates} from "./certificates.jsx";
import {Command} from "./command.jsx";
import {Commands} from "./commands.jsx";
import {Endpoints} from "./endpoints.jsx";
import {Events} from "./events.jsx";
import {Host} from "./host.jsx";
import {Hosts} from "./hosts.jsx";
import {Locations} from "./locations.jsx";
import {Overview} from "./overview.jsx";
import {Settings} from "./settings.jsx";

export const views = [
	{path: "", title: "Overview", role: "viewer", Page: Overview},
	{path: "certificates", title: "Certificates", role: "viewer",
		Page: Certificates, One: Certificate},
	{path: "locations", title: "Locations", role: "viewer", Page: Locations},
	{path: "endpoints", title: "Endpoints", role: "viewer", Page: Endpoints},
	{path: "hosts", title: "Hosts", role: "viewer", Page: Hosts, One: Host},
	{path: "commands", title: "Commands", role: "viewer", Page: Commands,
		One: Command},
	{path: "alerts", title: "Alerts", role: "viewer", Page: Alerts,
		One: AlertsPart},
	{path: "events", title: "History", role: "viewer", Page: Events},
	{path: "audit", title: "Audit", role: "operator", Page: Audit},
	{path: "settings", title: "Settings", role: "viewer", Page: Settings,
		One: Settings},
];

export function findView(path) {
	const view = views.find((v) => v.path === (path[0] || ""));

	return {view, Page: path.length > 1 ? view?.One : view?.Page};
}
