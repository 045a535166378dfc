// SPDX-License-Identifier: Apache-2.0
// Forms, and dialogs that hold them.

import {useEffect, useId, useRef} from "preact/hooks";
import {Status} from "./basics.jsx";

export function Field({label, hint, children}) {
	const id = useId();

	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({id, "aria-describedby": hint ? `${id}-hint` : undefined})}
			{hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
		</div>
	);
}

// A field for a text; other attributes go to the input.
export function Text({label, hint, value, onValue, ...rest}) {
	return (
		<Field label={label} hint={hint}>
			{(a) => <input type="text" {...a} {...rest} value={value}
				onInput={(e) => onValue(e.currentTarget.value)} />}
		</Field>
	);
}

export function Choice({label, hint, value, onValue, choices}) {
	return (
		<Field label={label} hint={hint}>
			{(a) => <select {...a} value={value}
				onChange={(e) => onValue(e.currentTarget.value)}>
				{choices.map((c) => <option key={c}>{c}</option>)}
			</select>}
		</Field>
	);
}

export function Tick({label, value, onValue}) {
	return (
		<label class="tick">
			<input type="checkbox" checked={value}
				onChange={(e) => onValue(e.currentTarget.checked)} />
			{label}
		</label>
	);
}

export function Form({action, submit, busy, error, danger, onCancel,
	children}) {
	const send = (event) => {
		event.preventDefault();
		action();
	};

	return (
		<form onSubmit={send}>
			{children}
			{error && <p class="form-error" role="alert">
				<Status level="bad" word={error.message} /></p>}
			<div class="form-buttons">
				<button type="submit" disabled={busy}
					class={danger ? "danger" : "main"}>
					{busy ? "Working…" : submit}</button>
				{onCancel && <button type="button" onClick={onCancel}>
					Cancel</button>}
			</div>
		</form>
	);
}

// Modal, while it is there; the browser keeps the keyboard inside, and gives
// it back afterwards.
export function Dialog({title, onClose, children}) {
	const box = useRef(null);
	const id = useId();

	useEffect(() => {
		const before = document.activeElement;
		const dialog = box.current;

		dialog.showModal();
		return () => {
			dialog.close();
			before?.focus?.();
		};
	}, []);
	const cancel = (event) => {
		event.preventDefault();
		onClose();
	};

	return (
		<dialog ref={box} aria-labelledby={id} onCancel={cancel}>
			<div class="dialog-head">
				<h2 id={id}>{title}</h2>
				<button type="button" class="quiet" aria-label="Close"
					onClick={onClose}>✕</button>
			</div>
			{children}
		</dialog>
	);
}
