#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Values of single keys that must not reach a certificate.

load common
load topologies

# in_cluster KEY REASON VALUE...: none of them is a value in [cluster].
in_cluster() (
	trap - DEBUG
	local key=$1 reason=$2 value name='name = c'
	shift 2
	[ "$key" != name ] || name='; no name'
	for value; do
		refuse_row "[cluster]
$name
profile = cockroachdb
$key = ${value//\\/\\\\}
! $key = $value: $reason
[host n1]"
	done
)

# in_ca KEY REASON VALUE...: the same in [ca].
in_ca() (
	trap - DEBUG
	local key=$1 reason=$2 value
	shift 2
	for value; do
		refuse_row "[cluster]
name = c
profile = cockroachdb
[ca]
$key = ${value//\\/\\\\}
! $key = $value: $reason
[host n1]"
	done
)

# repeat N TEXT
repeat() {
	printf "%$1s" '' | sed "s/ /$2/g"
}

@test "the name of a cluster is one plain folder" {
	in_cluster name "character not allowed: wanted letters, digits, '_', '-' and '.'" \
		../x /etc/x a/b 'a b' '"c"' 'c;d' 'c$HOME' 'bücher' 'a\b'
	in_cluster name "begins with '.' or '-': wanted a letter, digit or '_'" \
		. .. .x -x
	in_cluster name "ends in '.': wanted a letter, digit, '_' or '-'" c.
}

@test "an unknown profile is an error that names the nearest" {
	local name nearest
	while read -r name nearest; do
		refuse_row "[cluster]
name = c
profile = $name
! profile = $name: no such profile; nearest is $nearest
[host n1]"
	done <<-'END'
		cockroach cockroachdb
		cockroachDB cockroachdb
		cockroachdb-clod cockroachdb-cloud
		postgres postgresql
		roach etcd
	END
	refuse_row "[cluster]
name = c
profile = etcd, postgres
! profile = postgres: no such profile; nearest is postgresql
[host n1]"
	for name in host user; do
		refuse_row "[$name x]
profile = postgres
! profile = postgres: no such profile; nearest is postgresql"
	done
	for name in ../cockroachdb ./none.ini none.ini /none/none.ini; do
		refuse_row "[cluster]
name = c
profile = $name
! profile = $name: No such file or directory
[host n1]"
	done
}

@test "a profile that is a folder is an error of the topology's line" {
	mkdir mine.ini
	printf '%s\n' '[cluster]' 'name = c' 'profile = ./mine.ini' \
		'[host n1]' >c.ini
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:3: profile = ./mine.ini: '
	assert_output_has 'Is a directory'
	[ ! -e c ]
}

@test "a domain is a host name" {
	in_cluster domain "character not allowed: wanted letters, digits, '-' and '.'" \
		'a,DNS:root' '*.db' '$ENV::HOME' 'a b' a_b
	in_cluster domain 'empty label: wanted names joined by single dots, none at either end' \
		a..b .db db.
	in_cluster domain 'last label is a number: wanted a host name; addresses go into ip' \
		10.0.0.1
}

@test "what goes into a subject has no signs of one" {
	local reason="character not allowed: wanted letters, digits, blanks and .'()&-/:_!"
	local bad=('a, CN=root' 'a=b' 'a+b' 'a"b' 'a#b' 'a$ENV::HOME' '$HOME'
		'a\b' '@a' 'a;b' 'a<b' 'a*b' 'a`b' 'a%b' '{{name}}'
		$'a\u00a0b')
	in_cluster organization "$reason" "${bad[@]}"
	in_ca organization "$reason" "${bad[@]}"
	in_ca common_name "$reason" "${bad[@]}"
	refuse_values organization "$reason" "${bad[@]}"
	in_ca common_name 'blanks at an end or two in a row' 'a  b'
}

@test "names in a subject have at most 64 characters" {
	local reason='more than 64 characters, the limit of X.509'
	in_ca common_name "$reason" "$(repeat 65 a)"
	in_cluster organization "$reason" "$(repeat 65 ü)"
	refuse_row "[cluster]
! the CA's common name '$(repeat 62 a) CA': $reason: wanted [ca] common_name
name = c
profile = cockroachdb
organization = $(repeat 62 a)
[host n1]"
	refuse_row "[user $(repeat 65 a)]
! user $(repeat 65 a): common name '$(repeat 65 a)': $reason"
}

@test "keys that are weak, unknown or cannot sign are refused" {
	local other='unknown key: wanted rsa:BITS, ec:CURVE, ed25519 or another signature algorithm of OpenSSL'
	local weak='key too weak: wanted 112 bits of security or more, as rsa:2048 or ec:P-256'
	local curve='unknown curve: wanted ec:P-256, ec:P-384 or another that OpenSSL knows'
	refuse_values key 'RSA key below 2048 bits: wanted rsa:2048 or more' \
		rsa:1024 rsa:2047 rsa:0 RSA:512
	refuse_values key 'RSA key without a size: wanted rsa:2048 or more' \
		rsa rsa: rsa:2048x rsa:-1 rsa:+4096 'rsa:2048, rsa:4096'
	refuse_values key 'RSA key above 16384 bits: OpenSSL does not use it' \
		rsa:16385 rsa:99999
	refuse_values key "$weak" ec:secp112r1 ec:P-192 ec:secp192k1
	refuse_values key "$curve" ec:P-999 ec: 'ec:P-256, ed25519' ec:ed25519
	refuse_values key "$other" x25519 X448 ec 'ed25519;x' none ../key
	refuse_values key 'OpenSSL cannot make such a key here' dsa hmac
	in_cluster key "$other" x25519
	in_ca key "$other" x25519
}

@test "days and hours are whole numbers in their bounds" {
	local bad=(-1 1.5 x 10x 0x10 +5 99999999999999999999 '1 2' '1,2')
	local days='wanted a whole number from 1 to 36500'
	refuse_values days "$days" 0 36501 "${bad[@]}"
	in_cluster days "$days" 0 36501 "${bad[@]}"
	in_ca days "$days" 0 36501 "${bad[@]}"
	refuse_values 'backdate' 'wanted a whole number from 0 to 8760' 8761 "${bad[@]}"
}
