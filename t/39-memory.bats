#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is left of the keys in memory when the work is done.

load common
load faults
load memory
load profiles

setup() {
	[ -z "${TOPOCERT_SANITIZERS-}" ] ||
		skip "the sanitizers keep what is freed"
	cd "$BATS_TEST_TMPDIR" || return
}

# Standard input as hex digits.
hex() {
	od -An -v -tx1 | tr -d ' \n'
}

# has_secret FILE KEY: the FILE has a piece of the secret number of KEY, one of
# ec:P-256, as base64 of PEM or as it is. In PKCS#8 it stands in the bytes 37 to
# 68; the public one behind it may well be found.
has_secret() {
	local secret
	secret=$(grep -v -e - "$2" | base64 -d | hex | cut -c 73-136)
	[ ${#secret} -eq 64 ]
	sed -n '2s/.*\(.\{16\}\)$/\1/p;3s/^\(.\{24\}\).*/\1/p' "$2" |
		grep -aqFf - "$1" || hex <"$1" | grep -qF "$secret"
}

# again FOLDER: c/ is a copy of it, or is not there.
again() {
	rm -rf c
	[ ! -e "$1" ] || cp -a "$1" c
}

# assert_forgotten FOLDER: generate c.ini into c/, which is a copy of FOLDER
# where there is one, and look for all keys of c/ when the result is printed.
assert_forgotten() {
	local key found=0
	stopped_at_end "again $1" generate c.ini
	# the names of the hosts are there, and nothing of any key
	grep -aqF 'hosts/node1' memory
	for key in c/hosts/*/certs/*.key c/users/*/certs/*.key c/ca/ca.key; do
		openssl pkey -in "$key" -outform DER -out der
		has_secret "$key" "$key"
		has_secret der "$key"
		if has_secret memory "$key"; then
			echo "in memory: $key"
			found=1
		fi
	done
	[ $found -eq 0 ]
}

@test "no piece of a key is left in memory when the result is printed" {
	small_topology
	assert_forgotten none
}

@test "no piece of a key is left in memory that was read to be kept" {
	small_topology '[user maxroach]'
	sed -i 's|cockroachdb|./mine.ini|' c.ini
	two_certificates >mine.ini
	topocert generate --quiet -o old c.ini
	rm old/ca/newcerts/"$(openssl x509 -noout -serial \
		-in old/hosts/node1/certs/node.crt | cut -d= -f2)".pem
	cp old/hosts/node1/certs/peer.key .
	assert_forgotten old
	grep -q 'issued 1 certificate, kept 5' out
	cmp peer.key c/hosts/node1/certs/peer.key
}

@test "no piece of a key is left in memory that stands in a second file" {
	small_topology
	sed -i 's|cockroachdb|./mine.ini|' c.ini
	{
		cat "$BATS_TEST_DIRNAME/13-profile.ini"
		printf '%s\n' '' '[file both]' 'owner = host' \
			'certificate = node' 'content = key, certificate' \
			'file = both.pem' 'mode = 0600'
	} >mine.ini
	assert_forgotten none
	cat c/hosts/node1/certs/node.{key,crt} | cmp - c/hosts/node1/certs/both.pem
}
