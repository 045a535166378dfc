// SPDX-License-Identifier: Apache-2.0
// usage: node build.mjs MODULES OUT
// Builds the page into the folder OUT, with the packages in MODULES; beside each
// file stands NAME.gz, which the collector sends to who takes it.

import {createRequire} from "node:module";
import {cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync}
	from "node:fs";
import {dirname, join, resolve} from "node:path";
import {fileURLToPath} from "node:url";
import {gzipSync} from "node:zlib";

const [modules, out] = process.argv.slice(2).map((p) => resolve(p));
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(join(modules, "..", "x.js"))("esbuild");

mkdirSync(out, {recursive: true});
await esbuild.build({
	entryPoints: {page: join(here, "src/main.jsx"),
		style: join(here, "style/style.css")},
	outdir: out,
	nodePaths: [modules],
	bundle: true,
	minify: true,
	format: "esm",
	target: ["chrome123", "firefox121", "safari17.5"],
	jsx: "automatic",
	jsxImportSource: "preact",
	legalComments: "none",
	logLevel: "warning",
});
// What is built in asks that its licence goes with it.
writeFileSync(join(out, "licences.txt"), ["preact", "chart.js", "@kurkle/color"]
	.map((name) => {
		const folder = join(modules, name);
		const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));

		return `${name}\n\n${readFileSync(join(folder, file), "utf8")}`;
	}).join("\n\n"));
for (const file of ["index.html", "icon.svg"])
	cpSync(join(here, file), join(out, file));
for (const file of readdirSync(out)) {
	const path = join(out, file);

	writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), {level: 9}));
}
