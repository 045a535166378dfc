// SPDX-License-Identifier: Apache-2.0
// usage: node setup.mjs LINK
// The first admin, made in a browser by the link of certwalk-collector init.

import {check, finish, isSound, newPage, open, shot} from "./browser.mjs";

const [link] = process.argv.slice(2);
const browser = await open();
const page = await newPage(browser);
const fill = async (again) => {
	await page.getByLabel("User").fill("anna");
	await page.getByLabel("Password", {exact: true})
		.fill("correct horse battery");
	await page.getByLabel("Password, once more").fill(again);
	await page.getByRole("button", {name: "Make the first admin"}).click();
};

await check("the link leads to the first admin's name and password",
	async () => {
		await page.goto(link);
		await page.getByText("You set up this collector").waitFor();
		await shot(page, "setup");
		await isSound(page);
	});

await check("two passwords that differ are told", async () => {
	await fill("another one");
	await page.getByText("The two passwords differ").waitFor();
});

await check("the first admin is made, and is in", async () => {
	await fill("correct horse battery");
	await page.getByRole("navigation", {name: "Views"}).waitFor();
	await page.getByRole("link", {name: "Audit"}).waitFor();
});

await check("the link works once", async () => {
	const other = await newPage(browser);

	await other.goto(link);
	await other.getByLabel("User").fill("eve");
	await other.getByLabel("Password", {exact: true})
		.fill("incorrect horse battery");
	await other.getByLabel("Password, once more")
		.fill("incorrect horse battery");
	await other.getByRole("button", {name: "Make the first admin"}).click();
	await other.getByText("the link was used already").waitFor();
});

finish();
