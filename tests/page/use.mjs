// SPDX-License-Identifier: Apache-2.0
// usage: node use.mjs BASE		(of standin.mjs)
// What people do with the page, by mouse and by keyboard, and what it says
// where there is nothing, nobody, or trouble.

import {check, equal, finish, inspect, isSound, newPage, none, open, shot,
	settle, soon, visit} from "./browser.mjs";
import {faultsOfAll} from "./document.mjs";

const base = process.argv[2];
const browser = await open();
const text = (page) => page.locator("main").innerText();

async function says(page, words, what = "the page") {
	await page.locator("main").filter({hasText: words}).waitFor()
		.catch(async () => {
			throw new Error(`${what} does not say ${words}:\n` +
				await text(page));
		});
}

const address = (page) => decodeURIComponent(
	new URL(page.url()).hash.replaceAll("+", " "));

// A page of somebody who is logged in; it is closed afterwards.
async function as(user, fn) {
	const page = await newPage(browser);

	try {
		await page.request.post(`${base}/api/v1/session`,
			{data: {user, password: "correct horse"}});
		await page.goto(`${base}/`);
		await page.getByRole("navigation", {name: "Views"}).waitFor();
		await fn(page);
		none(page.faults, "the browser complains");
	} finally {
		await page.context().close();
	}
}

// ---------------------------------------------------------------- log in

await check("a wrong password is told, and nothing else", async () => {
	const page = await newPage(browser);

	await page.goto(`${base}/#/hosts`);
	await page.getByLabel("User").fill("anna");
	await page.getByLabel("Password").fill("wrong");
	await page.keyboard.press("Enter");
	await page.getByRole("alert").filter({hasText: "no such user"}).waitFor();
	await shot(page, "login-refused");
	await isSound(page);
	await page.getByLabel("Password").fill("correct horse");
	await page.keyboard.press("Enter");
	await page.getByRole("heading", {name: "Hosts", level: 1}).waitFor();
	await page.context().close();
});

await check("a session that has ended leads back to where one was",
	() => as("anna", async (page) => {
		await visit(page, base, "commands");
		await page.context().clearCookies();
		await page.getByRole("link", {name: "Endpoints"}).click();
		await says(page, "Your session has ended");
		await page.getByLabel("User").fill("anna");
		await page.getByLabel("Password").fill("correct horse");
		await page.keyboard.press("Enter");
		await page.getByRole("heading", {name: "Endpoints", level: 1})
			.waitFor();
	}));

await check("who logs out is out", () => as("anna", async (page) => {
	await page.getByRole("button", {name: "Log out"}).click();
	await page.getByLabel("Password").waitFor();
	await page.reload();
	await page.getByLabel("Password").waitFor();
}));

// ----------------------------------------------------- nothing and trouble

const VIEWS = ["", "certificates", "locations", "endpoints", "hosts",
	"commands", "alerts", "alerts/sent", "alerts/silences", "alerts/rules",
	"events", "audit", "settings/enrolment", "settings/api-tokens",
	"settings/keys", "settings/users"];
const DETAILS = [];

await check("every view of one thing shows it", () => as("anna",
	async (page) => {
		for (const [name, id] of [["certificates", "sha256"],
			["hosts", "agent_id"], ["commands", "id"]]) {
			const {items} = await (await page.request.get(
				`${base}/api/v1/${name}`)).json();

			DETAILS.push(`${name}/${items[0][id]}`);
			await visit(page, base, DETAILS.at(-1));
			await page.locator(".facts").first().waitFor();
		}
	}));

await check("every view says when it is empty, and what to do next",
	() => as("x-empty", async (page) => {
		for (const view of VIEWS) {
			await visit(page, base, view);
			await page.locator(".empty-title").first().waitFor();
			if (!await page.locator(".empty .muted").count())
				throw new Error(`${view} does not say what to do`);
		}
		for (const view of DETAILS) {
			await visit(page, base, view);
			await page.locator(".empty-title").first().waitFor();
			await page.locator(".failed").waitFor({state: "detached"});
			await isSound(page);
		}
		await visit(page, base, "certificates");
		await says(page, "certwalk enroll TOKEN");
		await shot(page, "empty-certificates");
		await visit(page, base, "");
		await shot(page, "empty-overview");
		await isSound(page);
	}));

await check("every view says when it has failed, and can be tried again",
	() => as("x-broken", async (page) => {
		for (const view of [...VIEWS, ...DETAILS]) {
			await visit(page, base, view);
			await page.getByRole("alert").filter(
				{hasText: "the database is away"}).first().waitFor();
			await page.getByRole("button", {name: "Try again"}).first()
				.waitFor();
		}
		await shot(page, "failed");
		await isSound(page);
	}));

await check("every view says when it is loading",
	() => as("x-slow", async (page) => {
		for (const view of [...VIEWS, ...DETAILS]) {
			await page.goto(`${base}/#/${view}`);
			await page.getByRole("status").filter({hasText: "Loading"})
				.first().waitFor({state: "attached"});
		}
		await page.goto(`${base}/#/certificates`);
		await shot(page, "loading");
		await isSound(page);
	}));

// From now on ${path} of REST is answered as ${reply} has it.
const answers = (page, path, reply) =>
	page.route(`**/api/v1/${path}`, (route) => route.fulfill(reply));

const AWAY = {status: 503, contentType: "application/problem+json",
	body: '{"status": 503, "code": "storage-failed", "detail": "away"}'};

await check("a request that hangs is given up, and can be tried again",
	() => as("x-slow", async (page) => {
		await page.clock.install();
		// what was asked before has a real timer
		for (const view of ["hosts", "certificates"]) {
			await page.goto(`${base}/#/${view}`);
			await page.getByRole("status").filter({hasText: "Loading"})
				.first().waitFor({state: "attached"});
			await page.clock.fastForward(121000);
			await page.getByRole("alert").filter(
				{hasText: "no answer within 120 seconds"}).first().waitFor();
			await page.getByRole("button", {name: "Try again"}).first()
				.click();
		}
	}));

await check("a proxy's answer is told as such", () => as("anna",
	async (page) => {
		for (const status of [200, 502]) {
			await answers(page, "statistics", {status,
				contentType: "text/html", body: "<!DOCTYPE html>"});
			await visit(page, base, "hosts");
			await visit(page, base, "");
			await says(page, `${status} `);
			await says(page, "text/html, not JSON");
			await says(page, "A proxy may have given it");
		}
		await answers(page, "statistics", {status: 200,
			contentType: "application/json", body: '{"time": '});
		await page.getByRole("button", {name: "Try again"}).click();
		await says(page, "cut off or damaged");
		await shot(page, "proxy");
		await isSound(page);
	}));

await check("where fields and saved filters are away, a list says so",
	() => as("anna", async (page) => {
		const box = page.getByRole("combobox", {name: "Filter certificates"});

		await answers(page, "filter-fields", AWAY);
		await answers(page, "saved-filters?*", AWAY);
		await visit(page, base, "certificates?filter=role+%3D+leaf");
		await says(page, "no column sorts: away");
		await says(page, "Your saved filters are not shown: away");
		await soon(() => box.inputValue(), "role = leaf");
		await shot(page, "lacks");
		await isSound(page);
		await page.setViewportSize({width: 390, height: 844});
		await shot(page, "phone-lacks");
		await isSound(page);
		await page.unrouteAll();
		for (const left of [1, 0]) {
			await page.getByRole("button", {name: "Try again"}).first()
				.click();
			await soon(() => page.locator(".remark").count(), left);
		}
		await page.getByLabel("Sort by").waitFor();
	}));

await check("a timer's questions say that they are, and cut none off",
	() => as("anna", async (page) => {
		const asked = [];

		await page.clock.install();
		page.on("request", (r) => r.url().includes("/statistics") &&
			asked.push(r.headers()["x-poll"] || "no"));
		await visit(page, base, "hosts");
		await visit(page, base, "");
		await soon(() => asked.join(), "no");
		await page.clock.fastForward(61000);
		await soon(() => asked.join(), "no,yes");
		await settle(page);
		await page.route("**/api/v1/statistics", () => {});
		await page.clock.fastForward(60000);
		await soon(() => asked.join(), "no,yes,yes");
		await page.clock.fastForward(60000);
		equal(asked.join(), "no,yes,yes");
	}));

await check("a viewer is offered nothing that would be refused",
	() => as("ben-viewer", async (page) => {
		await soon(() => page.getByRole("link", {name: "Audit"}).count(), 0);
		await visit(page, base, "commands");
		await soon(() => page.getByRole("button", {name: "Order"}).count(), 0);
		await visit(page, base, "settings/users");
		await soon(() => page.getByRole("button", {name: "New user"}).count(), 0);
	}));

await check("what is not there is told", () => as("anna", async (page) => {
	await visit(page, base, `certificates/${"0".repeat(64)}`);
	await says(page, "Not found");
	await visit(page, base, "nowhere/%zz");
	await says(page, "There is no such view");
}));

// ----------------------------------------------------------------- lists

await check("a filter is completed by the keyboard, and stands in the address",
	() => as("anna", async (page) => {
		await visit(page, base, "certificates");
		const box = page.getByRole("combobox", {name: "Filter certificates"});

		await box.pressSequentially("not_a");
		await page.getByRole("option", {name: "not_after"}).waitFor();
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Enter");
		await soon(() => box.inputValue(), "not_after ");
		await page.keyboard.press("ArrowDown");
		await shot(page, "completion");
		await isSound(page);
		await page.keyboard.press("Enter");
		await box.pressSequentially("30d a");
		await page.keyboard.press("ArrowDown");
		await page.keyboard.press("Tab");
		await soon(() => box.inputValue(), "not_after < 30d and ");
		await box.pressSequentially("role = leaf");
		await page.keyboard.press("Escape");
		await page.keyboard.press("Enter");
		await page.waitForURL(/filter=/);
		equal(address(page),
			"#/certificates?filter=not_after < 30d and role = leaf");
	}));

await check("a fault in a filter is shown at its column",
	() => as("anna", async (page) => {
		await visit(page, base, "certificates?filter=role+%3D+a+nonsense");
		await says(page, "no such field");
		await soon(() => page.locator(".filter-fault mark").innerText(),
			"onsense");
		await shot(page, "filter-fault");
		await isSound(page);
		await visit(page, base, "certificates?filter=nothing");
		await says(page, "Nothing passes this filter.");
		await page.getByRole("button", {name: "Clear"}).click();
		await says(page, "www7.example.org");
	}));

await check("filters are kept under a name", () => as("anna", async (page) => {
	const mine = page.getByRole("button", {name: "Mine"});

	await visit(page, base, "certificates?filter=is_ca");
	await page.getByRole("button", {name: "Save filter"}).click();
	await page.getByLabel("Name").fill("Mine");
	await shot(page, "save-filter");
	await isSound(page);
	await page.keyboard.press("Enter");
	await soon(() => mine.getAttribute("aria-pressed"), "true");
	await page.reload();
	await mine.click();
	await page.waitForFunction(() => !location.hash.includes("filter"));
	await mine.click();
	await page.getByRole("button", {name: "Forget this filter"}).click();
	await mine.waitFor({state: "detached"});
}));

await check("columns sort by a click, and say so", () => as("anna",
	async (page) => {
		await visit(page, base, "certificates");
		const head = page.getByRole("columnheader", {name: "Places"});

		await soon(() => head.getAttribute("aria-sort"), "none");
		await head.getByRole("button").click();
		await page.waitForURL(/sort=places/);
		await soon(() => head.getAttribute("aria-sort"), "ascending");
		await head.getByRole("button").click();
		await page.waitForURL(/sort=-places/);
		await soon(() => head.getAttribute("aria-sort"), "descending");
		await page.locator("tbody tr").first().filter({hasText: "12"})
			.waitFor();
	}));

await check("at the width of a phone a list is sorted by a choice",
	() => as("anna", async (page) => {
		const choice = page.getByLabel("Sort by");

		await visit(page, base, "certificates");
		await soon(() => choice.isVisible(), false);
		await page.setViewportSize({width: 390, height: 844});
		await soon(() => choice.inputValue(), "not_after");
		await choice.selectOption("Places, descending");
		await page.waitForURL(/sort=-places/);
		await page.locator("tbody tr").first().filter({hasText: "12"})
			.waitFor();
		await shot(page, "phone-sorted");
		await isSound(page);
	}));

await check("a certificate that nobody has seen is marked as claimed",
	() => as("anna", async (page) => {
		await visit(page, base, "certificates");
		const row = page.locator("tbody tr").filter({hasText: "claimed"});

		await soon(() => row.count(), 1);
		await row.getByRole("link").first().click();
		await says(page, "Known only from what a host says");
		await shot(page, "claimed");
		await isSound(page);
	}));

await check("a list goes on where it is scrolled to, to its end",
	() => as("anna", async (page) => {
		await visit(page, base, "certificates");
		await soon(() => page.locator("tbody tr").count(), 100);
		for (let i = 0; i < 2; i++)
			await page.locator(".more").scrollIntoViewIfNeeded()
				.then(() => page.waitForFunction((n) =>
					document.querySelectorAll("tbody tr").length > n,
				100 + i * 100));
		await says(page, "260 shown: all of them");
		await soon(() => page.locator("tbody tr").count(), 260);
	}));

// ------------------------------------------------------------- the keyboard

// What can be used but is not reached by Tab, from the top of the page on.
async function unreached(page) {
	await page.evaluate(() => {
		[...document.querySelectorAll("a[href], button:enabled, input, " +
			"select, textarea, summary, [tabindex='0']")]
			.filter((e) => e.getClientRects().length)
			.forEach((e, i) => e.setAttribute("data-stop", i));
		document.activeElement.blur();
		getSelection().removeAllRanges();
	});
	const met = new Set();

	// once round: what is drawn late makes the way longer
	for (let i = 0, again = 0; i < 1000 && again < 3; i++) {
		await page.keyboard.press("Tab");
		const stop = await page.evaluate(() =>
			document.activeElement.getAttribute("data-stop"));

		again = stop !== null && met.has(stop) ? again + 1 : 0;
		met.add(stop);
	}
	return page.evaluate((seen) => [...document.querySelectorAll(
		"[data-stop]")].filter((e) => !seen.includes(e.dataset.stop))
		.map((e) => e.outerHTML.slice(0, 120)), [...met]);
}

await check("everything in each view is reached by the keyboard",
	() => as("anna", async (page) => {
		const {items} = await (await page.request.get(
			`${base}/api/v1/commands`)).json();

		for (const view of ["", "endpoints?filter=nothing", "commands",
			`commands/${items[0].id}`, "audit", "settings/users"]) {
			await visit(page, base, view);
			none(await unreached(page), `${view || "overview"}: not reached`);
		}
	}));

await check("the menu is used by the keyboard, and the heading gets the focus",
	() => as("anna", async (page) => {
		await page.keyboard.press("Tab");
		await page.keyboard.press("Enter");
		await soon(() => page.evaluate(() => document.activeElement.id), "main");
		for (const title of ["Certificates", "Endpoints", "Settings"]) {
			await page.getByRole("link", {name: title, exact: true}).first()
				.focus();
			await page.keyboard.press("Enter");
			await page.getByRole("heading", {name: title, level: 1})
				.waitFor();
			await soon(() => page.evaluate(() =>
				document.activeElement.textContent), title);
		}
	}));

await check("a bar of the chart leads to its certificates",
	() => as("anna", async (page) => {
		const link = page.getByRole("link", {name: "30 d: 14"});

		await link.focus();
		await page.keyboard.press("Enter");
		await page.getByRole("heading", {name: "Certificates", level: 1})
			.waitFor();
		equal(address(page), "#/certificates?filter=not_after < 2d");
	}));

await check("a dialog keeps the keyboard, and gives it back",
	() => as("anna", async (page) => {
		await visit(page, base, "commands");
		const button = page.getByRole("button", {name: "Order an action"});

		await button.focus();
		await page.keyboard.press("Enter");
		await page.getByRole("dialog", {name: "Order an action"}).waitFor();
		await soon(() => page.evaluate(() => document.activeElement.labels[0]
			.textContent), "Action");
		await shot(page, "order");
		await isSound(page);
		await page.keyboard.press("Escape");
		await page.getByRole("dialog").waitFor({state: "detached"});
		await soon(() => page.evaluate(() =>
			document.activeElement.textContent), "Order an action");
	}));

// ------------------------------------------------------------------ changes

await check("a token is shown once", () => as("anna", async (page) => {
	await visit(page, base, "settings/enrolment");
	await page.getByRole("button", {name: "New token"}).click();
	await page.getByLabel("Hosts that may use it").fill("20");
	await page.keyboard.press("Enter");
	await page.getByRole("dialog").filter({hasText: "cwt_"}).waitFor();
	await shot(page, "token");
	await isSound(page);
	await page.getByRole("button", {name: "Done"}).click();
	await soon(async () => (await page.content()).includes("cwt_"), false);
}));

await check("a refused change is told where it was made",
	() => as("anna", async (page) => {
		await visit(page, base, "settings/users");
		await page.getByRole("button", {name: "New user"}).click();
		await page.getByLabel("Name").fill("anna");
		await page.getByLabel("Password").fill("too short");
		await page.getByRole("button", {name: "Add"}).click();
		await soon(() => page.getByLabel("Password").evaluate((e) =>
			e.validity.tooShort), true);
		await page.getByLabel("Password").fill("long enough for all");
		await page.getByRole("button", {name: "Add"}).click();
		await page.getByRole("alert").filter({hasText: "there is a user"})
			.waitFor();
		await shot(page, "user-refused");
		await isSound(page);
	}));

// ------------------------------------------------------- the tests themselves

await check("the stand-in answers as the document has it", () => as("anna",
	async (page) => {
		const ask = async (path) => (await page.request.get(
			`${base}/api/v1${path}`)).json();
		const one = async (list) => (await ask(`/${list}`)).items[4];

		none(await faultsOfAll(ask, {
			certificates: (await one("certificates")).sha256,
			hosts: (await one("hosts")).agent_id,
			commands: (await one("commands")).id,
		}, true), "not as the document has it");
	}));

await check("the policy lets no script in but the page's",
	() => as("anna", async (page) => {
		const ran = await page.evaluate(() => {
			const script = document.createElement("script");

			try {
				script.text = "window.ran = 1";
				document.body.append(script);
				document.body.innerHTML += "<img src=x onerror='ran=1'>";
			} catch {
				// refused
			}
			return window.ran;
		});

		equal(ran, undefined);
		page.faults = [];	// it was meant
	}));

await check("what the tests look for is found", () => as("anna",
	async (page) => {
		await page.evaluate(() => {
			const add = (tag, change) => {
				const e = document.createElement(tag);

				change(e);
				document.querySelector("main").append(e);
			};

			add("button", () => {});
			add("h1", (e) => e.append("second"));
			add("p", (e) => {
				e.append("pale");
				e.style.color = "#bbb";
			});
			add("div", (e) => {
				e.style.width = "3000px";
				e.append("wide");
			});
			add("span", (e) => {
				e.className = "status";
				e.append("colour alone");
			});
		});
		const found = (await page.evaluate(inspect)).join("\n");

		for (const what of ["has no name", "not one h1", "contrast",
			"wider than", "without shape"])
			equal(found.includes(what), true, `${what}:`);
	}));

await browser.close();
finish();
