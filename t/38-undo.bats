#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	two_runs
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

@test "a folder that cannot be read is not taken for an empty one" {
	small_topology
	mkdir -m 755 c
	touch c/notes
	snapshot c >before
	failing getdents64 1 EIO c.ini
	refused 'Input/output error'
}
