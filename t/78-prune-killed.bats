#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A run that prunes, renews and adds is done whole or not at all: killed at any
# moment, or where the disk is full.

# shellcheck disable=SC2030,SC2031 # each test is a shell of its own

load common
load tree
load faults

# node2 is to go, node1 to be renewed, node3 is new.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	"$TOPOCERT" generate -q -o old c.ini
	sed -i '/^\[host node2/,/^ip/d' c.ini
	echo '[host node3]' >>c.ini
}

# all_at_once [FUNCTION...]: the run of these tests.
all_at_once() {
	"$@" "$TOPOCERT" generate -q --prune --renew node1 -o c c.ini
}

# old_or_new: one of them, and it can go on from there.
old_or_new() {
	local rows
	rows=$(cut -c1 c/ca/index.txt | tr -d '\n')
	if [ -e c/hosts/node2.tar.gz ]; then
		[ "$rows" = VVV ] || problem "old, but the index has $rows"
		[ ! -e c/hosts/node3 ] || problem 'old, but node3 is there'
	else
		[ "$rows" = VRVVV ] || problem "new, but the index has $rows"
		[ ! -e c/hosts/node2 ] || problem 'half of node2 is there'
		grep -q 'R.*cessationOfOperation.*hosts/node2/' c/ca/index.txt
	fi
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	[ "$(cut -f4 c/ca/index.txt | sort)" = "$(cd c/ca/newcerts &&
		printf '%s\n' * | sed 's/\.pem$//')" ] ||
		problem 'index.txt and newcerts/ differ'
	[ -z "$(find c -name '.topocert-*')" ] || problem 'left over'
	all_at_once expect 0
	expect 0 topocert plan --prune -o c c.ini
	expect 0 topocert verify -o c c.ini
}

killed() {
	local moments moment old=0 new=0
	cp "$BATS_FILE_TMPDIR/c.ini" .
	sed '$d' c.ini >same.ini
	begin "$BATS_FILE_TMPDIR/old"
	all_at_once moments 8 17 >list
	mapfile -t moments <list
	[ ${#moments[@]} -eq 25 ]
	for moment in "${moments[@]}"; do
		begin "$BATS_FILE_TMPDIR/old"
		echo "killed at $moment"
		all_at_once expect 137 \
			inject "${moment% *}:signal=KILL:when=${moment#* }"
		# render completes or removes what was begun, and issues nothing
		expect 0 topocert render -q -o c same.ini
		if [ -e c/hosts/node2.tar.gz ]; then
			old=$((old + 1))
		else
			new=$((new + 1))
		fi
		old_or_new
	done
	echo "$old old, $new new"
	[ "$old" -ge 5 ] && [ "$new" -ge 10 ]
}

@test "killed at 25 moments, the next run finds all of the old or all of the new" {
	in_memory killed
}

full() {
	local used room failed=0
	cp "$BATS_FILE_TMPDIR/c.ini" .
	mkdir c
	for ((room = 4; room < 1000; room += 12)); do
		mount -t tmpfs -o mode=700 none c
		cp -a "$BATS_FILE_TMPDIR/old/." c
		snapshot c >before
		used=$(df --output=used c | tail -1)
		mount -o "remount,size=$((used + room))k" c
		all_at_once attempt
		[ "$status" -ne 0 ] || break
		refused 'No space left on device'
		failed=$((failed + 1))
		umount c
	done
	echo "failed $failed times, done with room for $room"
	[ "$failed" -ge 5 ]
	old_or_new
}

@test "on a full disk nothing is revoked and nothing removed" {
	can_mount || skip 'to make a small file system takes root'
	in_memory full
}

# Every second one, lest it takes long.
fails() {
	local call calls n
	cp "$BATS_FILE_TMPDIR/c.ini" .
	for call in renameat write; do
		begin "$BATS_FILE_TMPDIR/old"
		all_at_once traced -o log -e trace=$call
		calls=$(grep -c "$call(" log)
		for ((n = 1; n <= calls; n += 2)); do
			begin "$BATS_FILE_TMPDIR/old"
			all_at_once attempt inject "$call:error=EIO:when=$n"
			echo "$call $n: $status: $output"
			[ "$status" -eq 0 ] || refused 'Input/output error'
			all_at_once expect 0
			old_or_new
		done
	done
}

@test "whichever rename or write fails, all is as it was" {
	in_memory fails
}
