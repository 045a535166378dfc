// SPDX-License-Identifier: Apache-2.0
// Alerts: what is so, by which rule, who was told, and silence.

import {useState} from "preact/hooks";
import {part, post, remove} from "../api.js";
import * as format from "../format.js";
import {href, useAction, useList, useTitle} from "../hooks.js";
import {Head, Link, Path, Status, Time} from "../parts/basics.jsx";
import {Choice, Dialog, Form, Text} from "../parts/form.jsx";
import {ListView} from "../parts/list_view.jsx";
import {List} from "../parts/table.jsx";
import {useMay} from "../session.js";
import * as status from "../status.js";

const ALL = "(all rules)";

const tabs = [
	{path: "alerts", title: "Alerts"},
	{path: "alerts/sent", title: "Sent"},
	{path: "alerts/silences", title: "Silences"},
	{path: "alerts/rules", title: "Rules"},
];

const Tabs = ({at}) => (
	<nav aria-label="Alerts" class="tabs">
		<ul>{tabs.map((t) => (
			<li key={t.path}><Link to={t.path}
				aria-current={t.path === at ? "page" : undefined}>
				{t.title}</Link></li>))}
		</ul>
	</nav>
);

const HostName = ({host}) => host && (
	<a href={href("hosts", {filter: `host = ${format.quoted(host)}`})}>
		<Path>{host}</Path></a>);

// ----------------------------------------------------------------- silence

function Silence({rules, of, onClose, done}) {
	const [rule, setRule] = useState(of?.rule || ALL);
	const [match, setMatch] = useState(of?.host || of?.title || "");
	const [time, setTime] = useState("8h");
	const [reason, setReason] = useState("");
	const silence = useAction(() => post("/alert-silences", {
		for: time.trim(), reason, match,
		...rule !== ALL && {rule},
	}), done);
	const names = [...new Set([ALL, ...rules, rule])];

	return (
		<Dialog title="Silence alerts" onClose={onClose}>
			<Form action={silence.run} submit="Silence" onCancel={onClose}
				{...silence}>
				<Choice label="Rule" value={rule} onValue={setRule}
					choices={names} />
				<Text label="Title or host" value={match} onValue={setMatch}
					hint="* and ? stand for any characters; all where it is empty" />
				<Text label="For" value={time} onValue={setTime} required
					hint="1h, 2d: at most 366d" />
				<Text label="Reason" value={reason} onValue={setReason}
					maxLength={300} />
			</Form>
		</Dialog>
	);
}

// ----------------------------------------------------------------- alerts

const columns = (severities, onSilence) => [
	{id: "title", title: "What", sort: "title", class: "details",
		cell: (a) => <Path>{a.title || "(no title)"}</Path>},
	{id: "state", title: "State", sort: "state", class: "tight", cell: (a) => (
		<>
			<Status {...status.alert(a, severities[a.rule])} />
			{a.silenced_until && <div class="muted">
				ends <Time at={a.silenced_until} /></div>}
		</>)},
	{id: "rule", title: "Rule", sort: "rule", cell: (a) => a.rule},
	{id: "host", title: "Host", sort: "host",
		cell: (a) => <HostName host={a.host} />},
	{id: "since", title: "Since", sort: "since", class: "tight",
		cell: (a) => <Time at={a.since} />},
	{id: "told", title: "Told", sort: "told", class: "extra tight",
		cell: (a) => a.told && <Time at={a.told} />},
	{id: "ended", title: "Over", sort: "ended", class: "extra tight",
		cell: (a) => a.ended && <Time at={a.ended} />},
	...onSilence ? [{id: "silence", title: "", cell: (a) => !a.ended &&
		<button type="button" class="quiet" onClick={() => onSilence(a)}
			aria-label={`Silence ${format.visible(a.title || a.rule)}`}>
			Silence</button>}] : [],
];

const presets = [
	{title: "Not over", filter: "state != over"},
	{title: "Escalated", filter: "state = escalated"},
	{title: "Since yesterday", filter: "since > -1d"},
];

export function Alerts({query}) {
	const rules = useList("/alert-rules");
	const [silencing, setSilencing] = useState(null);
	const [turn, setTurn] = useState(0);
	const operator = useMay("operator");
	const severities = Object.fromEntries(
		rules.items.map((r) => [r.name, r.severity]));

	return (
		<>
			<ListView title="Alerts" name="alerts" query={query} key={turn}
				columns={columns(severities, operator && setSilencing)}
				presets={presets} itemKey={(a) => `${a.rule} ${a.key}`}
				tabs={<Tabs at="alerts" />}
				actions={operator && <button type="button"
					onClick={() => setSilencing({})}>Silence</button>}
				none={rules.items.length ? "No rule has found anything yet."
					: "There are no rules."}
				next={<>Rules are files in the collector's folder
					alerts.d: see certwalk-alerts(5).</>} />
			{silencing && <Silence of={silencing}
				rules={rules.items.map((r) => r.name)}
				onClose={() => setSilencing(null)} done={() => {
					setSilencing(null);
					setTurn((n) => n + 1);
				}} />}
		</>
	);
}

// ----------------------------------------------------------------- sent

const sentColumns = [
	{id: "created", title: "When", sort: "created",
		cell: (m) => <Time at={m.created} />},
	{id: "state", title: "State", sort: "state", class: "tight",
		cell: (m) => <Status {...status.message(m)} />},
	{id: "rule", title: "Rule", sort: "rule", cell: (m) => m.rule},
	{id: "channel", title: "Channel", sort: "channel",
		cell: (m) => m.channel},
	{id: "attempts", title: "Attempts", sort: "attempts", right: true,
		cell: (m) => format.number(m.attempts)},
	{id: "next", title: "Next", sort: "next", class: "tight",
		cell: (m) => m.next && <Time at={m.next} />},
	{id: "error", title: "Last error", class: "details",
		cell: (m) => m.error && <Path>{m.error}</Path>},
];

const sentPresets = [
	{title: "Not sent", filter: "state in (waiting, retrying)"},
	{title: "Given up", filter: "state = failed"},
];

const Sent = ({query}) => (
	<ListView title="Alerts" name="alert-messages" path="alerts/sent"
		query={query} columns={sentColumns} presets={sentPresets}
		itemKey={(m) => m.id} tabs={<Tabs at="alerts/sent" />}
		none="Nothing has been told yet."
		next={<>Where alerts go is told by files in the collector's folder
			channels.d: see certwalk-alerts(5).</>} />
);

// ----------------------------------------------------------------- silences

const silenceColumns = (onEnd) => [
	{id: "rule", title: "Rule", cell: (s) => s.rule || "all"},
	{id: "match", title: "Title or host", cell: (s) =>
		(s.match ? <Path>{s.match}</Path> : "all")},
	{id: "until", title: "Until", cell: (s) => <Time at={s.until} />},
	{id: "actor", title: "By", cell: (s) => s.actor && <Path>{s.actor}</Path>},
	{id: "reason", title: "Reason", class: "details",
		cell: (s) => s.reason && <Path>{s.reason}</Path>},
	...onEnd ? [{id: "end", title: "", cell: (s) => <button type="button"
		class="quiet" onClick={() => onEnd(s)}
		aria-label={`End silence ${s.id.slice(0, 8)}`}>End</button>}] : [],
];

function Silences() {
	const list = useList("/alert-silences");
	const rules = useList("/alert-rules");
	const [making, setMaking] = useState(false);
	const operator = useMay("operator");
	const end = useAction((s) => remove(`/alert-silences/${part(s.id)}`),
		list.again);

	useTitle("Silences – Alerts");
	return (
		<>
			<Head title="Alerts" actions={operator && <button type="button"
				onClick={() => setMaking(true)}>Silence</button>} />
			<Tabs at="alerts/silences" />
			{end.error && <p role="alert"><Status level="bad"
				word={end.error.message} /></p>}
			<List list={list} caption="Silences" itemKey={(s) => s.id}
				columns={silenceColumns(operator && end.run)}
				empty={{title: "Nothing is silenced.",
					text: "A silence keeps alerts of a rule, a host or a " +
						"title from being told for a time."}} />
			{making && <Silence rules={rules.items.map((r) => r.name)}
				onClose={() => setMaking(false)} done={() => {
					setMaking(false);
					list.again();
				}} />}
		</>
	);
}

// ----------------------------------------------------------------- rules

const lists = ["certificates", "locations", "endpoints", "hosts", "commands",
	"events"];

const Matter = ({of: r}) => (lists.includes(r.subject)
	? <><Link to={r.subject} query={{filter: r.where}}>{r.subject}</Link>
		{" "}<code class="path">{r.where}</code></>
	: r.fault && <Path>{r.fault}</Path>);

const times = (r) => [
	r.hold > 0 && `after ${format.duration(r.hold)}`,
	r.repeat > 0 && `again after ${format.duration(r.repeat)}`,
	r.escalate_after > 0 && `to ${r.escalate_to.join(", ")} after ` +
		format.duration(r.escalate_after),
].filter(Boolean).join("; ");

const ruleColumns = [
	{id: "name", title: "Rule", cell: (r) => r.name},
	{id: "severity", title: "Severity", class: "tight",
		cell: (r) => <Status {...status.rule(r)} />},
	{id: "where", title: "Of what", class: "details",
		cell: (r) => <Matter of={r} />},
	{id: "channels", title: "Told to", cell: (r) => r.channels?.join(", ")},
	{id: "times", title: "When", cell: times},
	{id: "advice", title: "Advice", class: "extra",
		cell: (r) => r.advice && <Path>{r.advice}</Path>},
];

function Rules() {
	const list = useList("/alert-rules");

	useTitle("Rules – Alerts");
	return (
		<>
			<Head title="Alerts" />
			<Tabs at="alerts/rules" />
			<List list={list} caption="Rules" columns={ruleColumns}
				itemKey={(r) => r.name} empty={{title: "There are no rules.",
					text: "They are files in the collector's folder " +
						"alerts.d: see certwalk-alerts(5)."}} />
		</>
	);
}

const parts = {sent: Sent, silences: Silences, rules: Rules};

export function AlertsPart({id, query}) {
	const Part = parts[id] || Alerts;

	return <Part query={query} />;
}
