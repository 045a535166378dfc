// SPDX-License-Identifier: Apache-2.0
// The frame around the views: who is logged in, where to go, which view.

import {render} from "preact";
import {useEffect, useLayoutEffect, useRef, useState} from "preact/hooks";
import {logout, session, watchLogout} from "./api.js";
import {useRoute, useStored, useTitle} from "./hooks.js";
import {may, SessionContext} from "./session.js";
import {Failed, Link, Loading} from "./parts/basics.jsx";
import {Login} from "./views/login.jsx";
import {Setup} from "./views/setup.jsx";
import {findView, views} from "./views/view_table.jsx";

const THEMES = ["system", "light", "dark"];

function Theme() {
	const [theme, setTheme] = useStored("certwalk.theme", "system");
	const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];

	// with the button's own change, so that no frame shows the old colours
	useLayoutEffect(() => {
		document.documentElement.dataset.theme = theme;
		dispatchEvent(new Event("theme"));
	}, [theme]);
	return (
		<button type="button" class="quiet" onClick={() => setTheme(next)}
			title={`Change to ${next}`}>
			Colours: {theme}</button>
	);
}

function Menu({current, role}) {
	return (
		<nav aria-label="Views" class="menu">
			<ul>
				{views.filter((v) => may(role, v.role)).map((v) => (
					<li key={v.path}>
						<Link to={v.path} aria-current={
							v === current ? "page" : undefined}>
							{v.title}</Link>
					</li>))}
			</ul>
		</nav>
	);
}

function Side({current, who, onLogout}) {
	return (
		<div class="side">
			<Link to="" class="brand">certwalk</Link>
			<Menu current={current} role={who.role} />
			<div class="side-foot">
				<span class="who" title={`Role: ${who.role}`}>
					{who.user}<span class="muted"> · {who.role}</span>
				</span>
				<Theme />
				<button type="button" class="quiet" onClick={onLogout}>
					Log out</button>
			</div>
		</div>
	);
}

function NotThere() {
	useTitle("No such view");
	return (
		<>
			<h1 tabIndex={-1}>There is no such view</h1>
			<p><Link to="">Go to the overview</Link></p>
		</>
	);
}

// A reader who sees nothing learns of a new view by its heading.
function useFocusOnView(place) {
	const first = useRef(true);

	useEffect(() => {
		if (!first.current) {
			document.querySelector("main h1")?.focus();
			scrollTo(0, 0);
		}
		first.current = false;
	}, [place]);
}

function Inside({who, onLogout}) {
	const route = useRoute();
	const {view, Page} = findView(route.path);
	const place = route.path.join("/");

	useFocusOnView(place);
	return (
		<SessionContext.Provider value={who}>
			<a class="skip" href="#main" onClick={(e) => {
				e.preventDefault();
				document.getElementById("main").focus();
			}}>Skip to the content</a>
			<div class="frame">
				<Side current={view} who={who} onLogout={onLogout} />
				<main id="main" tabIndex={-1}>
					{Page ? <Page key={place} id={route.path[1]}
						query={route.query} /> : <NotThere />}
				</main>
			</div>
		</SessionContext.Provider>
	);
}

function Page() {
	const [who, setWho] = useState(undefined);
	const [error, setError] = useState(null);
	const [note, setNote] = useState("");
	const [first, link] = useRoute().path;
	const begin = () => {
		setError(null);
		session().then(setWho, setError);
	};

	useEffect(() => {
		begin();
		watchLogout(() => setWho((before) => {
			if (before)
				setNote("Your session has ended. Log in again to go on.");
			return null;
		}));
	}, []);
	const leave = async () => {
		setNote("");
		try {
			await logout();
			setWho(null);
		} catch (fault) {
			setError(fault);
		}
	};

	if (error)
		return <main class="alone"><Failed error={error} again={begin} /></main>;
	if (who === undefined)
		return <main class="alone"><Loading /></main>;
	if (who === null && first === "setup" && link)
		return <Setup link={link} onLogin={setWho} />;
	if (who === null)
		return <Login note={note} onLogin={setWho} />;
	return <Inside who={who} onLogout={leave} />;
}

try {
	document.documentElement.dataset.theme =
		JSON.parse(localStorage.getItem("certwalk.theme")) || "system";
} catch {
	// a browser that keeps nothing has the system's colours
}
render(<Page />, document.getElementById("page"));
