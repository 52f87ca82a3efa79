#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The six tables of files in CockroachDB's guide to custom CAs: plain with a
# certificate for the DB Console, split node, split CA; for nodes and clients.

load common
load cockroachdb

# names NUMBER: what a node is called.
names() {
	echo "DNS:node$1,DNS:localhost,IP:10.0.0.1$1,IP:127.0.0.1"
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	mkdir public
	(cd public && public_ca \
		DNS:node1,DNS:node2,IP:10.0.0.11,IP:10.0.0.12)
	variant plain.ini 'ui = import' 'ui_cert = public/ui.crt' \
		'ui_key = public/ui.key'
	variant node.ini 'split_node = yes'
	variant ca.ini 'split_ca = yes'
	quick_ca ca.ini client
	local name
	for name in plain node ca; do
		topocert generate --quiet -o "$name" "$name.ini"
	done
}

# open_bundle BUNDLE FILE...: it holds these; they lie in certs/ then.
open_bundle() {
	cd "$BATS_TEST_TMPDIR" || return
	assert_bundle "$BATS_FILE_TMPDIR/$1" "${@:2}"
	rm -rf certs
	tar -xzf "$BATS_FILE_TMPDIR/$1"
}

# same_as CA FILE: FILE is the certificate of that CA.
same_as() {
	cmp "$BATS_FILE_TMPDIR/$1/ca.crt" "certs/$2"
}

@test "plain with UI, node: ca.crt, node.crt, node.key, ui.crt, ui.key" {
	local number
	for number in 1 2; do
		open_bundle plain/hosts/node$number.tar.gz \
			ca.crt node.crt node.key ui.crt ui.key
		same_as plain/ca ca.crt
		assert_certificate certs/node.crt certs/ca.crt node \
			"$(names $number)" both
		cmp certs/ui.crt "$BATS_FILE_TMPDIR/public/ui.crt"
		assert_certificate certs/ui.crt \
			"$BATS_FILE_TMPDIR/public/middle.crt" \
			console.example.com \
			DNS:node1,DNS:node2,IP:10.0.0.11,IP:10.0.0.12 server
		openssl verify -CAfile "$BATS_FILE_TMPDIR/public/root.crt" \
			-untrusted certs/ui.crt -purpose sslserver \
			-verify_ip "10.0.0.1$number" certs/ui.crt
	done
}

@test "plain with UI, client: ca.crt, client.USER.crt, client.USER.key" {
	open_bundle plain/users/maxroach.tar.gz \
		ca.crt client.maxroach.crt client.maxroach.key
	same_as plain/ca ca.crt
	assert_certificate certs/client.maxroach.crt certs/ca.crt maxroach \
		'' client
}

@test "split node, node: client.node.crt and client.node.key besides" {
	local number
	for number in 1 2; do
		open_bundle node/hosts/node$number.tar.gz ca.crt node.crt \
			node.key client.node.crt client.node.key
		same_as node/ca ca.crt
		assert_certificate certs/node.crt certs/ca.crt node$number \
			"$(names $number)" server
		assert_certificate certs/client.node.crt certs/ca.crt node \
			'' client
	done
}

@test "split node, client: ca.crt, client.USER.crt, client.USER.key" {
	open_bundle node/users/maxroach.tar.gz \
		ca.crt client.maxroach.crt client.maxroach.key
	same_as node/ca ca.crt
	assert_certificate certs/client.maxroach.crt certs/ca.crt maxroach \
		'' client
}

@test "split CA, node: ca-client.crt, which signs client.node.crt, besides" {
	local number
	for number in 1 2; do
		open_bundle ca/hosts/node$number.tar.gz ca.crt ca-client.crt \
			node.crt node.key client.node.crt client.node.key
		same_as ca/ca ca.crt
		same_as ca/ca-client ca-client.crt
		assert_certificate certs/node.crt certs/ca.crt node$number \
			"$(names $number)" server
		assert_certificate certs/client.node.crt certs/ca-client.crt \
			node '' client
	done
}

@test "split CA, client: client.USER.crt is signed by ca-client.crt" {
	open_bundle ca/users/maxroach.tar.gz \
		ca.crt client.maxroach.crt client.maxroach.key
	same_as ca/ca ca.crt
	assert_certificate certs/client.maxroach.crt \
		"$BATS_FILE_TMPDIR/ca/hosts/node1/certs/ca-client.crt" \
		maxroach '' client
}

@test "the CAs are told apart by name and key" {
	cd "$BATS_FILE_TMPDIR/ca" || return
	[ "$(openssl x509 -in ca/ca.crt -noout -subject)" != \
		"$(openssl x509 -in ca-client/ca.crt -noout -subject)" ]
	[ "$(openssl x509 -in ca/ca.crt -noout -pubkey)" != \
		"$(openssl x509 -in ca-client/ca.crt -noout -pubkey)" ]
}
