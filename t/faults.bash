# SPDX-License-Identifier: Apache-2.0
# To end a run, or make its system calls fail, at a chosen moment; and what has
# to come of that. Needs common and tree.

# LeakSanitizer cannot work below strace.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		strace -f "$@"
}

# inject CALL=WHAT:when=N COMMAND...: the fault, in a program that is traced.
inject() {
	traced -o /dev/null -e trace="${1%%[=:]*}" -e inject="$1" "${@:2}"
}

# All that changes something on disk.
CHANGES='?mkdir,mkdirat,openat,renameat,linkat,unlinkat,?rmdir,fchmod,fchmodat'
CHANGES+=,write,fsync,syncfs

# moments BEFORE AFTER COMMAND...: run it, and name that many system calls,
# spread evenly over those before and after the commit: "CALL N" is the Nth
# CALL of the process.
moments() {
	traced -o moments.log -e trace="$CHANGES" "${@:3}" >/dev/null || return
	awk -v before="$1" -v after="$2" '
		function spread(calls, n, wanted,    i) {
			for (i = 0; i < wanted && i < n; i++)
				print calls[int(i * n / (wanted < n ? wanted : n))]
		}
		/resumed>/ || !/\(/ { next }
		{
			call = $2
			sub(/\(.*/, "", call)
			number = ++count[$1, call]
		}
		/mkdir/ { begun = 1 }
		!begun || /O_RDONLY|write\(1,/ { next }
		/topocert-commit"/ && /rename/ { committed = 1 }
		committed { late[n_late++] = call " " number }
		!committed { early[n_early++] = call " " number }
		END {
			spread(early, n_early, before)
			spread(late, n_late, after)
		}' moments.log
}

# In a mount namespace of its own; that takes root.
can_mount() {
	unshare -m mount -t tmpfs none "$PWD" 2>/dev/null
}

# in_memory FUNCTION [ARGUMENT]...: in a shell of its own, without the trap by
# which bats follows each command; and where that is allowed, in a file system
# of its own, where no sync waits for a disk. Both make long loops fast.
in_memory() {
	local shell=(bash -c "$(declare -f)
		declare -A serials
		set -eE
		\"\$@\"" bash "$@") mounted=()
	export BATS_FILE_TMPDIR CHANGES
	if can_mount; then
		mounted=(unshare -m sh -c \
			'mount -t tmpfs none . && cd "$PWD" && exec "$@"' sh)
	fi
	"${mounted[@]}" "${shell[@]}"
}

# attempt COMMAND...: as run does, sets status and output.
attempt() {
	status=0
	# shellcheck disable=SC2034 # for the assertions
	output=$("$@" 2>&1) || status=$?
}

# expect STATUS COMMAND...
expect() {
	attempt "${@:2}"
	assert_status "$1"
}

# two_runs: first.ini, the folder old that it gives, and second.ini, by which
# one host is changed and one is new, so that files are replaced and added.
two_runs() {
	small_topology
	cp c.ini first.ini
	"$TOPOCERT" generate -q -o old first.ini
	sed 's/10.0.0.12/10.0.0.99/' first.ini >second.ini
	echo '[host node3]' >>second.ini
}

# begin OLD: c/ as the folder OLD, or missing; what it is, in the file before.
begin() {
	rm -rf c
	[ "$1" = none ] || cp -a "$1" c
	snapshot c >before
}

# failing CALL WHEN ERROR TOPOLOGY: generate, where these calls fail.
failing() {
	attempt inject "$1:error=$3:when=$2" \
		"$TOPOCERT" generate -q -o c "$4"
	echo "$1 $2: $status: $output"
}

# count_calls CALL TOPOLOGY OLD: how many there are, in calls.
count_calls() {
	begin "$3"
	traced -o log -e trace="$1" "$TOPOCERT" generate -q -o c "$2"
	calls=$(grep -c "$1(" log)
	[ "$calls" -gt 0 ]
}

# refused TEXT: the run failed, said so, and left all as it was.
refused() {
	assert_status 1
	assert_output_has 'topocert: c'
	assert_output_has "$1"
	diff before <(snapshot c) ||
		problem 'not as it was, after:' "$output"
}

# completed TOPOLOGY: the next run makes the tree right, whatever it finds.
completed() {
	expect 0 topocert generate -q -o c "$1"
	assert_tree c
	expect 0 topocert plan -o c "$1"
}

# both_fail FUNCTION [ARGUMENT]...: in a first run and in a second.
both_fail() {
	"$1" "$BATS_FILE_TMPDIR/first.ini" none "${@:2}"
	"$1" "$BATS_FILE_TMPDIR/second.ini" "$BATS_FILE_TMPDIR/old" "${@:2}"
}
