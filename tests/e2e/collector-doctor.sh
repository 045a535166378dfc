#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certwalk-collector doctor finds what was spoilt, and says what to do.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. tests/e2e/collector_lib.sh

doctor() { cw doctor "$@"; }
# bad CHECK: what it finds there that is not well
bad() { doctor --format jsonl | jq -r "select(.check == \"$1\" and
	.level != \"ok\") | .text"; }
nothing() { says '^$' bad "$1"; }
# The clock's line is what the kernel says of it.
clock_is_told() {
	local want=''

	want=$(python3 - <<'PY'
import ctypes
b = (ctypes.c_long * 64)()		# struct timex: modes 0, status
state = ctypes.CDLL(None).adjtimex(b)
unsync = ctypes.c_int.from_buffer(b, 40).value & 0x40
print("warn +clock +[0-9TZ:-]+; the kernel does not tell" if state < 0 else
      "warn +clock +[0-9TZ:-]+; nothing keeps it right"
      if state == 5 or unsync else "ok +clock +[0-9TZ:-]+, kept right")
PY
	) || return
	says "^$want" doctor && says "^[a-z]+ +clock +$(date -u +%Y)-" doctor
}
ends_with() { doctor >/dev/null 2>&1; [ $? = "$1" ]; }

check "a collector starts" collector_new
for part in permissions certificates disk database reachability; do
	check "all is well: $part" nothing "$part"
done
if command -v python3 >/dev/null; then
	check "what time it is, and whether something keeps it right" \
		clock_is_told
else
	skip "what time it is" "no python3"
fi
check "each finding but those that are well has an advice" says '^0$' \
	eval 'doctor --format jsonl | jq -s "[.[] | select(.level != \"ok\" and
		(.advice // \"\") == \"\")] | length"'

chmod 644 "$C/ca.key"
check "a key that others may read" says 'ca.key: others may read' \
	bad permissions
check "is told to people too" says '^fail +permissions ' doctor
check "with what to do" says '^ +-> chmod 600' doctor
check "and in the exit code" ends_with 1
chmod 600 "$C/ca.key"

mv "$C/server.pem" "$T/server.pem"
check "a certificate that is gone" says 'server.pem: No such file' \
	bad certificates
mv "$T/server.pem" "$C/server.pem"
sed -i 's/^name = .*/&\nname = other.test/' "$T/collector.ini"
check "a name that it lacks" says 'does not name other.test' bad certificates
sed -i '/other.test/d' "$T/collector.ini"

agent_new a
check "agents are counted" says '1 agents, all heard of|0 of 1 agents' \
	eval '"$client" sync "$T/a" epoch=1 new=0 have=0-0 full; doctor'
sql 'UPDATE agents SET last_seen = last_seen - 200000'
check "those that are silent" says '1 of 1 agents were not heard' bad database
sql 'UPDATE agents SET last_seen = last_seen + 900000'
check "a clock that was set back" says 'seen in the future' bad database
sql 'UPDATE agents SET last_seen = last_seen - 700000'
check "a log of something" says '[0-9a-f]{16}' cw key create
sql "UPDATE audit SET text = text || ' '"
check "an audit log that was changed" says 'not whole after entry 0' \
	bad database

if [ "$(id -u)" = 0 ] && mkdir "$T/small" &&
	mount -t tmpfs -o size=4m certwalk-e2e "$T/small" 2>/dev/null; then
	mounts+=("$T/small")
	cp -a "$C/." "$T/small"
	sed "s|^state_dir = .*|state_dir = $T/small|" "$T/collector.ini" \
		>"$T/small.ini"
	check "a disk that is nearly full" says 'MiB free' \
		eval '"$collector" doctor --config "$T/small.ini" |
			grep -E "^fail +disk"'
else
	skip "a disk that is nearly full" "cannot mount a small tmpfs"
fi

# another program on its port
cp "$C/ports" "$T/ports"
stop "$serve"
check "one that does not run" says 'serve is not running' bad reachability
cp "$T/ports" "$C/ports"
check "one that has died" says 'Connection refused' bad reachability
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 \
	-keyout "$T/o.key" -subj /CN=other -out "$T/o.pem" 2>/dev/null
start other openssl s_server -accept "$enroll" -quiet -cert "$T/o.pem" \
	-key "$T/o.key"
check "another program on its port" until_true 10 says 'self.signed' \
	bad reachability
echo torn >"$C/collector.db"
check "a database that is none" says 'cannot be opened' bad database
finish
