#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Alternative names that must not reach a certificate.

load common
load topologies

# repeat N TEXT
repeat() {
	printf "%$1s" '' | sed "s/ /$2/g"
}

@test "a DNS name cannot bring a second one, a variable or a quote" {
	refuse_values dns "character not allowed: wanted letters, digits, '-' and '.'" \
		DNS:root 'a#b' 'a;b' '#a' '@alt_names' '$ENV::HOME' \
		'$(ENV::HOME)' 'a$b' 'a\b' $'\\' '"a"' "'a'" '`a`' 'a b' 'a=b' \
		a+b a/b ../../etc/x a:26257 'a_b' 'a%b' 'a|b' 'a&b' '<a>' \
		email:move
	refuse_table 5 <<-'END'
		[host node3]
		dns = h1,DNS:root
		! dns = DNS:root: character not allowed: wanted letters, digits, '-' and '.'

		[host node3]
		dns = h1\\,DNS:root
		! dns = h1\: character not allowed: wanted letters, digits, '-' and '.'
		! dns = DNS:root: character not allowed: wanted letters, digits, '-' and '.'

		[host node3]
		dns = ${ENV::HOME}
		! dns = ${ENV::HOME}: range is not {FIRST..LAST}: wanted two numbers, as in {1..3}

		[host node3]
		dns = a
		 DNS:root
		! dns = DNS:root: character not allowed: wanted letters, digits, '-' and '.'

		[host node3]
		dns = a
		dns = critical, DNS:root
		! dns = DNS:root: character not allowed: wanted letters, digits, '-' and '.'
	END
}

@test "a DNS name is labels of 63 octets, 253 in all" {
	local label
	label=$(repeat 63 a)
	refuse_values dns 'empty label: wanted names joined by single dots, none at either end' \
		a..b .a a. . ..
	refuse_values dns "label that begins or ends with '-'" -a a- a.-b a-.b
	refuse_values dns 'label of more than 63 octets' "a$label" "a.a$label.b"
	refuse_values dns 'last label is a number: wanted a host name; addresses go into ip' \
		10.0.0.11 1 a.1 0x10.1
	refuse_row "[cluster]
name = c
profile = cockroachdb
domain=${label:1}.$label.$label
[host $label]
! host $label: in the domain it is $label.${label:1}.$label.$label: name of more than 253 octets"
}

@test "a star is a whole first label above two others" {
	local reason="'*' stands only for the whole first label, as in *.db.example.com"
	refuse_values dns "$reason" '*' 'n*.example.com' 'a.*.com' '*a.b.c' \
		'*.*.example.com' 'a.b.*'
	refuse_values dns "wildcard for a whole top level: wanted two labels behind '*.'" \
		'*.com'
	refuse_values dns 'last label is a number: wanted a host name; addresses go into ip' \
		'*.0.0.1'
}

@test "an international name follows IDNA2008" {
	refuse_values dns 'not an international host name by IDNA2008' \
		'☃.example' xn--a 'a‥b' xn--zzzzzzzz $'\u0301a'
	# a fullwidth stop, digits and star are what they look like
	refuse_values dns 'last label is a number: wanted a host name; addresses go into ip' \
		'１０。０。０。１'
}

@test "an address is that of one host, written plainly" {
	refuse_values ip 'not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone' \
		010.0.0.1 10.0.0 10.0.0.256 10.0.0.1. 0x0a.0.0.1 10.1 167772171 \
		10.0.0.0/8 fd00::/64 10.0.0.1:26257 '[fd00::1]' \
		'[fd00::1]:26257' fe80::1%eth0 fe80::1%1 fd00:::1 1::2::3 \
		node1 localhost '*' IP:10.0.0.1 '10.0.0.1#x' '10.0.0.1;x' \
		'10.0.0.1 10.0.0.2' '"10.0.0.1"' '１０.0.0.1'
	refuse_values ip 'IPv4 address in IPv6 form: wanted it as plain IPv4' \
		::ffff:10.0.0.1 ::FFFF:a00:1
	refuse_values ip 'address of no host (0.0.0.0/8)' 0.0.0.0 0.1.2.3
	refuse_values ip 'address of no host (::)' :: 0:0:0:0:0:0:0:0
	refuse_values ip 'multicast address: wanted the address of one host' \
		224.0.0.1 239.1.1.1 ff02::1
	refuse_values ip 'broadcast address: wanted the address of one host' \
		255.255.255.255
}

@test "an email address is one name at one host" {
	local local_part="name before '@' not allowed: wanted letters, digits and ._+- (64 at most)"
	refuse_values email 'not an email address: wanted NAME@DOMAIN' \
		move copy email:move @example.com a
	refuse_values email "$local_part" 'a b@c.d' a..b@c.d .a@c.d a.@c.d \
		'"a"@c.d' 'a#b@c.d' 'email:a@c.d' 'ü@c.d' "$(repeat 65 a)@c.d"
	refuse_values email "character not allowed: wanted letters, digits, '-' and '.'" \
		a@b@c.d 'a@c.d>' 'a@*.d'
	refuse_values email 'empty name' a@
}

@test "a URI is absolute and plain" {
	refuse_values uri 'not an absolute URI: wanted SCHEME:REST, as in spiffe://example.com/node1' \
		http :x 1a:b 'a b:c' spiffe: /x //x
	refuse_values uri 'character not allowed in a URI: wanted letters, digits, %XX and -._~:/?@!&()*+=' \
		'http://a#b' 'http://a;b' "http://a'b" 'http://a$b' 'http://ü' \
		'http://a\b' 'http://"a"' 'http://<a>' 'http://a b'
	refuse_values uri "'%' without two hexadecimal digits" 'a:%' 'a:%2' 'a:%zz'
	refuse_row '[host node3]
uri = spiffe://a/b,DNS:root,c
! uri = c: not an absolute URI: wanted SCHEME:REST, as in spiffe://example.com/node1'
}

@test "a host has each name once, however it is spelled" {
	refuse_table 7 <<-'END'
		[host node3]
		ip = 10.0.0.3, 10.0.0.3
		! IP:10.0.0.3 twice for one host (line 13): wanted each name once

		[host node3]
		dns = lb.example
		 LB.example
		! DNS:LB.example twice for one host (line 13): wanted each name once

		[host node3]
		uri = a:b
		uri = a:b
		! URI:a:b twice for one host (line 13): wanted each name once

		[host node3]
		email = a@b.example, a@b.example
		! email:a@b.example twice for one host (line 13): wanted each name once

		[host node3]
		ip = fd00::1, fd00:0:0::1
		! IP:fd00::1 twice for one host (line 13): wanted each name once

		[host node3]
		ip = FD00::a
		 fd00:0000::000A
		! IP:fd00::a twice for one host (line 13): wanted each name once

		[host node3]
		dns = bücher.example
		dns = x
		dns = xn--bcher-kva.example
		! DNS:xn--bcher-kva.example twice for one host (line 13): wanted each name once
	END
}
