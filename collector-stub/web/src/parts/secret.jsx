// SPDX-License-Identifier: Apache-2.0
// A text that is shown this once.

import {Copy} from "./basics.jsx";

export function Secret({text, onClose, children}) {
	return (
		<>
			<p>{children}</p>
			<p class="secret"><code class="path">{text}</code></p>
			<p class="muted">It is shown this once: the collector keeps only a
				hash of it.</p>
			<div class="form-buttons">
				<Copy text={text} label="Copy it" />
				<button type="button" class="main" onClick={onClose}>Done
				</button>
			</div>
		</>
	);
}
