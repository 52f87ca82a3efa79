# SPDX-License-Identifier: Apache-2.0
# What the tests with real servers share: load common first. Servers run as
# the lines of CONFIG.txt say, on addresses of the loopback net that nothing
# else takes, and end by their process id when the test file does.

# part TITLE FILE: the lines of one part of a CONFIG.txt, without comments.
part() {
	awk -v title="# --- $1 ---" '
		$0 == title { on = found = 1; next }
		/^# --- .* ---$/ { on = 0 }
		on && !/^#/ { print }
		END { exit !found }
	' "$2"
}

# unpack BUNDLE FOLDER: as an administrator does on the host.
unpack() {
	mkdir -p "$2" && tar -xzf "$1" -C "$2"
}

# start NAME COMMAND...: run a server; its id goes to NAME.pid, its output to
# NAME.log, both in the folder of the test file.
start() {
	local name=$1
	shift
	"$@" >"$BATS_FILE_TMPDIR/$name.log" 2>&1 </dev/null 3>&- 4>&- &
	echo $! >"$BATS_FILE_TMPDIR/$name.pid"
}

# until_ready NAME COMMAND...: wait until COMMAND succeeds, 30 s at most, and
# show what the server NAME printed if it never does or the server has ended.
until_ready() {
	local name=$1 end=$((SECONDS + 30))
	shift
	while ((SECONDS < end)); do
		"$@" >/dev/null 2>&1 </dev/null 3>&- && return
		kill -0 "$(<"$BATS_FILE_TMPDIR/$name.pid")" 2>/dev/null || break
		sleep 0.1
	done
	echo "$name is not ready:" >&2
	tail -n 40 "$BATS_FILE_TMPDIR/$name.log" >&2
	return 1
}

# stop NAME: end a server and wait for its end.
stop() {
	local pid i
	pid=$(<"$BATS_FILE_TMPDIR/$1.pid") || return 0
	rm -f "$BATS_FILE_TMPDIR/$1.pid"
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$pid"
}

# For teardown_file: end all servers that were started.
stop_all() {
	local file
	for file in "$BATS_FILE_TMPDIR"/*.pid; do
		[ -e "$file" ] || continue
		file=${file##*/}
		stop "${file%.pid}"
	done
}

# have PROGRAM...: all of them are installed. For setup_file, where bats 1.8
# cannot skip: "have etcd || return 0" leaves that to setup.
have() {
	local program
	missing=
	for program in "$@"; do
		command -v "$program" >/dev/null || missing+=" $program"
	done
	[ -z "$missing" ]
}

# need PROGRAM...: a test of servers is skipped where they are not installed,
# but never where TOPOCERT_SERVERS is set, as make check-servers does.
need() {
	local missing
	have "$@" && return
	if [ -n "${TOPOCERT_SERVERS:-}" ]; then
		echo "not installed:$missing" >&2
		return 1
	fi
	skip "not installed:$missing"
}
