#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	two_runs
}

# grows TOPOLOGY OLD LIMIT COLUMN STEP [UNIT]: on a disk without room, and then
# with more and more, generate fails cleanly until it succeeds. LIMIT is what
# tmpfs calls it, COLUMN what df does.
grows() {
	local used room failed=0
	mkdir c
	for ((room = $5; room < 1000; room += $5)); do
		mount -t tmpfs -o mode=700 none c
		[ "$2" = none ] || cp -a "$2/." c
		snapshot c >before
		used=$(df --output="$4" c | tail -1)
		mount -o "remount,$3=$((used + room))$6" c
		attempt topocert generate -q -o c "$1"
		[ "$status" -ne 0 ] || break
		refused 'No space left on device'
		failed=$((failed + 1))
		umount c
	done
	echo "failed $failed times, done with room for $room"
	[ "$failed" -ge 5 ]
	assert_tree c
	expect 0 topocert plan -o c "$1"
}

# each_fails TOPOLOGY OLD CALL ERROR TEXT: one such call after another.
each_fails() {
	local n calls
	count_calls "$3" "$1" "$2"
	for ((n = 1; n <= calls; n++)); do
		begin "$2"
		failing "$3" $n "$4" "$1"
		if [ "$status" -ne 0 ]; then
			refused "$5"
			continue
		fi
		if [ -e c/.topocert-commit ] || [ -e c/.topocert-old ]; then
			assert_output_has 'topocert: warning: c: '
		else
			assert_tree c
		fi
		completed "$1"
	done
}

@test "a first run on a full disk fails, says where, and leaves nothing" {
	can_mount || skip 'to make a small file system takes root'
	in_memory grows "$BATS_FILE_TMPDIR/first.ini" none size used 4 k
	in_memory grows "$BATS_FILE_TMPDIR/first.ini" none nr_inodes iused 2 ''
}

@test "a second run on a full disk fails, says where, and leaves all as it was" {
	can_mount || skip 'to make a small file system takes root'
	in_memory grows "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" size used 4 k
	in_memory grows "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" nr_inodes iused 1 ''
}

@test "whichever write fails, all is as it was" {
	in_memory both_fail each_fails write ENOSPC 'No space left on device'
}

@test "whichever change of a mode fails, all is as it was" {
	in_memory both_fail each_fails fchmod EPERM 'Operation not permitted'
}

@test "whichever rename fails, all is as it was" {
	in_memory both_fail each_fails renameat ENOSPC 'No space left on device'
}

@test "whichever folder cannot be made, all is as it was" {
	in_memory both_fail each_fails mkdirat ENOSPC 'No space left on device'
}

@test "whichever folder cannot be read to its end, nothing is lost" {
	in_memory each_fails "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" getdents64 EIO 'Input/output error'
}

@test "what cannot be removed is told, and goes with the next run" {
	in_memory each_fails "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" unlinkat EIO 'Input/output error'
}

@test "without hard links files are replaced all the same" {
	in_memory each_fails "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" linkat EPERM 'never'
}
