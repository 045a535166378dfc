// SPDX-License-Identifier: Apache-2.0
// A new command.  What it may do is for each host's own allow-list to decide.

import {useState} from "preact/hooks";
import {post} from "../api.js";
import {go, useAction} from "../hooks.js";
import {Dialog, Field, Form, Text, Tick} from "../parts/form.jsx";

// "unit=nginx.service mode=fast": an object, or null where it is none.
function parameters(text) {
	const found = {};

	for (const line of text.split("\n").filter((l) => l.trim())) {
		const at = line.indexOf("=");

		if (at < 1)
			return null;
		found[line.slice(0, at).trim()] = line.slice(at + 1).trim();
	}
	return found;
}

function whom(v, agent) {
	const filter = v.filter.trim();

	if (agent)
		return {agent_id: agent.agent_id};
	if (!filter && !v.all)
		throw new Error("Hosts: a filter, or tick every host");
	if (filter && v.all)
		throw new Error("Hosts: a filter, or every host, not both");
	return v.all ? {all: true} : {filter};
}

function order(v, agent) {
	const given = parameters(v.parameters);

	if (!given)
		throw new Error("Parameters: a line of each, NAME=VALUE");
	return post("/commands", {
		action: v.action.trim(),
		...whom(v, agent),
		parameters: given,
		reason: v.reason.trim(),
		expires_in: v.expires.trim() || "1h",
		dry_run: v.dry,
	});
}

const nothing = {action: "scan-now", filter: "", all: false, parameters: "", reason: "",
	expires: "1h", dry: false};

function arrived(list) {
	if (list.items.length === 1)
		go(`commands/${list.items[0].id}`);
	else
		go("commands", {turn: Date.now()});
}

// ${agent}: for that one host; without it: for those that pass a filter.
export function OrderDialog({agent, onClose}) {
	const [v, setV] = useState(nothing);
	const set = (name) => (value) => setV({...v, [name]: value});
	const send = useAction(() => order(v, agent), (list) => {
		onClose();
		arrived(list);
	});

	return (
		<Dialog title={agent ? `Order an action on ${agent.host ||
			agent.agent_id}` : "Order an action"} onClose={onClose}>
			<Form action={send.run} submit="Order" onCancel={onClose}
				{...send}>
				<Text label="Action" value={v.action} onValue={set("action")}
					required autofocus spellcheck={false}
					hint={<>Of the host's own list; on a host,
						<code> certwalk actions</code> shows it.</>} />
				{!agent && <>
					<Text label="Hosts" value={v.filter}
						onValue={set("filter")} spellcheck={false}
						placeholder='host ~ "web*"' hint="A filter." />
					<Tick label="Every host" value={v.all}
						onValue={set("all")} /></>}
				<Parameters value={v.parameters}
					onValue={set("parameters")} />
				<Text label="Reason" value={v.reason}
					onValue={set("reason")}
					hint="Stands in the command and in the audit log." />
				<Text label="Valid for" value={v.expires}
					onValue={set("expires")} hint="At most 7d." />
				<Tick label="Only say what would run" value={v.dry}
					onValue={set("dry")} />
			</Form>
		</Dialog>
	);
}

function Parameters({value, onValue}) {
	return (
		<Field label="Parameters" hint="One a line, NAME=VALUE.">
			{(a) => <textarea {...a} rows={2} spellcheck={false}
				value={value}
				onInput={(e) => onValue(e.currentTarget.value)} />}
		</Field>
	);
}
