// SPDX-License-Identifier: Apache-2.0
// Bars, by Chart.js.  Beside the picture stands the same as a table, for those
// who do not see it.

import {BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip}
	from "chart.js";
import {useEffect, useRef} from "preact/hooks";
import {number} from "../format.js";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);
Chart.defaults.font.family = "system-ui, sans-serif";
Chart.defaults.animation = false;

// The colour that a custom property of tokens.css has here and now.
function colour(element, property) {
	const probe = document.createElement("span");

	probe.style.color = `var(${property})`;
	element.append(probe);
	const value = getComputedStyle(probe).color;

	probe.remove();
	return value;
}

// Numbers stand above their bars.
const values = {
	id: "values",
	afterDatasetsDraw(chart) {
		const {ctx} = chart;

		ctx.save();
		ctx.fillStyle = chart.options.ink;
		ctx.font = "600 12px system-ui, sans-serif";
		ctx.textAlign = "center";
		chart.getDatasetMeta(0).data.forEach((bar, i) => {
			ctx.fillText(number(chart.data.datasets[0].data[i]),
				bar.x, bar.y - 5);
		});
		ctx.restore();
	},
};

function settings(box, bars, onBar) {
	const muted = colour(box, "--muted");
	const line = colour(box, "--line");

	return {
		type: "bar",
		plugins: [values],
		data: {
			labels: bars.map((b) => b.label),
			datasets: [{
				data: bars.map((b) => b.count),
				backgroundColor: bars.map((b) => colour(box, b.colour)),
				borderRadius: 2,
				maxBarThickness: 56,
			}],
		},
		options: {
			ink: colour(box, "--ink"),
			maintainAspectRatio: false,
			layout: {padding: {top: 18}},
			scales: {
				x: {grid: {display: false}, border: {color: line},
					ticks: {color: muted, maxRotation: 0, autoSkip: false}},
				y: {display: false, beginAtZero: true},
			},
			plugins: {tooltip: {displayColors: false}},
			onClick: (_, found) => found.length && onBar(bars[found[0].index]),
			onHover: (event, found) => {
				event.native.target.style.cursor =
					found.length ? "pointer" : "default";
			},
		},
	};
}

// ${bars}: [{label, count, colour, href}]
export function Bars({title, bars}) {
	const canvas = useRef(null);

	useEffect(() => {
		const dark = matchMedia("(prefers-color-scheme: dark)");
		const open = (bar) => {
			location.hash = bar.href;
		};
		const draw = () => new Chart(canvas.current,
			settings(canvas.current.parentElement, bars, open));
		let chart = draw();
		const redraw = () => {
			chart.destroy();
			chart = draw();
		};

		dark.addEventListener("change", redraw);
		addEventListener("theme", redraw);
		return () => {
			dark.removeEventListener("change", redraw);
			removeEventListener("theme", redraw);
			chart.destroy();
		};
	}, [JSON.stringify(bars)]);
	return (
		<div class="chart">
			<div class="chart-canvas"><canvas ref={canvas} role="img"
				aria-label={`${title}: ${bars.map((b) =>
					`${b.label} ${b.count}`).join(", ")}`} /></div>
			<ul class="chart-links" aria-label={title}>
				{bars.map((b) => <li key={b.label}>
					<a href={b.href}>{b.label}: {number(b.count)}</a></li>)}
			</ul>
		</div>
	);
}

// Shares of a whole, as bars that lie: [{label, count, total, unit, href}]
export function Shares({items}) {
	return (
		<ul class="shares">
			{items.map((s) => (
				<li key={s.label}>
					<span class="share-label">
						{s.href ? <a href={s.href}>{s.label}</a> : s.label}
					</span>
					<span class="share-bar" aria-hidden="true"><span
						style={{width: `${s.count * 100 / (s.total || 1)}%`}}
						class={s.level || ""} /></span>
					<span class="share-count right"
						title={`${number(s.count)} of ${number(s.total)} ` +
							s.unit}>{number(s.count)}</span>
				</li>))}
		</ul>
	);
}
