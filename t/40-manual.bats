#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual pages are without fault and leave nothing out.

load common
load manual

PAGES=(topocert-profile.5 topocert.1 topocert.ini.5)

# json_keys FILE...: what they put into objects of JSON.
json_keys() {
	flat "$@" | grep -oE 'json_(pack\("[^"]*"|object_set(_new)?\( ?[a-z]+)[^;]*;' |
		sed 's/json_pack("[^"]*"//g' |
		grep -oE ', "[a-z0-9_]+",' | cut -d'"' -f2 | sort -u
}

@test "mandoc and man find no fault in the manual pages" {
	local page
	for page in "${PAGES[@]}"; do
		run -0 mandoc -Tlint -Wwarning "$SRCDIR/man/$page"
		assert_equal "$output" ''
		LC_ALL=C.UTF-8 MANWIDTH=80 run -0 --separate-stderr \
			man --warnings -l -Tutf8 "$SRCDIR/man/$page"
		# shellcheck disable=SC2154 # from run
		assert_equal "$stderr" ''
	done
}

@test "these are all manual pages, and they are installed" {
	local page
	assert_equal "$(cd "$SRCDIR/man" && echo *)" "${PAGES[*]}"
	for page in "${PAGES[@]}"; do
		grep -qE "^	man/$page( |\$)" "$SRCDIR/Makefile.am" || return
	done
}

@test "the manual pages fit into 80 columns" {
	local page
	for page in "${PAGES[@]}"; do
		mandoc -Tutf8 "$SRCDIR/man/$page" | sed 's/.\x08//g' >text
		run -1 grep -nE '^.{81}' text
	done
}

@test "the sections that the manual pages refer to exist" {
	local page title
	for page in "${PAGES[@]}"; do
		sed -n 's/^\.Sx //; T; s/ [,.;:]$//; p' "$SRCDIR/man/$page"
	done | sort -u >titles
	[ -s titles ]
	while read -r title; do
		(cd "$SRCDIR/man" && grep -qFx -e ".Sh $title" \
			-e ".Ss $title" "${PAGES[@]}") || {
			echo "$title"
			return 1
		}
	done <titles
}

@test "every command and every long option is in topocert(1)" {
	local text command
	text=$(section topocert.1 DESCRIPTION)
	topocert --help | sed -n 's/^  \([a-z-]\{1,\}\) .*/\1/p' >commands
	assert_items "$text" 'Cm ' <commands
	while read -r command; do
		topocert "$command" --help | grep '^ '
	done <commands | grep -oE -- '--[a-z-]+' | sed 's/^-//' | sort -u |
		assert_items "$text" 'Fl '
}

@test "every exit status is in topocert(1)" {
	sed -n 's/.*STATUS_[A-Z]* = \([0-9]*\).*/\1/p' "$SRCDIR/src/command.h" |
		assert_items "$(section topocert.1 'EXIT STATUS')" ''
}

@test "every environment variable is in topocert(1)" {
	grep -ohE 'getenv\("[A-Z_]+"' "$SRCDIR"/src/*.c | cut -d'"' -f2 |
		sort -u | assert_items "$(section topocert.1 ENVIRONMENT)" 'Ev '
}

@test "every key of --json is in topocert(1)" {
	local keys
	small_topology
	topocert generate --json c.ini >made.json
	keys=$(jq -r '[paths[-1] | strings] | unique[]' made.json)
	printf '%s\n' "$keys" "$(json_keys summary-json.c)" |
		assert_items "$(section topocert.1 'generate, plan and rotate')" 'Cm '
	json_keys cmd-revoke.c |
		assert_items "$(section topocert.1 revoke)" 'Cm '
	json_keys cmd-csr.c | assert_items "$(section topocert.1 csr)" 'Cm '
	json_keys cmd-import.c |
		assert_items "$(section topocert.1 import)" 'Cm '
	small_topology
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout key -subj /CN=root -config /dev/null -out csr
	{
		topocert sign --json -o o c.ini csr |
			jq -r '[paths[-1] | strings] | unique[]'
		json_keys summary-sign.c
	} | grep -vxE 'format|command|cluster|directory|interrupted' |
		assert_items "$(section topocert.1 sign)" 'Cm '
	json_keys cmd-crl.c | assert_items "$(section topocert.1 crl)" 'Cm '
	{
		json_keys list-json.c
		flat list-json.c | grep -oE 'set_(text|date)\([a-z]+, "[a-z_]+"' |
			cut -d'"' -f2
		topocert list --json c.ini |
			jq -r '[paths[-1] | strings] | unique[]'
	} | sort -u | assert_items "$(section topocert.1 list)" 'Cm '
	json_keys cmd-uri.c | assert_items "$(section topocert.1 uri)" 'Cm '
	json_keys cmd-profiles.c |
		assert_items "$(section topocert.1 profiles)" 'Cm '
	json_keys cmd-verify.c fault.c connect.c |
		assert_items "$(section topocert.1 verify)" 'Cm '
	assert_equal "$(cd "$SRCDIR/src" && grep -l 'json_dumpf(' ./*.c |
		tr '\n' ' ')" './cmd-profiles.c ./cmd-uri.c ./summary-json.c '
}

@test "the ChangeLog begins with this version" {
	run -0 topocert --version
	assert_equal "topocert $(sed 's/ .*//; q' "$SRCDIR/ChangeLog")" "$output"
}
