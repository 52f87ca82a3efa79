#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ranges that make nothing, too much, or not what they seem to.

load common
load topologies

@test "a range is two numbers that count up" {
	local numbers='range is not {FIRST..LAST}: wanted two numbers, as in {1..3}' kind
	for kind in host user; do
		refuse_names "$kind" "$numbers" 'n{}' 'n{1}' 'n{1,2}' 'n{1..}' \
			'n{..3}' 'n{a..c}' 'n{1...3}' 'n{-1..3}' 'n{ 1..3 }' \
			'n{1..3..2}' 'n{+1..3}' 'n{0x1..3}' 'n{1.3}'
		refuse_names "$kind" 'range counts down: wanted the smaller number first' \
			'n{3..1}' 'n{010..009}'
		refuse_names "$kind" 'range with a number of more than 9 digits' \
			'n{1..1234567890}' 'n{18446744073709551616..18446744073709551617}'
		refuse_names "$kind" 'range with leading zeros: wanted both numbers equally long, as in {01..20}' \
			'n{01..3}' 'n{1..03}' 'n{001..20}'
		refuse_names "$kind" 'range of more than 100000 names' \
			'n{1..100001}' 'n{0..999999999}'
	done
}

@test "a name has one range with both its braces" {
	refuse_names host 'more than one range: wanted one in a name' \
		'n{1..3}{1..2}' 'n{1..3}-{1..3}' 'n{{1..3}}' 'n{1..3}}' 'n{1..3}{'
	refuse_names host "'{' without '}': wanted a range as in {1..3}" \
		'n{1..3' 'n}1..3{' '{'
	refuse_names host "'}' without '{'" 'n1..3}' '}'
}

@test "a range in a value is as long as that of the section" {
	refuse_table 9 <<-'END'
		[host n1]
		ip = 10.0.0.{1..2}
		! ip = 10.0.0.{1..2}: range, but the section's name has none to run in step with

		[host n{1..3}]
		ip = 10.0.0.{1..2}
		! ip = 10.0.0.{1..2}: range of 2, but the section's name has one of 3: wanted the same length

		[host n{1..3}]
		dns = a{1..4}
		! dns = a{1..4}: range of 4, but the section's name has one of 3: wanted the same length

		[host n{1..3}]
		uri = spiffe://a/{3..1}
		! uri = spiffe://a/{3..1}: range counts down: wanted the smaller number first

		[host n{1..3}]
		ip = 10.0.{0..2}.{1..3}
		! ip = 10.0.{0..2}.{1..3}: more than one range: wanted one in a name

		[host n{1..3}]
		ip = 10.0.0.{1..3
		! ip = 10.0.0.{1..3: '{' without '}': wanted a range as in {1..3}

		[host n{1..3}]
		email = a1..3}@b.example
		! email = a1..3}@b.example: '}' without '{'

		[host n{1..3}]
		ip = 10.0.0.{01..03}
		! ip = 10.0.0.01: not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone

		[host n{1..3}]
		ip = 10.0.0.{254..256}
		! ip = 10.0.0.256: not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone
	END
}

@test "a name that only one host of a range has twice is found" {
	refuse_table 4 <<-'END'
		[host n{1..3}]
		ip = 10.0.0.{1..3}
		ip = 10.0.0.1
		! IP:10.0.0.1 twice for one host (line 13): wanted each name once

		[host n{1..3}]
		ip = 10.0.0.{1..3}
		ip = 10.0.0.3
		! IP:10.0.0.3 twice for one host (line 13): wanted each name once

		[host n{1..3}]
		dns = x{1..3}
		dns = x2
		! DNS:x2 twice for one host (line 13): wanted each name once

		[host n{1..3}]
		ip = 10.0.0.{1..3}, 10.0.0.{1..3}
		! IP:10.0.0.1 twice for one host (line 13): wanted each name once
		! IP:10.0.0.2 twice for one host (line 13): wanted each name once
		! IP:10.0.0.3 twice for one host (line 13): wanted each name once
	END
}

@test "the last name of a range is checked like the first" {
	local long
	long=$(printf '%60s' '' | tr ' ' a)
	refuse_row "[host ${long}{998..1001}]
! [host ${long}1000]: label of more than 63 octets"
}
