#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A CA that is not whole, or a clock that is wrong: no stage goes on from there,
# it is said what is wrong, and nothing changes.

load common

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

# from STAGE: c/ as it was then.
from() {
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/$1" c
	cp "$BATS_FILE_TMPDIR/c.ini" .
}

# refused STAGE MESSAGE [COMMAND...]: of rotate, run by COMMAND, which fails
# with this message, a pattern.
refused() {
	snapshot c >before
	run -1 "${@:3}" "$TOPOCERT" rotate ca "$1" c.ini
	# shellcheck disable=SC2053 # a pattern
	[[ $output = $2 ]] || assert_equal "$output" "$2"
	snapshot c | diff before -
}

# other_key FILE: another one in its place, of the same mode.
other_key() {
	rm -f "$1"
	(umask 377 && openssl genpkey -algorithm EC \
		-pkeyopt ec_paramgen_curve:P-256 >"$1")
}

@test "a CA key that does not match, or that others can read" {
	from settled
	other_key c/ca/ca.key
	refused begin 'topocert: c/ca/ca.key is not the key of ca.crt: put the right one back'
	from begun
	other_key c/ca/next/ca.key
	refused switch 'topocert: c/ca/next/ca.key is not the key of ca.crt: put the right one back'
	rm -f c/ca/next/ca.key
	refused switch 'topocert: c/ca/next/ca.key: No such file or directory: signing needs it'
	topocert rotate ca abort -q c.ini
	from begun
	chmod 0440 c/ca/next/ca.key
	refused switch "topocert: c/ca/next/ca.key: mode 0440 lets others at the CA's key: chmod 0400 it, *"
}

@test "a damaged index.txt, of whatever generation" {
	local file stage from
	while read -r from stage file; do
		from "$from"
		echo 'V	damaged' >>"$file"
		refused "$stage" "topocert: $file: damaged: wanted lines of 6 columns as openssl ca writes them; *"
		rm "$file"
		refused "$stage" "topocert: ${file%/index.txt}: damaged: no index.txt; restore it from a backup"
	done <<-'END'
		settled begin c/ca/index.txt
		begun switch c/ca/index.txt
		begun switch c/ca/next/index.txt
		begun abort c/ca/next/index.txt
		switched finish c/ca/old/1/index.txt
	END
}

@test "a damaged rotation.txt" {
	local text
	for text in '' begun $'BEGUN\n' $'begun\nswitched\n' $'begun\n\n' $'done\n'; do
		from begun
		printf %s "$text" >c/ca/rotation.txt
		refused switch "topocert: c/ca/rotation.txt: damaged: wanted 'begun' or 'switched'; restore it from a backup"
	done
	from begun
	printf 'begun\n\0more' >c/ca/rotation.txt
	refused switch "topocert: c/ca/rotation.txt: damaged: *"
	rm c/ca/rotation.txt
	mkdir c/ca/rotation.txt
	refused switch "topocert: c/ca/rotation.txt: *"
}

@test "a generation that is missing" {
	from begun
	rm -r c/ca/next
	refused switch 'topocert: c/ca/next: damaged: no CA in it; restore it from a backup'
	refused abort 'topocert: c/ca/next: damaged: no CA in it; restore it from a backup'
	run -1 topocert plan c.ini
	assert_output_has 'c/ca/next: damaged'
	from switched
	rm -r c/ca/old
	refused finish "topocert: c/ca/rotation.txt says that the CA was switched, but old/ has no earlier one; restore it from a backup"
	from begun
	echo switched >c/ca/rotation.txt
	refused finish "topocert: c/ca/rotation.txt says that the CA was switched, but old/ has no earlier one; restore it from a backup"
}

@test "what begin left without rotation.txt is not taken for the next CA" {
	from begun
	rm c/ca/rotation.txt
	refused begin 'topocert: c/ca/next: there is a CA in it, though no rotation is under way: move it away, or restore c/ca/rotation.txt from a backup'
	rm -r c/ca/next
	topocert rotate ca begin -q c.ini
}

@test "a clock that is before the CA" {
	local stage from crt
	while read -r from stage crt; do
		from "$from"
		refused "$stage" "topocert: c/ca/${crt}: valid from 20*Z, but the clock of this machine says 2020-01-01T00:00:0?Z: set it" \
			env TZ=UTC0 faketime '2020-01-01 00:00:00'
	done <<-'END'
		settled begin ca.crt
		begun switch ca.crt
		begun abort ca.crt
		switched finish ca.crt
	END
}

@test "leaves that would outlive the next CA" {
	from settled
	sed -i '/^\[ca\]/,/^\[host/s/^key.*/&\ndays = 1831/' c.ini
	topocert rotate ca begin -q c.ini
	snapshot c >before
	run -3 faketime '3 days' "$TOPOCERT" rotate ca switch c.ini
	assert_output_has 'c.ini:1: certificate node: 1830 days from now outlive the CA'
	snapshot c | diff before -
}

@test "another run at work" {
	from settled
	exec 8<c
	flock -n 8
	refused begin 'topocert: c: another topocert is at work here*'
}
