// SPDX-License-Identifier: Apache-2.0
// usage: node oidc.mjs BASE
// A login at a provider in a browser: from the button to the overview.

import {check, equal, finish, isSound, newPage, open, shot}
	from "./browser.mjs";

const [base] = process.argv.slice(2);
const browser = await open();
const page = await newPage(browser);

await check("the login page offers the provider", async () => {
	await page.goto(`${base}/`);
	await page.getByRole("link", {name: "Log in with the test's provider"})
		.waitFor();
	await shot(page, "oidc-login");
	await isSound(page);
});

await check("by it a user comes in, and the session's cookie is sent",
	async () => {
		await page.getByRole("link", {name: /Log in with/}).click();
		await page.getByRole("navigation", {name: "Views"}).waitFor();
		await page.getByText("anna").first().waitFor();
		const cookies = await page.context().cookies();
		const own = cookies.find((c) => c.name === "__Host-certwalk");

		equal(own.sameSite, "Strict");
		equal(own.httpOnly, true);
		equal(cookies.some((c) => c.name === "__Host-certwalk-login"),
			false, "the login's own cookie:");
	});

await check("what was refused is told on a page of its own", async () => {
	await page.goto(`${base}/api/v1/oidc/callback?code=x&state=y`);
	await page.getByRole("heading", {name: "Not logged in"}).waitFor();
	await shot(page, "oidc-refused");
	await page.getByRole("link", {name: "Back to the login"}).click();
	await page.getByRole("navigation", {name: "Views"}).waitFor();
});

finish();
