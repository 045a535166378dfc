// SPDX-License-Identifier: Apache-2.0
// usage: node views.mjs BASE		(of standin.mjs)
// Every view, light and dark, wide and at the width of a phone: what it shows
// is sound, and a picture of it is kept.

import {check, finish, isSound, login, newPage, open, shot, soon, visit}
	from "./browser.mjs";

const base = process.argv[2];
const browser = await open();

async function addresses(page) {
	const first = async (list, i) => (await (await page.request.get(
		`${base}/api/v1/${list}`)).json()).items[i];

	return {
		overview: "",
		certificates: "certificates",
		certificate: `certificates/${(await first("certificates", 3)).sha256}`,
		locations: "locations",
		endpoints: "endpoints",
		hosts: "hosts",
		host: `hosts/${(await first("hosts", 2)).agent_id}`,
		commands: "commands",
		command: `commands/${(await first("commands", 4)).id}`,
		alerts: "alerts",
		"alerts-sent": "alerts/sent",
		"alerts-silences": "alerts/silences",
		"alerts-rules": "alerts/rules",
		events: "events",
		audit: "audit",
		enrolment: "settings/enrolment",
		"api-tokens": "settings/api-tokens",
		users: "settings/users",
	};
}

async function views(name, options) {
	const page = await newPage(browser, options);

	await page.goto(`${base}/`);
	await page.getByRole("button", {name: "Log in"}).waitFor();
	await shot(page, `${name}-login`);
	await check(`${name}: the login is sound`, () => isSound(page));
	await login(page, base, "anna");
	for (const [view, hash] of Object.entries(await addresses(page))) {
		await visit(page, base, hash);
		await shot(page, `${name}-${view}`);
		await check(`${name}: the view "${view}" is sound`,
			() => isSound(page));
	}
	await page.context().close();
}

await views("light", {colorScheme: "light"});
await views("phone-dark", {colorScheme: "dark",
	viewport: {width: 390, height: 844}, hasTouch: true});

await check("the choice of colours goes before the system's", async () => {
	const page = await newPage(browser, {colorScheme: "light"});
	const ground = () => page.evaluate(() =>
		getComputedStyle(document.documentElement).backgroundColor);

	await login(page, base, "anna");
	await page.getByRole("button", {name: "Colours"}).click();
	await page.getByRole("button", {name: "Colours: light"}).click();
	await soon(ground, "rgb(20, 23, 26)");
	await page.reload();
	await page.getByRole("button", {name: "Colours: dark"}).waitFor();
	await soon(ground, "rgb(20, 23, 26)");
	await shot(page, "dark-overview");
	await visit(page, base, "endpoints");
	await shot(page, "dark-endpoints");
	await isSound(page);
});

await browser.close();
finish();
