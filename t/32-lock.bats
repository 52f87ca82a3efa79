#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

# A topology whose run takes long enough to be disturbed.
long_topology() {
	small_topology '[host big{1..500}]' 'key = rsa:2048'
}

teardown() {
	[ ! -s pid ] || kill -s KILL "$(<pid)" 2>/dev/null || true
	wait
}

# wait_for COMMAND...: until it succeeds, at most 20 seconds.
wait_for() {
	local i
	for ((i = 0; i < 400; i++)); do
		"$@" && return
		sleep 0.05
	done
	echo "in vain: $*" >&2
	return 1
}

# A folder that is new is staged with a mark behind its name.
has_begun() {
	[ -s pid ] && { [ -e c/.topocert-staging/hosts/node1 ] ||
		[ -e c/.topocert-staging/hosts+/node1 ]; }
}

# As "$@", with its process id in the file pid.
with_pid=(sh -c 'echo $$ >pid; exec "$@"' -)

# start COMMAND...: in the background, until it has staged a bundle; strace
# tells how it ends. Bash would have a job in the background ignore SIGINT.
start() {
	rm -f pid ended
	env --default-signal=INT,TERM,HUP bash -c "$(declare -f traced)"'
		traced -o ended -e trace=none "$@"' - "${with_pid[@]}" "$@" \
		>out 2>&1 3>&- &
	wait_for has_begun
	pid=$(<pid)
}

# stopped_by SIGNAL: as if a person or the system ended the run.
stopped_by() {
	start "$TOPOCERT" generate c.ini
	kill -s "$1" "$pid"
	wait
	run -0 cat ended
	assert_output_has " +++ killed by SIG$1 +++"
	run -0 cat out
	assert_output_has 'topocert: interrupted: c is as it was'
}

@test "a second run at the same time is kept out, and told by whom" {
	long_topology
	start "$TOPOCERT" generate c.ini
	for command in generate plan render; do
		run topocert $command c.ini
		assert_status 1
		assert_output_has "c: another topocert is at work here, process $pid:"
	done
	has_begun && [ ! -e c/ca ] && kill -0 "$pid"
	run -4 topocert plan -o other c.ini
}

@test "of many runs at once one works and none does harm" {
	small_topology '[host n{1..30}]'
	for i in {1..8}; do
		topocert generate c.ini >"out$i" 2>&1 3>&- &
	done
	wait
	[ "$(grep -l 'issued 33 certificates' out* | wc -l)" -eq 1 ]
	[ "$(grep -lE 'issued 33|nothing to do|at work here' out* |
		wc -l)" -eq 8 ]
	assert_tree c
	run -0 topocert plan c.ini
}

@test "a run that was killed keeps nobody out" {
	long_topology
	start "$TOPOCERT" generate c.ini
	kill -s KILL "$pid"
	wait
	[ -e c/.topocert-staging ]
	small_topology
	run -0 topocert generate c.ini
	assert_tree c
	run -0 topocert plan c.ini
}

@test "a folder that fails to be made is told with the reason" {
	small_topology
	: >file
	run -1 topocert generate -o file c.ini
	assert_output_has 'topocert: file: Not a directory'
	run -1 topocert generate -o missing/c c.ini
	assert_output_has 'topocert: missing/c: No such file or directory'
	for error in 'EACCES:Permission denied' 'EROFS:Read-only file system' \
		'ENOSPC:No space left on device'; do
		run inject "?mkdir,mkdirat:error=${error%:*}" \
			"$TOPOCERT" generate c.ini
		assert_status 1
		assert_output_has "topocert: c: ${error#*:}"
		[ ! -e c ]
	done
}

@test "SIGINT, SIGTERM and SIGHUP in a first run leave no trace" {
	long_topology
	for signal in INT TERM HUP; do
		stopped_by $signal
		[ ! -e c ]
		run -1 grep -rl 'PRIVATE KEY' .
	done
}

@test "SIGINT, SIGTERM and SIGHUP leave a tree as it was" {
	small_topology
	topocert generate -q c.ini
	long_topology
	sed -i 's/10.0.0.11/10.0.0.99/' c.ini
	snapshot c >before
	for signal in INT TERM HUP; do
		stopped_by $signal
		diff before <(snapshot c)
	done
}

@test "a signal after the commit comes too late to undo it" {
	small_topology
	run inject 'syncfs:signal=TERM:when=2' "$TOPOCERT" generate c.ini
	assert_status 143
	assert_output_has 'issued 3 certificates'
	assert_tree c
	run -0 topocert plan c.ini
}

@test "a terminal that is closed leaves no trace" {
	long_topology
	printf -v command '%q ' "${with_pid[@]}" "$TOPOCERT" generate c.ini
	TERM=xterm script -qec "$command" /dev/null >out 2>&1 3>&- </dev/null &
	wait_for has_begun
	kill -s KILL $!
	wait_for test ! -e "/proc/$(<pid)"
	[ ! -e c ]
}

@test "a run below nohup outlives the terminal" {
	small_topology '[host n{1..150}]'
	env --ignore-signal=HUP "${with_pid[@]}" "$TOPOCERT" generate c.ini \
		>out 2>&1 3>&- &
	wait_for has_begun
	kill -s HUP "$(<pid)"
	wait $!
	[ -e c/hosts/n150.tar.gz ] && [ ! -e c/.topocert-staging ]
}

@test "a folder with the files of others is refused and not touched" {
	small_topology
	mkdir -m 755 c
	for file in notes .hidden hosts; do
		touch "c/$file"
		snapshot c >before
		for command in generate render; do
			run topocert $command c.ini
			assert_status 1
			assert_output_has 'c: holds files, but no ca/ of an earlier run'
			diff before <(snapshot c)
		done
		rm "c/$file"
	done
	run -0 topocert generate c.ini
	assert_equal "$(stat -c %a c)" 700
}
