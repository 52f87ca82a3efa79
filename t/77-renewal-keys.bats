#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is issued anew: with which key and names, and what becomes of the bundle
# before it.

load common
load tree

certs=c/hosts/node1/certs

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's/^\[host node1\]/&\ndns = lb.example.com, *.example.com/' c.ini
	"$TOPOCERT" generate -q c.ini
}

# Each test has these; "before" is what the key of node1 was.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
	before=$(public)
}

# reuse [LINE]...: from now on, with these lines for node1.
reuse() {
	local line
	for line in 'reuse_key = yes' "$@"; do
		sed -i "s/^\[host node1\]/&\n$line/" c.ini
	done
}

# The public key of the certificate, which has to be that of the key.
public() {
	openssl x509 -in $certs/node.crt -noout -pubkey |
		diff - <(openssl pkey -in $certs/node.key -pubout) >&2 || return
	openssl pkey -in $certs/node.key -pubout
}

# made [OPTION]...: node1 is issued anew, and all is as it has to be.
made() {
	topocert generate --quiet "$@" c.ini
	assert_tree c
	topocert verify --quiet c.ini
	openssl req -in c/hosts/node1/conf/node.csr -noout -verify
	assert_equal "$(openssl req -in c/hosts/node1/conf/node.csr -noout \
		-pubkey)" "$(public)"
}

another_key() {
	[ "$(public)" != "$before" ] || {
		echo 'the same key'
		return 1
	}
}

@test "a certificate that is issued anew has a new key" {
	made --renew node1
	another_key
}

@test "reuse_key keeps exactly the key, with a new serial number and request" {
	local serial
	reuse
	serial=$(openssl x509 -in $certs/node.crt -noout -serial)
	cp $certs/node.key node.key
	made --renew node1
	assert_equal "$(public)" "$before"
	cmp node.key $certs/node.key
	[ "$(openssl x509 -in $certs/node.crt -noout -serial)" != "$serial" ]
	# of all reasons, not of --renew alone
	sed -i 's/10.0.0.11/10.0.0.99/' c.ini
	made
	assert_equal "$(public)" "$before"
	assert_equal "$(openssl verify -CAfile c/ca/ca.crt $certs/node.crt)" \
		"$certs/node.crt: OK"
}

@test "reuse_key of [cluster] counts for all but those who say no" {
	local user
	user=$(sha256sum c/users/root/certs/client.root.key)
	sed -i 's/^\[cluster\]/&\nreuse_key = yes/
		s/^\[host node1\]/&\nreuse_key = no/' c.ini
	made --renew node1 root
	another_key
	sha256sum -c <<<"$user"
}

@test "a key of another kind is not kept" {
	reuse 'key = ec:P-384'
	made
	another_key
	openssl pkey -in $certs/node.key -noout -text | grep -q 'NIST CURVE: P-384'
}

@test "a key that is gone, damaged or of another certificate is not kept" {
	local how
	reuse
	for how in 'rm node.key' 'echo broken >node.key' ': >node.key' \
		'cp ../../node2/certs/node.key .' \
		'openssl genpkey -algorithm ed25519 -out node.key' \
		'cp node.key k; openssl pkey -in k -aes128 -passout pass:x -out node.key' \
		'cp node.key k; openssl pkey -in k -pubout -out node.key' \
		'rm -r ../../../hosts'; do
		rm -rf c
		cp -a "$BATS_FILE_TMPDIR/c" .
		echo "$how"
		(cd $certs && eval "$how")
		topocert generate -q --renew node1 c.ini </dev/null
		another_key
		openssl verify -CAfile c/ca/ca.crt $certs/node.crt
	done
}

@test "what was revoked may be known to others: it gets a new key" {
	reuse
	(cd c/ca && openssl ca -config ca.conf -revoke "newcerts/$(openssl x509 \
		-in ../hosts/node1/certs/node.crt -noout -serial |
		cut -d= -f2).pem")
	made
	another_key
	before=$(public)
	topocert revoke -q c.ini node1
	made
	another_key
}

@test "no name is lost, by whichever way a certificate is issued anew" {
	local names
	names=$(openssl x509 -in $certs/node.crt -noout -ext subjectAltName)
	assert_equal "$(tail -1 <<<"$names" | tr -d ' ')" \
		'DNS:node1,DNS:lb.example.com,DNS:*.example.com,IPAddress:10.0.0.11,IPAddress:127.0.0.1'
	same_names() {
		assert_equal "$(openssl x509 -in $certs/node.crt -noout \
			-ext subjectAltName)" "$names"
		openssl req -in c/hosts/node1/conf/node.csr -noout -text |
			grep -qF "$(tail -1 <<<"$names")"
	}
	made --renew node1
	same_names
	rm -r c/hosts c/users
	topocert generate -q --renew node1 c.ini
	same_names
	topocert revoke -q c.ini node1
	topocert generate -q c.ini
	same_names
	faketime -f +1820d "$TOPOCERT" generate -q c.ini
	same_names
}

@test "the bundle before stays as .previous, until the next one" {
	local previous=c/hosts/node1.tar.gz.previous
	[ ! -e $previous ]
	for _ in 1 2 3; do
		cp c/hosts/node1.tar.gz before.tar.gz
		made --renew node1
		cmp before.tar.gz $previous
		run ! cmp -s before.tar.gz c/hosts/node1.tar.gz
		assert_equal "$(stat -c %a $previous)" 600
	done
	[ ! -e c/hosts/node2.tar.gz.previous ]
	# a run that makes nothing of it leaves it
	topocert generate -q --renew root c.ini
	cmp before.tar.gz $previous
	run -1 grep -F previous c/SHA256SUMS
	# nor does it come back where the bundle was deleted after the upload
	rm -r c/hosts
	topocert generate -q --renew node1 c.ini
	[ ! -e $previous ]
}
