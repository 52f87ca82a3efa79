#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What libinih would misread: lines that are too long, comments, continuation.

load common
load topologies

# repeat N TEXT
repeat() {
	printf "%$1s" '' | sed "s/ /$2/g"
}

# names_with LINE...: the alternative names of a host node3 with the lines
# given, the first of them number 13 of c.ini.
names_with() {
	small_topology '[host node3]' "$@"
	names node3
}

# refused_with WANTED LINE...: the same host is refused.
refused_with() {
	local wanted=$1
	shift
	small_topology '[host node3]' "$@"
	refused 3 c.ini "$wanted"
}

@test "a comment of any length is nothing but a comment" {
	local filler
	# where libinih would cut, and around it
	for filler in 196 197 198 199 200 4000; do
		run -0 names_with "; $(repeat $filler x)[evilsection]" \
			"; $(repeat $filler x)evil=yes" \
			"# $(repeat $filler x)dns = evil" \
			"ip = 10.0.0.3 ; $(repeat $filler x)dns = evil"
		assert_equal "$output" 'DNS:node3, IP:10.0.0.3'
		rm -r c
	done
}

@test "a value may fill its line, but not by one byte more" {
	local names
	names=$(repeat 60 a),$(repeat 60 b),$(repeat 60 c)
	run -0 names_with "dns = $names,ddddddd1"
	assert_equal "$output" "DNS:node3, DNS:${names//,/, DNS:}, DNS:ddddddd1"
	refused_with 'c.ini:13: line of 198 bytes, at most 197 can be read: put the list on indented lines, or repeat the key' \
		"dns = $names,dddddddd2"
	rm -r c
	run -0 names_with 'dns = x,' " $names,dddddddddddd1"
	assert_equal "$output" \
		"DNS:node3, DNS:x, DNS:${names//,/, DNS:}, DNS:dddddddddddd1"
	refused_with 'c.ini:14: line of 198 bytes, at most 197 can be read: put the list on indented lines, or repeat the key' \
		'dns = x,' " $names,ddddddddddddd2"
}

@test "the rest of a long line is never a line of its own" {
	local long
	for long in 'evil = yes' '[evil]' 'dns = evil' '; evil'; do
		refused_with "c.ini:13: line of $((199 + ${#long})) bytes, at most 197 can be read: put the list on indented lines, or repeat the key" \
			"uri = $(repeat 193 x)$long"
	done
}

@test "two long section names that differ at the end stay two hosts" {
	local long
	long=$(repeat 60 a)
	small_topology "[host ${long}1]" "[host ${long}2]"
	topocert generate --quiet c.ini
	[ -f "c/hosts/${long}1/certs/node.crt" ]
	[ -f "c/hosts/${long}2/certs/node.crt" ]
}

@test "a key is never cut" {
	local key
	key=$(repeat 49 k)
	refused_with "c.ini:13: unknown key '$key' in [host node3]: nearest is 'reuse_key'" \
		"$key = v"
	refused_with 'c.ini:13: key of 50 characters: at most 49' \
		"k$key = v" 'dns = x'
}

@test "continuation lines take comments, blank lines and no keys" {
	run -0 names_with 'ip = 10.0.0.3, ; one' ' 10.0.0.4 ; two' '' ' 10.0.0.5,' \
		'; three' '  # four' '	10.0.0.6'
	assert_equal "$output" \
		'DNS:node3, IP:10.0.0.3, IP:10.0.0.4, IP:10.0.0.5, IP:10.0.0.6'
}

@test "an indented line that looks like a key or a section is refused" {
	local line wanted='indented, and so a value of the key above: wanted it in the first column'
	for line in ' dns = evil' '	[host evil]' ' [t]' ' j=2'; do
		refused_with "c.ini:14: $wanted" 'ip = 10.0.0.3' "$line"
		refused_with "c.ini:16: $wanted" 'ip = 10.0.0.3' '' '; x' "$line"
	done
}
