#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bytes that a topology may not have, or that must make no difference.

load common
load topologies

# with BYTES: small_topology, with BYTES (printf's escapes) from line 12 on.
with() {
	small_topology
	printf '%b' "$1" >>c.ini
}

@test "a NUL is refused wherever it stands" {
	local bytes wanted='control character U+0000: wanted plain text'
	for bytes in '\x00' '\x00[host evil]' '[host e\x00vil]' \
		'[host evil]\x00' '; evil\x00' 'ke\x00y = ec:P-384' \
		'key\x00 = ec:P-384' 'key = \x00ec:P-384' 'key = ec:P-384\x00'; do
		with "$bytes\n[host node3]\n"
		refused 3 c.ini "c.ini:12: $wanted"
		with "$bytes"
		refused 3 c.ini "c.ini:12: $wanted"
	done
}

@test "control characters are refused, in comments too" {
	local hex byte
	for hex in 01 07 08 0B 0C 1A 1B 1F 7F 80 85 9B 9F; do
		byte="\\u00$hex"
		with "; a${byte}[31m\n"
		refused 3 c.ini "c.ini:12: control character U+00$hex: wanted plain text"
		with "[host a${byte}b]\n"
		refused 3 c.ini "c.ini:12: control character U+00$hex: wanted plain text"
	done
}

@test "what a message repeats cannot drive the terminal" {
	with '[host node3]\ndns = a\tb\n'
	refused 3 c.ini "c.ini:13: dns = a\\x09b: character not allowed: wanted letters, digits, '-' and '.'"
}

@test "lines may end in CR LF, and the last in nothing" {
	with '[host node3]\nip = 10.0.0.3\ndns = a,\n b'
	run -0 names node3
	assert_equal "$output" 'DNS:node3, DNS:a, DNS:b, IP:10.0.0.3'
	rm -r c
	sed -i 's/$/\r/' c.ini
	run -0 names node3
	assert_equal "$output" 'DNS:node3, DNS:a, DNS:b, IP:10.0.0.3'
	run -0 topocert plan c.ini
}

@test "a file whose lines end in CR alone is refused, not empty" {
	small_topology
	tr '\n' '\r' <c.ini >cr.ini
	refused 3 cr.ini 'cr.ini:1: carriage return inside a line: end lines with LF or CR LF'
}

@test "a CR inside a line is refused" {
	local bytes
	for bytes in '[host node3]\rip = 10.0.0.3\n' '; x\r[host evil]\n' \
		'\r[host node3]\n' '[host node3]\r\r\n'; do
		with "$bytes"
		refused 3 c.ini 'c.ini:12: carriage return inside a line: end lines with LF or CR LF'
	done
}

@test "a byte order mark is skipped at the start and refused elsewhere" {
	small_topology
	sed -i '1s/^/\xef\xbb\xbf/' c.ini
	run -0 names node1
	assert_equal "$output" 'DNS:node1, IP:10.0.0.11, IP:127.0.0.1'
	rm -r c
	refused_mark() {
		with "$1"
		refused 3 c.ini 'c.ini:12: control character U+FEFF: wanted plain text'
	}
	refused_mark '\uFEFF[host node3]\n'
	refused_mark '\uFEFFkey = ec:P-384\n'
	refused_mark 'key = \uFEFFec:P-384\n'
}

@test "UTF-16 is refused in either order" {
	small_topology
	iconv -t UTF-16LE c.ini | sed '1s/^/\xff\xfe/' >little.ini
	iconv -t UTF-16BE c.ini | sed '1s/^/\xfe\xff/' >big.ini
	iconv -t UTF-16LE c.ini >bare.ini
	run -3 topocert generate little.ini
	assert_equal "${lines[0]}" \
		'little.ini:1: not UTF-8: save the file as UTF-8'
	run -3 topocert generate big.ini
	assert_equal "${lines[0]}" \
		'big.ini:1: not UTF-8: save the file as UTF-8'
	run -3 topocert generate bare.ini
	assert_equal "${lines[0]}" \
		'bare.ini:1: control character U+0000: wanted plain text'
	[ ! -e c ]
}

@test "what is not UTF-8 is refused" {
	local bytes
	# Latin-1, overlong, a surrogate, beyond Unicode, cut short
	for bytes in 'b\xfccher' '\xc0\xaf' '\xed\xa0\x80' '\xf5\x80\x80\x80' \
		'a\xe2\x82' '\x80'; do
		with "; $bytes"
		refused 3 c.ini 'c.ini:12: not UTF-8: save the file as UTF-8'
		with "[host node3]\ndns = $bytes\n"
		refused 3 c.ini 'c.ini:13: not UTF-8: save the file as UTF-8'
	done
}
