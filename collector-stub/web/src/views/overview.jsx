// SPDX-License-Identifier: Apache-2.0
// What needs somebody now, and how the fleet stands.

import * as format from "../format.js";
import {href, useGet, useTitle} from "../hooks.js";
import {Empty, Head, Link, Section, Status, Time, Wait}
	from "../parts/basics.jsx";
import {Bars, Shares} from "../parts/chart.jsx";

const BUCKETS = {
	expired: ["expired", "--bad"],
	"7d": ["7 d", "--bad"],
	"30d": ["30 d", "--warn"],
	"60d": ["60 d", "--series"],
	"90d": ["90 d", "--series"],
	"200d": ["200 d", "--series"],
	later: ["later", "--series-quiet"],
};

function Broken({items}) {
	if (!items.length)
		return <p class="fine"><Status level="good"
			word="Nothing is known to be broken." /></p>;
	return (
		<ul class="broken">
			{items.map((b) => (
				<li key={b.name}>
					<Link to={b.list} query={{filter: b.filter}}>
						<span class="broken-count">{format.number(b.count)}
						</span>
						<span>{b.list} that {b.title}</span>
					</Link>
				</li>))}
		</ul>
	);
}

function Expiry({certificates: c}) {
	if (!c.leaves)
		return <Empty title="There is no leaf certificate." />;
	return <Bars title="Certificates by end" bars={c.expiry.map((b) => ({
		label: BUCKETS[b.name]?.[0] || b.name,
		colour: BUCKETS[b.name]?.[1] || "--series",
		count: b.count,
		href: href("certificates", {filter: b.filter}),
	}))} />;
}

const LEAVES = "role in (leaf, self-signed-leaf)";

function algorithmFilter(a) {
	const tests = [LEAVES, `key_alg = ${format.quoted(a.key_alg)}`];

	if (a.curve)
		tests.push(`curve = ${format.quoted(a.curve)}`);
	else if (a.key_bits)
		tests.push(`key_bits = ${a.key_bits}`);
	return tests.join(" and ");
}

const isWeak = (a) => a.key_alg === "DSA" ||
	(a.key_alg === "RSA" && a.key_bits < 2048);

const Algorithms = ({certificates: c}) => (
	<Shares
		items={c.algorithms.slice(0, 10).map((a) => ({
			total: c.leaves,
			unit: "leaves",
			label: format.key(a) + (isWeak(a) ? " (weak)" : ""),
			count: a.count,
			level: isWeak(a) ? "bad" : "",
			href: href("certificates", {filter: algorithmFilter(a)}),
		}))} />);

function PostQuantum({statistics: s}) {
	const keys = s.certificates.post_quantum;
	const ready = keys.hybrid + keys["post-quantum"];

	return <Shares items={[
		{label: "Endpoints that take ML-KEM", count: s.endpoints.hybrid,
			total: s.endpoints.total, unit: "endpoints"},
		{label: "Leaves with such a key", count: ready,
			total: s.certificates.leaves, unit: "leaves",
			href: href("certificates", {filter:
				`${LEAVES} and pq_class in (hybrid, post-quantum)`})},
	]} />;
}

function Figure({title, value, of, to, query, level}) {
	return (
		<div class="figure">
			<dt>{title}</dt>
			<dd><Link to={to} query={query}>
				{level && value > 0
					? <Status level={level} word={format.number(value)} />
					: format.number(value)}</Link>
			{of !== undefined && <span class="muted"> of
				{" "}{format.number(of)}</span>}</dd>
		</div>
	);
}

const Fleet = ({hosts: h}) => (
	<dl class="figures">
		<Figure title="Silent for a day" value={h.silent} of={h.total}
			level="bad" to="hosts"
			query={{filter: "last_seen < -1d and not revoked"}} />
		<Figure title="Scan did not end" value={h.incomplete} of={h.total}
			level="warn" to="hosts" query={{filter: "complete = no"}} />
		<Figure title="Could not look at everything" value={h.with_gaps}
			of={h.total} level="note" to="hosts"
			query={{filter: "gaps > 0"}} />
		<Figure title="Gaps in all" value={h.gaps} to="hosts"
			query={{filter: "gaps > 0", sort: "-gaps"}} />
	</dl>);

const Totals = ({statistics: s}) => (
	<dl class="figures totals">
		<Figure title="Leaf certificates" value={s.certificates.leaves}
			to="certificates" query={{filter: LEAVES}} />
		<Figure title="Certificates" value={s.certificates.total}
			to="certificates" />
		<Figure title="Endpoints" value={s.endpoints.total} to="endpoints" />
		<Figure title="Hosts" value={s.hosts.total} to="hosts" />
		<Figure title="Commands to be signed" level="warn"
			value={s.commands.to_be_signed} to="commands"
			query={{filter: "state = \"to be signed\""}} />
	</dl>);

function Start() {
	return (
		<Empty title="No host is enrolled yet.">
			Make an enrolment token in <Link to="settings/enrolment">Settings
			</Link> and run <code>certwalk enroll TOKEN</code> on a host; then
			start certwalk-agent.service.
		</Empty>
	);
}

export function Overview() {
	const statistics = useGet("/statistics", 60);

	useTitle("Overview");
	return (
		<>
			<Head title="Overview" note={statistics.data &&
				<>as of <Time at={statistics.data.time} /></>} />
			<Wait on={statistics} what="the overview">{(s) => (s.hosts.total
				? <>
					<Totals statistics={s} />
					<Section title="Needs you now" id="broken">
						<Broken items={s.broken} /></Section>
					<Section title="What ends when" id="expiry"
						note="leaf certificates, within so many days">
						<Expiry certificates={s.certificates} /></Section>
					<div class="columns even">
						<Section title="Keys" id="keys"
							note="of leaf certificates">
							<Algorithms certificates={s.certificates} />
						</Section>
						<div>
							<Section title="Post-quantum" id="pq">
								<PostQuantum statistics={s} /></Section>
							<Section title="Hosts" id="fleet">
								<Fleet hosts={s.hosts} /></Section>
						</div>
					</div>
				</>
				: <Start />)}
			</Wait>
		</>
	);
}
