#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# csr and import, killed in the middle, leave all as it was or all done.

load common
load external
load faults
load tree

setup_file() {
	signed_by_corp
	cp -r c requested
	mv c.ini first.ini
	sed 's/10.0.0.12/10.0.0.99/' first.ini >second.ini
}

# killed_at "CALL N" COMMAND...: the Nth CALL of it never happens.
killed_at() {
	echo "killed at $1"
	expect 137 inject "${1% *}:signal=KILL:when=${1#* }" "${@:2}"
}

# survives BEFORE AFTER COMMAND...: killed at so many moments, the next run
# finds c/ as it was, or as it has to be.
survives() {
	local moments moment
	begin requested
	moments "$1" "$2" "${@:3}" >list
	mapfile -t moments <list
	assert_equal ${#moments[@]} $(($1 + $2))
	for moment in "${moments[@]}"; do
		begin requested
		killed_at "$moment" "${@:3}"
		# no key is anywhere but where it may be
		assert_equal "$(find c -name '*.key' -perm /077)" ''
		"${@:3}"
		done_well
	done
}

# What a run that was not killed leaves.
done_well() {
	assert_equal "$(find c | sort | sed 's/[0-9A-F]\{32,\}/S/')" "$wanted"
	assert_equal "$(find c -maxdepth 1 -name '.topocert-*')" ''
}

# compare_with COMMAND...: what that leaves is wanted.
compare_with() {
	begin requested
	"$@"
	wanted=$(find c | sort | sed 's/[0-9A-F]\{32,\}/S/')
}

imports() {
	cd "$BATS_FILE_TMPDIR" || return
	compare_with "$TOPOCERT" import -q -o c first.ini signed
	survives 6 8 "$TOPOCERT" import -q -o c first.ini signed
	run -0 "$TOPOCERT" verify -o c first.ini
}

requests() {
	cd "$BATS_FILE_TMPDIR" || return
	compare_with "$TOPOCERT" csr -q -o c second.ini
	survives 4 6 "$TOPOCERT" csr -q -o c second.ini
	expect 4 "$TOPOCERT" plan -o c second.ini
	assert_output_has '3 certificates wait for topocert import'
}

@test "import killed at 14 moments is repeated or completed by the next run" {
	in_memory imports
}

@test "csr killed at 10 moments is, too" {
	in_memory requests
}

@test "what cannot be written leaves all as it was, and says so" {
	cp -r "$BATS_FILE_TMPDIR"/{corp.crt,signed} .
	cp "$BATS_FILE_TMPDIR/first.ini" c.ini
	begin "$BATS_FILE_TMPDIR/requested"
	for moment in mkdirat:1 renameat:1 renameat:5 syncfs:1; do
		attempt inject "${moment%:*}:error=ENOSPC:when=${moment#*:}" \
			"$TOPOCERT" import -q -o c c.ini signed
		refused 'No space left on device'
	done
	topocert import -q -o c c.ini signed
}
