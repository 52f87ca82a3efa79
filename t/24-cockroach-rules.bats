#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The bundles load by the rules of CockroachDB, in the language it is written
# in.

load common

setup_file() {
	command -v go >/dev/null || return 0
	cd "$BATS_FILE_TMPDIR" || return
	GO111MODULE=off GOENV=off GOFLAGS='' GOCACHE=$PWD/cache GOPATH=$PWD/go \
		go build -o loader "$SRCDIR/t/loader/main.go"
	topocert generate --quiet -o o "$EXAMPLE"
	small_topology
	topocert generate --quiet -o stranger c.ini
}

# Every bundle of the example is unpacked under its owner's name.
setup() {
	local bundle owner
	command -v go >/dev/null || skip 'Go is not installed'
	cd "$BATS_TEST_TMPDIR" || return
	ca=$BATS_FILE_TMPDIR/o/ca
	for bundle in "$BATS_FILE_TMPDIR"/o/{hosts,users}/*.tar.gz; do
		owner=${bundle##*/}
		owner=${owner%.tar.gz}
		mkdir "$owner"
		tar -xzf "$bundle" -C "$owner"
	done
}

loader() {
	"$BATS_FILE_TMPDIR/loader" "$@"
}

# assert_refused MESSAGE FOLDER...
assert_refused() {
	run -1 loader "${@:2}"
	assert_output_has "refused: $1"
}

# sign_node OPTION...: another certificate for the key of node1.
sign_node() {
	openssl req -new -key node1/certs/node.key -out request "$@"
	rm -rf ca
	cp -r "$ca" ca
	(cd ca && openssl ca -config ca.conf -batch -notext \
		-extensions signing_node_req \
		-in ../request -out ../node1/certs/node.crt)
}

@test "every bundle is good for every node, by all names, in TLS 1.2 and 1.3" {
	local folders=(*/certs)
	assert_equal "${folders[*]%%/*}" 'maxroach node1 node2 node3 root'
	run -0 loader "${folders[@]}"
	# nodes, names, owners of certificates, versions
	assert_equal "$output" "$((3 * 6 * 5 * 2)) handshakes"
}

@test "a key that others can read is refused" {
	chmod 0644 node1/certs/node.key
	assert_refused 'node1/certs: node.crt: key of mode 0644' node1/certs
	chmod 0644 root/certs/client.root.key
	assert_refused 'root/certs: client.root.crt: key of mode 0644' \
		root/certs
}

@test "a node's certificate without the principal node is refused" {
	sign_node -subj /O=Cockroach/CN=node1 \
		-addext subjectAltName=DNS:node1,IP:10.0.0.11
	assert_refused \
		'node1/certs: node.crt: principals ["node1" "node1"] without' \
		node1/certs
	sign_node -subj /O=Cockroach/CN=node \
		-addext subjectAltName=DNS:node1,IP:10.0.0.11
	loader node1/certs
}

@test "a user's certificate under another name is refused" {
	mv root/certs/client.root.crt root/certs/client.other.crt
	mv root/certs/client.root.key root/certs/client.other.key
	assert_refused \
		'root/certs: client.other.crt: principals ["root"] without' \
		root/certs
	mv root/certs/client.other.crt root/certs/root.crt
	assert_refused 'root/certs: root.crt: no name that' root/certs
}

@test "a key in the same file as its certificate is refused" {
	cat node1/certs/node.key >>node1/certs/node.crt
	assert_refused \
		'node1/certs: node.crt: PEM block of type PRIVATE KEY' \
		node1/certs
}

@test "the key of another, or none, is refused" {
	cp node2/certs/node.key node1/certs/node.key
	assert_refused 'node1/certs: node.crt: tls: private key does not' \
		node1/certs
	rm node2/certs/node.key
	assert_refused 'node2/certs: node.crt: stat node2/certs/node.key' \
		node2/certs
	rm node3/certs/ca.crt
	assert_refused 'node3/certs: no ca.crt' node3/certs
}

@test "a node or user of another cluster is refused, and refuses" {
	local stranger=$BATS_FILE_TMPDIR/stranger
	loader "$stranger"/*/*/certs
	assert_refused "root in $stranger/users/root/certs to node1: client: \
x509: certificate signed by unknown authority" \
		node1/certs "$stranger/users/root/certs"
	cp node1/certs/ca.crt root/certs
	cp "$stranger"/users/root/certs/client.root.* root/certs
	assert_refused 'root in root/certs to node1: client: remote error' \
		node1/certs root/certs
	assert_output_has 'server: tls: failed to verify client'
}
