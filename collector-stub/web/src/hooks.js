// SPDX-License-Identifier: Apache-2.0

import {useCallback, useEffect, useRef, useState} from "preact/hooks";
import {get, withQuery} from "./api.js";

// The address after "#": {path: ["certificates", SHA], query: {filter: …}}.
function readRoute() {
	const text = location.hash.replace(/^#\/?/, "");
	const at = text.indexOf("?");
	const path = at < 0 ? text : text.slice(0, at);

	return {
		path: path.split("/").filter(Boolean).map(decode),
		query: Object.fromEntries(new URLSearchParams(
			at < 0 ? "" : text.slice(at + 1))),
	};
}

function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

export const href = (path, query = {}) => withQuery(`#/${path}`, query);

export function go(path, query, replace = false) {
	const to = href(path, query);

	if (replace) {
		history.replaceState(null, "", to);
		dispatchEvent(new HashChangeEvent("hashchange"));
	} else {
		location.hash = to;
	}
}

export function useRoute() {
	const [route, setRoute] = useState(readRoute);

	useEffect(() => {
		const read = () => setRoute(readRoute());

		addEventListener("hashchange", read);
		return () => removeEventListener("hashchange", read);
	}, []);
	return route;
}

// One document: {data, error, loading, again}.  Without a path: nothing.
// ${every}: seconds after which it is asked for again, while it is looked at.
// A timer asks only where nothing is under way: it cuts no answer off.
export function useGet(path, every = 0) {
	const [state, setState] = useState({loading: true});
	const [turn, setTurn] = useState({});
	const again = useCallback(() => setTurn({}), []);
	const last = useRef(null);
	const busy = useRef(null);

	useEffect(() => {
		const abort = new AbortController();
		const end = (next) => {
			busy.current = null;
			setState({...next, loading: false});
		};

		if (!path)
			return undefined;
		const known = last.current === path;

		if (!known)
			setState({loading: true});
		last.current = path;
		busy.current = abort;
		get(path, {signal: abort.signal, poll: known && turn.poll}).then(
			(data) => end({data}),
			(error) => error.name !== "AbortError" && end({error}));
		return () => {
			busy.current = null;
			abort.abort();
		};
	}, [path, turn]);

	useEffect(() => {
		if (!every)
			return undefined;
		const timer = setInterval(() => !document.hidden && !busy.current &&
			setTurn({poll: true}), every * 1000);

		return () => clearInterval(timer);
	}, [every]);
	return {...state, again};
}

// A list page by page: {items, total, error, loading, more, next, again}.
// more() fetches the next page, where there is one.
export function useList(path) {
	const [state, setState] = useState({items: [], loading: true});
	const [turn, setTurn] = useState(0);
	const again = useCallback(() => setTurn((n) => n + 1), []);
	const busy = useRef(null);

	const fetchPage = useCallback((from, before) => {
		const abort = new AbortController();

		busy.current?.abort();
		busy.current = abort;
		setState((s) => ({...s, items: before, error: null,
			loading: true}));
		get(from, {signal: abort.signal}).then((page) => {
			busy.current = null;
			setState((s) => ({
				items: before.concat(page.items),
				total: page.total ?? s.total,
				next: page.next,
				loading: false,
			}));
		}, (error) => {
			if (error.name === "AbortError")
				return;
			busy.current = null;
			setState((s) => ({...s, error, loading: false}));
		});
	}, []);

	useEffect(() => {
		if (path)
			fetchPage(path, []);
		return () => busy.current?.abort();
	}, [path, turn, fetchPage]);

	const more = () => {
		if (!busy.current && state.next)
			fetchPage(state.next, state.items);
	};

	return {...state, more, again};
}

// What is kept in this browser alone.
export function useStored(name, initial) {
	const [value, setValue] = useState(() => {
		try {
			return JSON.parse(localStorage.getItem(name)) ?? initial;
		} catch {
			return initial;
		}
	});
	const store = (next) => {
		setValue(next);
		try {
			localStorage.setItem(name, JSON.stringify(next));
		} catch {
			// a browser that keeps nothing: it lasts until reload
		}
	};

	return [value, store];
}

// Something that changes the collector: {run, busy, error}; ${fn} gets what
// run() is given, ${done} what it returned.
export function useAction(fn, done) {
	const [state, setState] = useState({busy: false, error: null});
	const run = async (...args) => {
		setState({busy: true, error: null});
		try {
			const result = await fn(...args);

			setState({busy: false, error: null});
			done?.(result);
		} catch (error) {
			setState({busy: false, error});
		}
	};

	return {...state, run};
}

export function useTitle(title) {
	useEffect(() => {
		document.title = `${title} – certwalk`;
	}, [title]);
}
