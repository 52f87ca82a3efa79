#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A stage of a rotation that is killed has happened wholly or not at all.

load common
load stock
load tree
load rotation
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	topocert generate -q c.ini
	cp -a c settled
	topocert rotate ca begin -q c.ini
	cp -a c begun
	topocert rotate ca switch -q c.ini
	cp -a c switched
}

# structure DIR: its files and folders with their modes, where numbers that
# are drawn do not count.
structure() {
	(cd "$1" && find . -printf '%P %M\n' |
		sed -E 's|/[0-9A-F]{32}\.pem|/SERIAL.pem|' | sort)
}

# assert_state: c/ is as the undisturbed run left it, and hosts and users
# trust each other.
assert_state() {
	local trusted leaves=() leaf ca serial
	diff undisturbed <(structure c) || return
	for ca in c/ca/next c/ca c/ca/old/1; do
		[ ! -e $ca ] || assert_pair $ca/ca.crt || return
	done
	case $(cat c/ca/rotation.txt 2>&1) in
	begun) trusted=(c/ca/next/ca.crt c/ca/ca.crt) ;;
	switched) trusted=(c/ca/ca.crt c/ca/old/1/ca.crt) ;;
	*) trusted=(c/ca/ca.crt) ;;
	esac
	assert_trust "${trusted[@]}" || return
	find_leaves
	for leaf in "${leaves[@]}"; do
		assert_pair "$leaf" && recorded c "$leaf" "$serial" || return
	done
	verified c/ca/ca.crt "${leaves[@]}" >verify.log ||
		problem "$(<verify.log)" || return
	expect 0 topocert plan "$BATS_FILE_TMPDIR/c.ini"
}

# happened: the stage that was killed is done, or will be by the next run.
happened() {
	[ -e c/.topocert-commit ] ||
		! structure c | grep -v '^\.topocert-' |
		diff -q - <(structure old) >/dev/null
}

# finds NEXT STAGE HAPPENED: what the next run, generate or the same stage, makes
# of it.
finds() {
	case $1:$3 in
	generate:*)
		expect 0 topocert generate -q "$ini"
		[ "$3" = yes ] || diff before <(snapshot c)
		;;
	again:no) expect 0 topocert rotate ca "$2" -q "$ini" ;;
	again:yes)
		expect 1 topocert rotate ca "$2" -q "$ini"
		assert_output_has "topocert: c/ca: cannot $2: "
		;;
	esac
	[ "$1:$3" = generate:no ] || assert_state
}

# survives STAGE OLD: killed at 30 moments, 12 of them before the commit, the
# stage has not happened, or the next run completes it.
survives() {
	local moment moments next=again happened counts='' ini=$BATS_FILE_TMPDIR/c.ini
	cp -a "$BATS_FILE_TMPDIR/$2" old
	begin old
	moments 12 18 "$TOPOCERT" rotate ca "$1" -q "$ini" >list
	structure c >undisturbed
	mapfile -t moments <list
	assert_equal ${#moments[@]} 30
	for moment in "${moments[@]}"; do
		begin old
		expect 137 inject "${moment% *}:signal=KILL:when=${moment#* }" \
			"$TOPOCERT" rotate ca "$1" -q "$ini"
		happened=no
		! happened || happened=yes
		echo "killed at $moment, happened: $happened, then: $next"
		finds $next "$1" $happened
		[ $next = again ] && next=generate || next=again
		counts+=" $happened"
	done
	[[ $counts = *' no no no no no no no no no no '*\
' yes yes yes yes yes yes yes yes yes yes yes yes yes yes yes'* ]]
}

@test "begin, killed at 30 moments" {
	in_memory survives begin settled
}

@test "switch, killed at 30 moments" {
	in_memory survives switch begun
}

@test "finish, killed at 30 moments" {
	in_memory survives finish switched
}

@test "abort, killed at 30 moments" {
	in_memory survives abort begun
}
