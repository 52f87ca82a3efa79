#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	two_runs
}

# killed_at "CALL N" TOPOLOGY: the Nth CALL of generate never happens.
killed_at() {
	echo "killed at $1"
	expect 137 inject "${1% *}:signal=KILL:when=${1#* }" \
		"$TOPOCERT" generate -q -o c "$2"
}

# survives TOPOLOGY OLD BEFORE AFTER: killed at so many moments before and
# after the commit, it leaves nothing broken and nothing for others to read.
survives() {
	local moments moment
	begin "$2"
	moments "$3" "$4" "$TOPOCERT" generate -q -o c "$1" >list
	mapfile -t moments <list
	assert_equal ${#moments[@]} $(($3 + $4))
	for moment in "${moments[@]}"; do
		begin "$2"
		killed_at "$moment" "$1"
		assert_published c
		completed "$1"
	done
}

@test "killed at 50 moments of a first run, the next run completes or repeats it" {
	in_memory survives "$BATS_FILE_TMPDIR/first.ini" none 41 9
}

@test "killed at 50 moments of a second run, the next run completes or repeats it" {
	in_memory survives "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" 15 35
}

# Killed for the first time where most is still to be moved, and what is
# replaced has been put aside.
survives_twice() {
	begin "$BATS_FILE_TMPDIR/old"
	moments 0 50 "$TOPOCERT" generate -q -o c "$1" >list
	begin "$BATS_FILE_TMPDIR/old"
	killed_at "$(grep renameat list | sed -n 6p)" "$1"
	[ -e c/.topocert-commit ]
	[ -e c/.topocert-old ]
	mv c interrupted
	survives "$1" interrupted 20 0
}

@test "killed again while it completes a killed run, the run after that does" {
	in_memory survives_twice "$BATS_FILE_TMPDIR/second.ini"
}

# planned TOPOLOGY OLD RENAMES
planned() {
	local moments moment
	begin "$2"
	moments 0 100 "$TOPOCERT" generate -q -o c "$1" >list
	mapfile -t moments < <(grep renameat list)
	[ ${#moments[@]} -ge "$3" ]
	# the first one is the commit, and before it there is nothing yet
	for moment in "${moments[@]:1}"; do
		begin "$2"
		killed_at "$moment" "$1"
		snapshot c >before
		expect 4 topocert plan -o c "$1"
		assert_output_has 'c: an interrupted run is to be completed'
		diff before <(snapshot c)
	done
}

@test "plan tells of an interrupted run, wherever it was killed, and changes nothing" {
	in_memory planned "$BATS_FILE_TMPDIR/first.ini" none 5
	in_memory planned "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" 16
}

# What was new when it was staged is moved as a whole; what somebody has put
# there meanwhile stays.
@test "what has come up in the way of a new folder stays beside what is in it" {
	small_topology
	inject renameat:signal=KILL:when=3 "$TOPOCERT" generate -q c.ini || :
	mkdir -p c/hosts/node1
	echo mine >c/hosts/node1/notes
	topocert generate -q c.ini
	assert_equal "$(<c/hosts/node1/notes)" mine
	rm c/hosts/node1/notes
	assert_tree c
	[ -z "$(find c -mindepth 1 -maxdepth 1 -name "*topocert*")" ]
}
