#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A CA that comes from elsewhere takes the place of another one, and gives its
# own to one that is made here.

load common
load stock
load tree
load rotation
load existing

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	organisation
	issuing b
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/pki" "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# from NAME: cert_file and key_file of the topology.
from() {
	existing_topology "cert_file = pki/$1.crt" "key_file = pki/$1.key"
}

# private_key [FOLDER]: of the ca.conf there.
private_key() {
	sed -n 's/^private_key *= *//p' "c/ca/${1-.}/ca.conf"
}

@test "one existing CA follows another, stage by stage" {
	from a
	topocert generate -q c.ini
	from b
	run -0 rotate begin
	assert_output_has '"CA b", until '
	cmp pki/b.crt c/ca/next/ca.crt
	[ -z "$(find c -name ca.key)" ]
	assert_equal "$(private_key)" "$PWD/pki/a.key"
	assert_equal "$(private_key next)" "$PWD/pki/b.key"
	# the former one signs still
	echo '[host node2]' >>c.ini
	run -0 topocert generate c.ini
	verified pki/a.crt c/hosts/node2/certs/node.crt
	run -0 topocert render c.ini
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini

	run -0 rotate switch
	verified pki/b.crt c/hosts/*/certs/node.crt
	assert_equal "$(private_key)" "$PWD/pki/b.key"
	assert_equal "$(private_key old/1)" "$PWD/pki/a.key"
	run -0 rotate finish
	run -0 topocert verify c.ini
	run -0 topocert crl c.ini
	openssl crl -in c/ca/crl.pem -CAfile pki/b.pem -noout
	openssl crl -in c/ca/old/1/crl.pem -CAfile pki/a.pem -noout
	[ -z "$(find c -name ca.key)" ]
}

@test "an existing CA follows one that was made here" {
	small_topology
	topocert generate -q c.ini
	cp c/ca/ca.key own.key
	from a
	refused 3 "it holds another CA ('CA a') than ca/ ('Cockroach CA')"
	run -0 rotate begin
	[ -e c/ca/ca.key ]
	[ ! -e c/ca/next/ca.key ]
	assert_equal "$(private_key)" ca.key
	run -0 rotate switch
	[ ! -e c/ca/ca.key ]
	cmp own.key c/ca/old/1/ca.key
	verified pki/a.crt c/hosts/node1/certs/node.crt
	run -0 topocert generate --prune c.ini
	run -0 rotate finish
	run -0 topocert crl c.ini
	run -0 topocert verify c.ini
}

@test "one that is made here follows an existing one" {
	from a
	topocert generate -q c.ini
	small_topology
	sed -i '/node2/,+1d' c.ini
	# until then, that one goes on
	run -0 topocert plan c.ini
	echo '[host node3]' >>c.ini
	run -0 topocert generate c.ini
	verified pki/a.crt c/hosts/node3/certs/node.crt
	run -0 rotate begin
	[ -e c/ca/next/ca.key ]
	run -0 rotate switch
	openssl pkey -in c/ca/ca.key -noout
	verified c/ca/ca.crt c/hosts/*/certs/node.crt
	run -0 rotate finish
	run -0 topocert crl c.ini
	openssl crl -in c/ca/old/1/crl.pem -CAfile pki/a.pem -noout
	cmp pki/a.key "$BATS_FILE_TMPDIR/pki/a.key"
}

@test "abort, and the topology is put back" {
	from a
	topocert generate -q c.ini
	snapshot c >settled
	from b
	run -0 rotate begin
	run -0 rotate abort
	from a
	run -0 topocert plan c.ini
	[ ! -e c/ca/next ]
}

@test "what cannot begin: the same CA, its key, and one that is not good" {
	from a
	topocert generate -q c.ini
	refused 1 'c.ini:9: cert_file = pki/a.crt is this CA' rotate begin
	from b
	refused 1 'cannot reuse the key: it is kept elsewhere, and is never' \
		rotate begin --reuse-key
	certify b leaf
	refused 3 "c.ini:9: cert_file = pki/b.crt: certificate 1" rotate begin
	certify b
	cp -f pki/a.key pki/b.key
	refused 1 'c.ini:10: key_file = pki/b.key is not the key of ca.crt' \
		rotate begin
	small_topology
	refused 1 'cannot reuse the key' rotate begin --reuse-key
}

@test "the next one is renewed while it waits" {
	from a
	topocert generate -q c.ini
	from b
	run -0 rotate begin
	certify b issuing -days 6000
	run -4 topocert plan c.ini
	assert_output_has 'renew    ca/next '
	run -0 topocert generate c.ini
	cmp pki/b.crt c/ca/next/ca.crt
	run -0 topocert verify c.ini
	run -0 rotate switch
	verified pki/b.crt c/hosts/*/certs/node.crt
}

@test "a CA that was given up, whose key is another now, does without a list" {
	from a
	topocert generate -q c.ini
	from b
	rotate begin
	rotate switch
	cp -f pki/b.key pki/a.key
	rotate finish
	run -0 topocert crl c.ini
	assert_output_has 'its key cannot be opened'
	openssl crl -in c/ca/crl.pem -CAfile pki/b.pem -noout
}
