// SPDX-License-Identifier: Apache-2.0
// usage: node real.mjs BASE PASSWORD HOSTNAME
// The page with a real collector, to which a real agent has reported files,
// names and a host name that hold markup.

import {check, equal, finish, isSound, newPage, none, login, open, shot, soon,
	visit} from "./browser.mjs";
import {faultsOfAll} from "./document.mjs";

const [base, password, hostname] = process.argv.slice(2);
const browser = await open();
const page = await newPage(browser);
const fetchJson = async (path) => {
	const reply = await page.request.get(`${base}/api/v1${path}`);

	equal(reply.status(), 200, `${path}:`);
	return reply.json();
};
const first = async (path) => (await fetchJson(path)).items[0];

await check("the page comes with a strict policy", async () => {
	const reply = await page.goto(`${base}/`);
	const policy = reply.headers()["content-security-policy"] || "";

	for (const word of ["default-src 'none'", "script-src 'self'",
		"frame-ancestors 'none'", "base-uri 'none'"])
		equal(policy.includes(word), true, `${word} in "${policy}":`);
	equal(/unsafe|\*/.test(policy), false, policy);
	equal(reply.headers()["x-content-type-options"], "nosniff");
});

await check("an admin logs in", () => login(page, base, "anna", password));

const certificate = await first("/certificates?filter=path+~+hostile");
const host = await first("/hosts");
const views = {
	overview: "", certificates: "certificates",
	certificate: `certificates/${certificate.sha256}`,
	locations: "locations", endpoints: "endpoints", hosts: "hosts",
	host: `hosts/${host.agent_id}`, commands: "commands", events: "events", alerts: "alerts",
	"alerts-sent": "alerts/sent", "alerts-silences": "alerts/silences",
	"alerts-rules": "alerts/rules", audit: "audit",
	enrolment: "settings/enrolment", "api-tokens": "settings/api-tokens",
	keys: "settings/keys", users: "settings/users",
};

for (const [name, hash] of Object.entries(views))
	await check(`the view "${name}" shows what there is, as text`, async () => {
		await visit(page, base, hash);
		await shot(page, `real-${name}`);
		await soon(() => page.getByRole("alert").count(), 0, "alerts:");
		await isSound(page);
	});

await check("names that hold markup are shown as they are", async () => {
	await visit(page, base, views.certificates);
	await page.getByText("<img src=x onerror=window.pwned=1>").first()
		.waitFor();
	await visit(page, base, views.certificate);
	await page.locator("main").filter({hasText: "/<script>hostile"}).waitFor();
	await visit(page, base, "hosts");
	await page.locator("main").filter({hasText: hostname}).waitFor();
	await isSound(page);
});

await check("a filter is answered, and a fault in one is told", async () => {
	await visit(page, base, "certificates?filter=path+~+hostile");
	await page.getByText("1 shown: all of them").waitFor();
	await visit(page, base, "certificates?filter=no_such_field+%3D+1");
	await page.locator(".filter-fault mark").filter(
		{hasText: "no_such_field"}).waitFor();
});

await check("every column that can be sorted by is sorted by", async () => {
	const known = await fetchJson("/filter-fields");

	for (const [list, fields] of Object.entries(known))
		for (const f of fields.filter((x) => x.sort))
			await fetchJson(`/${list}?sort=-${f.name}&limit=1`);
});

await check("every filter that the page offers is understood", async () => {
	for (const list of ["certificates", "locations", "endpoints", "hosts",
		"commands", "events"]) {
		await visit(page, base, list);
		for (const chip of await page.locator(".chip").all()) {
			const filter = await chip.getAttribute("title");

			await fetchJson(`/${list}?filter=${encodeURIComponent(filter)}`);
		}
	}
	const {certificates, broken} = await fetchJson("/statistics");

	for (const b of certificates.expiry)
		await fetchJson(`/certificates?filter=${
			encodeURIComponent(b.filter)}`);
	for (const b of broken)
		await fetchJson(`/${b.list}?filter=${encodeURIComponent(b.filter)}`);
});

await check("an order is given, and waits or is answered", async () => {
	await visit(page, base, views.host);
	await page.getByRole("button", {name: "Order an action"}).click();
	await page.getByLabel("Reason").fill("<b>because</b>");
	await page.getByRole("button", {name: "Order", exact: true}).click();
	await page.getByRole("heading", {name: "scan-now on"}).waitFor();
	await page.locator("main").filter({hasText: "<b>because</b>"}).waitFor();
	await shot(page, "real-command");
	await isSound(page);
});

await check("the order stands in the audit log, which is intact", async () => {
	await visit(page, base, "audit");
	await page.getByRole("button", {name: "Check the whole log"}).click();
	await page.getByText("intact:").waitFor();
	await shot(page, "real-audit-checked");
});

await check("an enrolment token is made, and withdrawn", async () => {
	await visit(page, base, "settings/enrolment");
	const before = await page.locator("tbody tr").count();

	await page.getByRole("button", {name: "New token"}).click();
	await page.getByRole("button", {name: "Make it"}).click();
	await page.getByRole("button", {name: "Done"}).click();
	await page.waitForFunction((n) =>
		document.querySelectorAll("tbody tr").length > n, before);
	await page.getByRole("button", {name: "Withdraw"}).first().click();
	await page.waitForFunction((n) =>
		document.querySelectorAll("tbody tr").length === n, before);
});

await check("a viewer who was made here can see, and no more", async () => {
	await visit(page, base, "settings/users");
	await page.getByRole("button", {name: "New user"}).click();
	await page.getByLabel("Name").fill("ben");
	await page.getByLabel("Password").fill("a viewer's password");
	await page.getByRole("button", {name: "Add"}).click();
	await page.getByRole("rowheader", {name: "ben"}).waitFor();

	const other = await newPage(browser);

	await login(other, base, "ben", "a viewer's password");
	await visit(other, base, "settings/users");
	await soon(() => other.getByRole("button", {name: "New user"}).count(), 0);
	equal((await other.request.get(`${base}/api/v1/users`)).status(), 403);
	await other.context().close();
});

await check("answers have the form that the document gives them", async () => {
	none(await faultsOfAll(fetchJson, {
		certificates: certificate.sha256, hosts: host.agent_id,
		commands: (await first("/commands")).id, users: "anna",
	}, true), "not as the document has it");
});

await check("a timer's question does not prolong the session", async () => {
	const until = async (headers) => (await (await page.request.get(
		`${base}/api/v1/session`, {headers})).json()).idle_until;

	// a use is noted to the minute, and may have been so just now
	await soon(async () => await until({"X-Poll": "yes"}) < await until({}),
		true);
});

await check("who logs out is out", async () => {
	await page.getByRole("button", {name: "Log out"}).click();
	await page.getByLabel("Password").waitFor();
	equal((await page.request.get(`${base}/api/v1/hosts`)).status(), 401);
});

await browser.close();
finish();
