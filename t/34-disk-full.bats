#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree

# The tree that a second run finds, and the topology of that run: one host is
# changed and one is new, so that files are replaced and added.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	cp c.ini first.ini
	"$TOPOCERT" generate -q -o old first.ini
	sed 's/10.0.0.12/10.0.0.99/' first.ini >second.ini
	echo '[host node3]' >>second.ini
}

needs_mount() {
	unshare -m true 2>/dev/null ||
		skip 'to make a small file system takes root'
}

# begin OLD: c/ as the folder OLD, or missing; what it is, in the file before.
begin() {
	rm -rf c
	[ "$1" = none ] || cp -a "$1" c
	snapshot c >before
}

# refused TEXT: the run failed, said so, and left all as it was.
refused() {
	assert_status 1
	assert_output_has 'topocert: c'
	assert_output_has "$1"
	diff before <(snapshot c) ||
		problem 'not as it was, after:' "$output"
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
		status=0
		output=$(topocert generate -q -o c "$1" 2>&1) || status=$?
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

@test "a first run on a full disk fails, says where, and leaves nothing" {
	needs_mount
	in_memory grows "$BATS_FILE_TMPDIR/first.ini" none size used 4 k
	in_memory grows "$BATS_FILE_TMPDIR/first.ini" none nr_inodes iused 2 ''
}

@test "a second run on a full disk fails, says where, and leaves all as it was" {
	needs_mount
	in_memory grows "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" size used 4 k
	in_memory grows "$BATS_FILE_TMPDIR/second.ini" \
		"$BATS_FILE_TMPDIR/old" nr_inodes iused 1 ''
}

# failing CALL WHEN ERROR TOPOLOGY: generate, where these calls fail.
failing() {
	status=0
	output=$(inject "$1:error=$3:when=$2" \
		"$TOPOCERT" generate -q -o c "$4" 2>&1) || status=$?
	echo "$1 $2: $status: $output"
}

completed() {
	expect 0 topocert generate -q -o c "$1"
	assert_tree c
	expect 0 topocert plan -o c "$1"
}

# count_calls CALL TOPOLOGY OLD: how many there are, in calls.
count_calls() {
	begin "$3"
	traced -o log -e trace="$1" "$TOPOCERT" generate -q -o c "$2"
	calls=$(grep -c "$1(" log)
	[ "$calls" -gt 0 ]
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

# both_fail FUNCTION CALL ERROR TEXT: in a first run and in a second.
both_fail() {
	"$1" "$BATS_FILE_TMPDIR/first.ini" none "${@:2}"
	"$1" "$BATS_FILE_TMPDIR/second.ini" "$BATS_FILE_TMPDIR/old" "${@:2}"
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

# sync_fails TOPOLOGY OLD CALL: it is no success to have lost the data.
sync_fails() {
	local n calls
	count_calls "$3" "$1" "$2"
	for ((n = 1; n <= calls; n++)); do
		begin "$2"
		failing "$3" $n EIO "$1"
		assert_status 1
		[ -e c/.topocert-commit ] || refused 'Input/output error'
		completed "$1"
	done
}

@test "whichever sync fails, the run does, and the next one completes it" {
	in_memory both_fail sync_fails fsync
	in_memory both_fail sync_fails syncfs
}

@test "the disk has all before the commit, the commit before a move, the moves before the end" {
	small_topology
	traced -o log -e trace=syncfs,fsync,renameat,unlinkat \
		"$TOPOCERT" generate -q c.ini
	assert_equal "$(sed -En 's/^[0-9]+ +(f?sync(fs)?).*/\1/p
		s/.*renameat.*"\.topocert-staging", .*commit".*/commit/p
		s/.*renameat.*/move/p
		s/.*unlinkat.*\.topocert-commit.*/remove/p' log | uniq |
		xargs)" 'syncfs commit fsync move syncfs remove'
}

# undo_fails TOPOLOGY OLD: a rename, and one or all of those that undo it; for
# every third one, lest it takes long.
undo_fails() {
	local n calls how
	count_calls renameat "$1" "$2"
	for ((n = 3; n <= calls; n += 3)); do
		for how in $n..$((n + 1)) $n+; do
			begin "$2"
			failing renameat "$how" EIO "$1"
			assert_status 1
			assert_published c
			completed "$1"
		done
	done
}

@test "where even the undo fails, the next run completes what was begun" {
	in_memory both_fail undo_fails
}
