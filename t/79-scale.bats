#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A plan over 10,000 hosts, for make check-life: to make them takes a while.

load common
load faults

# best COMMAND...: milliseconds of the fastest of three runs, for others may be
# at work; with 200 MB of memory, libraries and all.
best() {
	local TIMEFORMAT=%3R run
	for run in 1 2 3; do
		{ time (ulimit -v $((200 * 1024)) && "$@" >out.$run); } 2>&1 |
			tr -d .
	done | sort -n | head -1
}

# PostgreSQL's bundles do not list all hosts, as those of some systems do.
plan_is_quick() {
	local rack change took
	printf '%s\n' '[cluster]' 'name = c' 'profile = postgresql' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' >c.ini
	for rack in {1..100}; do
		printf '%s\n' "[host r$rack-n{1..100}]" "ip = 10.0.$rack.{1..100}"
	done >>c.ini
	"$TOPOCERT" generate -q c.ini
	took=$(best "$TOPOCERT" plan c.ini)
	echo "nothing to do: $took ms"
	grep 'c: nothing to do, 10000 certificates to keep' out.1
	[ "$((10#$took))" -lt 2000 ]
	took=$(best "$TOPOCERT" generate c.ini)
	echo "a second run: $took ms"
	grep 'c: nothing to do, 10000 certificates as' out.1
	[ "$((10#$took))" -lt 2000 ]
	# a change for all, and one that takes half of them away
	for change in 's/10\.0\./10.9./' '/r51-/,$d'; do
		sed -i "$change" c.ini
		took=$(best "$TOPOCERT" plan c.ini || :)
		echo "$change: $took ms"
		grep -E ', (10000|5000) to reissue, 0 to keep' out.1
		[ "$((10#$took))" -lt 6000 ]
	done
}

@test "plan over 10,000 hosts with nothing to do, and a second run, take less than 2 seconds and 200 MB" {
	[ "$TOPOCERT_EDITS" ] || skip 'make check-life'
	in_memory plan_is_quick
}
