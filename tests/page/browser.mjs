// SPDX-License-Identifier: Apache-2.0
// What the tests of the page share: Debian's Chromium, checks in the form that
// tests/e2e has, and what is asked of every view.

import {createRequire} from "node:module";
import {mkdirSync} from "node:fs";
import {join} from "node:path";

const require = createRequire(join(process.cwd(), "build/npm/x.js"));
const {chromium} = require("playwright-core");

export const shots = process.env.SHOTS || "build/page";
let count = Number(process.env.CHECKS || 0);
let failed = 0;

// CHECK=WORD in the environment: only the checks whose sentence has it.
const only = process.env.CHECK || "";

export async function check(sentence, fn) {
	if (!sentence.includes(only))
		return;
	count++;
	try {
		await fn();
		console.log(`ok ${count} - ${sentence}`);
	} catch (error) {
		failed++;
		console.log(`not ok ${count} - ${sentence}`);
		console.log(String(error.stack || error).slice(0, 2000)
			.replace(/^/gm, "# "));
	}
}

export function equal(got, want, what = "") {
	if (got !== want)
		throw new Error(`${what} got: ${got}\nnot: ${want}`);
}

// What the page says a moment after it was used: a busy machine draws late.
export async function soon(get, want, what = "") {
	const end = Date.now() + 30000;
	let got = await get();

	for (; got !== want && Date.now() < end; got = await get())
		await new Promise((done) => setTimeout(done, 50));
	equal(got, want, what);
}

export function none(list, what) {
	if (list.length)
		throw new Error(`${what}:\n${list.slice(0, 8).join("\n")}`);
}

export async function open() {
	mkdirSync(shots, {recursive: true});
	return chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
	});
}

export const finish = () => process.exit(failed ? 1 : 0);

// A page that notes what must never happen: errors, refusals by the policy,
// markup that was obeyed.
export async function newPage(browser, options = {}) {
	const context = await browser.newContext({
		viewport: {width: 1360, height: 860}, ignoreHTTPSErrors: true,
		locale: "en-GB", timezoneId: "UTC", ...options});
	const page = await context.newPage();

	page.faults = [];
	page.on("pageerror", (e) => page.faults.push(`error: ${e.message}`));
	page.on("console", (m) => {
		const text = m.text();

		if (m.type() === "error" && !/status of (4|5)\d\d/.test(text))
			page.faults.push(`console: ${text}`);
	});
	// a machine may be busy: the test as a whole has an end of its own
	page.setDefaultTimeout(300000);
	return page;
}

export async function login(page, base, user, password = "correct horse") {
	await page.goto(base + "/");
	await page.getByLabel("User").fill(user);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", {name: "Log in"}).click();
	await page.getByRole("navigation", {name: "Views"}).waitFor();
}

export async function settle(page) {
	await page.waitForFunction(() => !document.querySelector(
		".loading, .skeleton"));
}

export async function visit(page, base, hash) {
	await page.goto(`${base}/#/${hash}`);
	// the view is drawn a moment after the address has changed, and what it
	// shows is asked for by a timer of that frame
	await page.evaluate(async () => {
		for (let i = 0; i < 2; i++) {
			await new Promise(requestAnimationFrame);
			await new Promise((done) => setTimeout(done));
		}
	});
	await settle(page);
}

export async function shot(page, name) {
	await page.screenshot({path: join(shots, `${name}.png`)});
}

// ---------------------------------------------------- asked of every view

// Runs in the browser.  What a reader who sees nothing, or little, would
// miss: names of what can be used, one main heading, labelled fields, states
// that are a colour alone, contrast below 4.5 (3 for large text).
export function inspect() {
	const faults = [];
	const say = (element, what) => faults.push(
		`${what}: ${element.outerHTML.slice(0, 140)}`);
	const shown = (e) => e.checkVisibility({visibilityProperty: true}) &&
		e.getClientRects().length > 0;
	const name = (e) => (e.getAttribute("aria-label") ||
		e.getAttribute("aria-labelledby")?.split(" ").map((id) =>
			document.getElementById(id)?.textContent).join(" ") ||
		e.labels?.[0]?.textContent || e.textContent || "").trim();

	for (const e of document.querySelectorAll("a, button, input, select, " +
		"textarea, dialog, section, nav, [role=region], [role=img]"))
		if (shown(e) && !name(e))
			say(e, "has no name");
	for (const e of document.querySelectorAll("[tabindex]"))
		if (e.tabIndex > 0)
			say(e, "breaks the order of the keyboard");
	for (const e of document.querySelectorAll(".status"))
		if (!e.querySelector("svg *") || !e.textContent.trim())
			say(e, "a state without shape or word");
	if (document.querySelectorAll("h1").length !== 1)
		faults.push("not one h1");
	if (!document.querySelector("main"))
		faults.push("no main");
	for (const e of document.querySelectorAll("table"))
		if (!e.caption?.textContent.trim())
			say(e, "a table without a caption");
	const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);

	for (const id of ids.filter((x, i) => ids.indexOf(x) !== i))
		faults.push(`id twice: ${id}`);
	if (document.documentElement.scrollWidth > innerWidth + 1)
		faults.push(`wider than the window: ` +
			`${document.documentElement.scrollWidth} of ${innerWidth}`);

	const parse = (text) => {
		const n = text.match(/[\d.]+/g).map(Number);

		return {r: n[0], g: n[1], b: n[2], a: n[3] ?? 1};
	};
	const luminance = ({r, g, b}) => [r, g, b].map((v) => {
		v /= 255;
		return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	}).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = (e) => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);

			if (c.a === 1)
				return c;
		}
		return {r: 255, g: 255, b: 255};
	};
	const texts = document.createTreeWalker(document.body,
		NodeFilter.SHOW_TEXT);

	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;

		if (!texts.currentNode.data.trim() || !shown(e) ||
			e.closest(".unseen, :disabled, .chart-links, .skip"))
			continue;
		const style = getComputedStyle(e);
		const [a, b] = [luminance(parse(style.color)),
			luminance(ground(e))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);

		if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
			say(e, `contrast ${ratio.toFixed(2)}`);
	}
	return [...new Set(faults)];
}

export async function isSound(page) {
	// between two frames it may be neither what it was nor what it will be
	await soon(async () => (await page.evaluate(inspect)).slice(0, 8)
		.join("\n"), "", "faults");
	none(page.faults, "the browser complains");
	equal(await page.evaluate(() => window.pwned), undefined, "markup ran:");
	equal(await page.locator("main img, main script").count(), 0,
		"elements out of data:");
}
