#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each variant of the bundles loads by the rules of CockroachDB, and whoever
# holds one gets in where those rules let him, and nowhere else.

load common
load cockroachdb

setup_file() {
	command -v go >/dev/null || return 0
	cd "$BATS_FILE_TMPDIR" || return
	GO111MODULE=off GOENV=off GOFLAGS='' GOCACHE=$PWD/cache GOPATH=$PWD/go \
		go build -o loader "$SRCDIR/t/loader/main.go"
	mkdir public
	(cd public && public_ca DNS:node1,DNS:node2,IP:10.0.0.11,IP:10.0.0.12)
	variant node.ini 'split_node = yes'
	variant ca.ini 'split_ca = yes'
	quick_ca ca.ini client
	variant ui-issue.ini 'ui = issue'
	variant ui-ca.ini 'ui = ca'
	quick_ca ui-ca.ini ui
	variant ui-import.ini 'ui = import' 'ui_cert = public/ui.crt' \
		'ui_key = public/ui.key'
	variant tenants.ini 'tenants = yes'
	quick_ca tenants.ini client-tenant
	variant all.ini 'tenants = yes' 'split_ca = yes' 'ui = ca'
	quick_ca all.ini client ui client-tenant
	printf '%s\n' '[host pod1]' 'tenant = 10' 'ip = 10.0.0.21' |
		tee -a tenants.ini >>all.ini
	local file
	for file in *.ini; do
		topocert generate --quiet -o "${file%.ini}" "$file"
	done
}

setup() {
	command -v go >/dev/null || skip 'Go is not installed'
	cd "$BATS_TEST_TMPDIR" || return
	made=$BATS_FILE_TMPDIR
}

# unpack VARIANT: every bundle, under its owner's name.
unpack() {
	local bundle owner
	for bundle in "$made/$1"/{hosts,users}/*.tar.gz; do
		owner=${bundle##*/}
		owner=${owner%.tar.gz}
		mkdir "$owner"
		tar -xzf "$bundle" -C "$owner"
	done
}

loader() {
	"$made/loader" "$@"
}

# assert_loads COUNT OPTION...
assert_loads() {
	run -0 loader "${@:2}" ./*/certs
	assert_equal "$output" "$1 handshakes"
}

# assert_refused MESSAGE ARGUMENT...
assert_refused() {
	run -1 loader "${@:2}"
	assert_output_has "refused: $1"
}

# sign_client CA FILE CN: a client's certificate for the key beside FILE.
sign_client() {
	openssl req -new -key "${2%.crt}.key" -subj "/O=Cockroach/CN=$3" |
		openssl x509 -req -CA "$1/ca.crt" -CAkey "$1/ca.key" -days 9 \
			-extfile <(echo extendedKeyUsage=clientAuth) -out "$2"
}

# Two nodes of four names each, three owners of certificates, two versions.
nodes=$((2 * 4 * 3 * 2))
consoles=$((2 * 4 * 3))

@test "split_node: nodes dial with client.node.crt" {
	unpack node
	assert_loads $nodes
	rm node1/certs/client.node.*
	assert_refused 'node1/certs: node.crt: principals ["node1" "node1"' \
		node1/certs
	run -1 loader node1/certs
	assert_output_has ' without "node"'
}

@test "split_ca: users and client.node.crt are verified by ca-client.crt" {
	unpack ca
	assert_loads $nodes
	rm node1/certs/ca-client.crt
	assert_refused 'maxroach in maxroach/certs to node1: client: remote' \
		maxroach/certs node1/certs
	assert_output_has 'server: tls: failed to verify client'
}

@test "split_ca: a client's certificate by ca.crt is refused" {
	local unknown='certificate signed by unknown authority'
	unpack ca
	sign_client "$made/ca/ca-client" maxroach/certs/client.maxroach.crt \
		maxroach
	assert_loads $nodes
	sign_client "$made/ca/ca" maxroach/certs/client.maxroach.crt maxroach
	assert_refused 'maxroach in maxroach/certs to node1: client: remote' \
		node1/certs maxroach/certs
	assert_output_has 'server: tls: failed to verify client'
	assert_output_has "$unknown"
	sign_client "$made/ca/ca" node2/certs/client.node.crt node
	assert_refused 'node in node2/certs to node1: client: remote' \
		node1/certs node2/certs
	assert_output_has "$unknown"
}

@test "split_ca: ca-client.crt verifies no server" {
	unpack ca
	cp node1/certs/ca-client.crt maxroach/certs/ca.crt
	assert_refused 'maxroach in maxroach/certs to node1: client: x509: cert' \
		node1/certs maxroach/certs
	assert_output_has 'certificate signed by unknown authority'
}

@test "ui = issue: a browser that trusts ca.crt opens every console" {
	unpack ui-issue
	assert_loads $((nodes + consoles))
}

@test "ui = ca: a browser that trusts ca-ui.crt does, with ca.crt not" {
	unpack ui-ca
	assert_loads $((nodes + consoles))
	assert_loads $((nodes + consoles)) -browser node1/certs/ca-ui.crt
	assert_refused 'browser of maxroach/certs to node1: x509: certificate' \
		-browser node1/certs/ca.crt maxroach/certs node1/certs
	assert_output_has 'signed by unknown authority'
}

@test "ui = import: a browser that trusts only the public root does" {
	unpack ui-import
	assert_loads $((nodes + consoles)) -browser "$made/public/root.crt"
	assert_refused 'browser of node1/certs to node1: x509: certificate' \
		-browser "$made/ui-import/ca/ca.crt" node1/certs
}

@test "tenants: their SQL servers get in as tenants, and users to them" {
	unpack tenants
	# pod1, too, dials every node; it and the user dial pod1, of two names
	assert_loads $((2 * 4 * 4 * 2 + 2 * 2 * 2))
	rm node1/certs/ca-client-tenant.crt
	assert_refused 'tenant 10 in pod1/certs to node1: client: remote' \
		node1/certs pod1/certs
	rm maxroach/certs/ca-client-tenant.crt
	assert_refused 'maxroach in maxroach/certs to pod1: client: x509' \
		pod1/certs maxroach/certs
}

@test "tenants: the certificate of a tenant is no login of a user" {
	local suffix
	unpack tenants
	for suffix in crt key; do
		cp "pod1/certs/client-tenant.10.$suffix" \
			"maxroach/certs/client.10.$suffix"
	done
	assert_refused 'maxroach/certs: client.10.crt: principals ["tenant 10"]' \
		maxroach/certs
	mv pod1/certs/client-tenant.10.crt pod1/certs/client-tenant.11.crt
	mv pod1/certs/client-tenant.10.key pod1/certs/client-tenant.11.key
	assert_refused 'pod1/certs: client-tenant.11.crt: principals' pod1/certs
}

@test "all of it at once" {
	unpack all
	# besides, four owners look at consoles with ten names
	assert_loads $((2 * 4 * 4 * 2 + 2 * 2 * 2 + 4 * 10))
}
