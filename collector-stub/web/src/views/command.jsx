// SPDX-License-Identifier: Apache-2.0
// One command: what was ordered, who has signed it, what came of it.

import {useState} from "preact/hooks";
import {part, post} from "../api.js";
import * as format from "../format.js";
import {useAction, useGet, useTitle} from "../hooks.js";
import {Copy, Empty, Facts, Head, Path, Section, Status, Time, Wait}
	from "../parts/basics.jsx";
import {Dialog, Form, Text} from "../parts/form.jsx";
import {useMay} from "../session.js";
import * as status from "../status.js";
import {HostLink} from "./locations.jsx";

const Order = ({c}) => (
	<Facts rows={[
		["Host", <HostLink of={c} />],
		["Action", <code>{c.action}</code>],
		["Parameters", Object.keys(c.parameters).length > 0 &&
			<ul class="plain">{Object.entries(c.parameters).map(([n, v]) =>
				<li key={n}><code><Path>{`${n}=${v}`}</Path></code></li>)}</ul>],
		["Only says", c.dry_run && "what would run"],
		["Reason", c.reason && <Path>{c.reason}</Path>],
		["Ordered", <Time at={c.not_before} />],
		["Expires", <Time at={c.expires} />],
		["Number", String(c.sequence)],
		["Id", <code class="path">{c.id}</code>],
	]} />);

function SignElsewhere({c, onClose, done}) {
	const [key, setKey] = useState("");
	const [signature, setSignature] = useState("");
	const sign = useAction(() => post(
		`/commands/${part(c.id)}/signatures`,
		{key_id: key.trim(), signature: signature.trim()}), done);

	return (
		<Dialog title="Add a signature" onClose={onClose}>
			<p>Sign it where the key is:
				<code> certwalk-collector command sign</code>. Or sign these
				bytes (Ed25519, see certwalk-collector(8)):</p>
			<p><code class="path">{c.payload}</code> <Copy text={c.payload} />
			</p>
			<Form action={sign.run} submit="Add" onCancel={onClose} {...sign}>
				<Text label="Key" value={key} onValue={setKey} required
					hint="16 hex digits" spellcheck={false} />
				<Text label="Signature" value={signature}
					onValue={setSignature} required hint="base64"
					spellcheck={false} />
			</Form>
		</Dialog>
	);
}

function Confirm({title, text, submit, path, danger, onClose, done}) {
	const act = useAction(() => post(path), done);

	return (
		<Dialog title={title} onClose={onClose}>
			<p>{text}</p>
			<Form action={act.run} submit={submit} danger={danger}
				onCancel={onClose} {...act} />
		</Dialog>
	);
}

function Dialogs({open, c, onClose, done}) {
	switch (open) {
	case "approve":
		return <Confirm title={`Approve ${c.action} on ${c.host}?`}
			text="The collector signs it with its own key."
			submit="Approve" path={`/commands/${part(c.id)}/approve`}
			onClose={onClose} done={done} />;
	case "cancel":
		return <Confirm title={`Cancel ${c.action} on ${c.host}?`}
			text="It goes out no more. What a host has already begun goes on."
			submit="Cancel the command" danger
			path={`/commands/${part(c.id)}/cancel`}
			onClose={onClose} done={done} />;
	case "sign":
		return <SignElsewhere c={c} onClose={onClose} done={done} />;
	default:
		return null;
	}
}

function Actions({c, again}) {
	const [open, setOpen] = useState("");
	const approver = useMay("approver");
	const operator = useMay("operator");
	const close = () => setOpen("");
	const done = () => {
		close();
		again();
	};

	if (!status.isOpen(c))
		return null;
	return (
		<>
			{approver && c.state === "to be signed" && <>
				<button type="button" class="main"
					onClick={() => setOpen("approve")}>Approve</button>
				<button type="button"
					onClick={() => setOpen("sign")}>Add a signature</button>
			</>}
			{operator && <button type="button"
				onClick={() => setOpen("cancel")}>Cancel</button>}
			<Dialogs open={open} c={c} onClose={close} done={done} />
		</>
	);
}

function Output({result: r}) {
	const shown = r.output_head.length + r.output_tail.length;

	if (!shown)
		return <p class="muted">It wrote nothing.</p>;
	return (
		<>
			<pre tabIndex={0} aria-label="Output">{r.output_head}
				{r.output_tail && <>{"\n"}<span class="muted">
					… of {format.size(r.output_bytes)} …</span>{"\n"}
				{r.output_tail}</>}</pre>
		</>
	);
}

function Result({c}) {
	const r = c.result;

	if (!r)
		return <Empty title={status.isOpen(c) ? "Nothing yet."
			: "The host has not answered."}>
			{status.isOpen(c) && "Hosts fetch their commands when they " +
				"report, or at once where their agent waits for them."}
		</Empty>;
	return (
		<>
			<Facts rows={[
				["Outcome", <Status {...status.command(c)} />],
				["In words", <Path>{r.detail}</Path>],
				["Exit status", String(r.exit_status)],
				["Signal", r.signal > 0 && String(r.signal)],
				["Begun", <Time at={r.started} />],
				["Ended", <Time at={r.finished} />],
				["Journal", r.journal_hash &&
					<code class="path">{r.journal_hash}</code>],
			]} />
			<h3>Output</h3>
			<Output result={r} />
		</>
	);
}

function Signatures({c}) {
	return (
		<>
			<p>{format.number(c.signatures)} of {" "}
				{format.plural(c.signatures_needed, "signature")}</p>
			{c.signed_by.length > 0 && <ul class="plain">
				{c.signed_by.map((k) => <li key={k}><Status level="good"
					word={<code>{k}</code>} /></li>)}</ul>}
		</>
	);
}

export function Command({id}) {
	const one = useGet(`/commands/${part(id)}`, 5);
	const c = one.data;

	useTitle(c ? `${c.action} on ${c.host}` : "Command");
	return (
		<>
			<Head title={c ? <Path>{`${c.action} on ${c.host}`}</Path> : "Command"}
				note={c && <Status {...status.command(c)} />}
				actions={c && <Actions c={c} again={one.again} />}
				back={{href: "#/commands", title: "Commands"}} />
			<Wait on={one} what="the command">{() => (
				<div class="columns">
					<div>
						<Section title="Order" id="order">
							<Order c={c} /></Section>
						<Section title="Signatures" id="signatures">
							<Signatures c={c} /></Section>
					</div>
					<Section title="Result" id="result">
						<Result c={c} /></Section>
				</div>)}
			</Wait>
		</>
	);
}
