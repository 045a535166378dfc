# SPDX-License-Identifier: Apache-2.0
# The records "const struct format" of agent/format/*.c, and "const struct
# finder" of agent/finder/*.c, as items of mdoc(7).
/^const struct (format|finder) (format|finder)_/ {
	inside = 1
	text = ""
}
inside {
	sub(/^[ \t]+/, "")
	text = text $0
}
inside && /^};/ {
	inside = 0
	name = text
	sub(/.*\.name = "/, "", name)
	sub(/".*/, "", name)
	sub(/.*\.description = "/, "", text)
	gsub(/""/, "", text)
	sub(/".*/, "", text)
	print ".It Cm " name
	print "\\&" text
}
