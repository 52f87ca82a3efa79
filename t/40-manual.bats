#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual pages are without fault and leave nothing out.

load common

PAGES='topocert.1 topocert.ini.5'

# section PAGE TITLE: its source, from the title to the next one.
section() {
	awk -v title=".Sh $2" '/^\.Sh/ { on = $0 == title } on' \
		"$SRCDIR/man/$1"
}

# assert_items TEXT PREFIX: each word on standard input (regular expressions,
# and there have to be some) is an item ".It PREFIX WORD" of TEXT.
assert_items() {
	local word n=0 missing=()
	while read -r word; do
		n=$((n + 1))
		grep -qE "^\.It (.* , )?$2$word( |\$)" <<<"$1" ||
			missing+=("$word")
	done
	echo "$n looked for, not documented: ${missing[*]}"
	[ "$n" -gt 0 ] && [ ${#missing[@]} -eq 0 ]
}

# setting_keys FILE: the strings in its tables of keys, and in the macros that
# such tables are made with.
setting_keys() {
	awk '
		/^static const struct setting_key |^#define .*KEYS/ { on = 1 }
		on { print }
		/^};|^$/ { on = 0 }
	' "$1" | grep -oE '"[^"]+"' | tr -d '"' | sort -u
}

@test "mandoc and man find no fault in the manual pages" {
	local page
	for page in $PAGES; do
		run -0 mandoc -Tlint -Wwarning "$SRCDIR/man/$page"
		assert_equal "$output" ''
		LC_ALL=C.UTF-8 MANWIDTH=80 run -0 --separate-stderr \
			man --warnings -l -Tutf8 "$SRCDIR/man/$page"
		# shellcheck disable=SC2154 # from run
		assert_equal "$stderr" ''
	done
}

@test "the manual pages fit into 80 columns" {
	local page
	for page in $PAGES; do
		mandoc -Tutf8 "$SRCDIR/man/$page" | sed 's/.\x08//g' >text
		run -1 grep -nE '^.{81}' text
	done
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
	small_topology
	topocert generate --json c.ini >made.json
	jq -r '[paths[-1] | strings] | unique[]' made.json |
		assert_items "$(section topocert.1 JSON)" 'Cm '
}

@test "every key of a topology is in topocert.ini(5)" {
	setting_keys "$SRCDIR/src/topology.c" |
		assert_items "$(section topocert.ini.5 TOPOLOGY)" 'Cm '
}

@test "every key of a profile is in topocert.ini(5)" {
	setting_keys "$SRCDIR/src/profile.c" |
		assert_items "$(section topocert.ini.5 PROFILE)" 'Cm '
}

@test "every placeholder is in topocert.ini(5)" {
	local adding='(values|placeholders)_add(_number|_block)?|add_single'
	cat "$SRCDIR"/src/{values,inventory,cmd-init}.c | tr -s '\n\t' ' ' |
		grep -oE "($adding)\([^\";{]*\"(%s\.)?[a-z_]+\"" | cut -d'"' -f2 |
		sed 's/^%s/CERTIFICATE/; s/.*/\\{\\{&\\}\\}/' | sort -u |
		assert_items "$(section topocert.ini.5 TEMPLATES)" 'Cm '
}

@test "the ChangeLog begins with this version" {
	run -0 topocert --version
	assert_equal "topocert $(sed 's/ .*//; q' "$SRCDIR/ChangeLog")" "$output"
}
