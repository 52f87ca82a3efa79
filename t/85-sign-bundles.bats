#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A bundle without a key has all that needs none; keys that are here, of the
# same host's other certificates, stay in it.

load common
load sign

# a_topology PROFILE [LINE...]: p.ini, with a host node1 and a user alice.
a_topology() {
	printf '%s\n' '[cluster]' 'name = c' "profile = $1" 'key = ec:P-256' \
		"${@:2}" '[ca]' 'key = ec:P-256' '[host node1]' \
		'ip = 10.0.0.11' '[user alice]' >p.ini
}

# bundle OWNER: the names of its files.
bundle() {
	tar -tzf "c/$1.tar.gz" | grep -v '/$' | sort | paste -sd' '
}

# files FOLDER: their names, as the bundle has them.
files() {
	(cd "c/$1/certs" && printf '%s\n' *) | paste -sd' '
}

# hands_in LABEL: a request of alice's, as that configuration has it, is signed.
hands_in() {
	new_key alice
	openssl req -new -key alice.key -config "c/users/alice/conf/$1.conf" \
		-out alice.csr
	topocert sign --quiet p.ini alice.csr
}

@test "a key store is not made, a trust store and its password are" {
	a_topology kafka
	topocert generate --quiet p.ini
	assert_equal "$(files users/alice)" \
		'ca.crt client.crt client.key keystore.p12 store.password truststore.p12'
	hands_in client
	assert_equal "$(files users/alice)" \
		'ca.crt client.crt store.password truststore.p12'
	assert_equal "$(bundle users/alice)" "CONFIG.txt certs/ca.crt \
certs/client.crt certs/store.password certs/truststore.p12"
	openssl pkcs12 -in c/users/alice/certs/truststore.p12 -nokeys \
		-passin file:c/users/alice/certs/store.password |
		grep -q 'BEGIN CERTIFICATE'
	run -0 topocert verify p.ini
	run -0 topocert plan p.ini
}

@test "the password of a key store alone is not made either" {
	a_topology kafka
	# without the trust stores
	sed '/^\[file .*trust/,/^$/d' "$SRCDIR/profiles/kafka.ini" >own.ini
	sed -i 's,profile = kafka,profile = ./own.ini,' p.ini
	topocert render --quiet p.ini
	hands_in client
	assert_equal "$(files users/alice)" 'ca.crt client.crt'
	run -4 topocert verify p.ini
	[[ $output != *alice* ]]
}

@test "combined files that need a key are not made" {
	a_topology mongodb
	topocert generate --quiet p.ini
	hands_in client
	assert_equal "$(files users/alice)" 'ca.crt client.crt'
	run -1 grep -rl 'PRIVATE KEY' c/users/alice
	run -0 topocert verify p.ini
}

@test "of two certificates, one may be signed first, and the other later" {
	local server peer
	a_topology etcd
	topocert render --quiet p.ini
	for name in server peer; do
		new_key "node1.$name"
		openssl req -new -key "node1.$name.key" -out "node1.$name.csr" \
			-config "c/hosts/node1/conf/$name.conf"
	done
	run -0 topocert sign p.ini node1.server.csr
	assert_output_has 'not in its bundle yet: hosts/node1/certs/peer.crt'
	assert_output_has 'Sign requests for these, too; topocert generate would'
	assert_equal "$(files hosts/node1)" 'ca.crt server.crt'
	run -4 topocert plan p.ini
	assert_output_has 'issue    hosts/node1/certs/peer.crt    new'
	server=$(sha256sum <c/hosts/node1/certs/server.crt)
	run -0 topocert sign --json p.ini node1.peer.csr
	assert_equal "$(jq -c .missing <<<"$output")" '[]'
	assert_equal "$(files hosts/node1)" 'ca.crt peer.crt server.crt'
	assert_equal "$(sha256sum <c/hosts/node1/certs/server.crt)" "$server"
	topocert generate --quiet p.ini
	run -0 topocert verify p.ini
	assert_output_has '3 certificates, 2 bundles: all as the topology says'
}

@test "one certificate by request, the other with a key made here" {
	local peer
	a_topology etcd
	new_key node1.server
	topocert render --quiet p.ini
	openssl req -new -key node1.server.key -out node1.server.csr \
		-config c/hosts/node1/conf/server.conf
	run -0 topocert sign --json p.ini node1.server.csr
	assert_equal "$(jq -r '.missing[]' <<<"$output")" \
		hosts/node1/certs/peer.crt
	# generate makes the other key, and the bundle has both certificates
	run -0 topocert generate p.ini
	assert_equal "$(files hosts/node1)" 'ca.crt peer.crt peer.key server.crt'
	run -0 topocert verify p.ini
	run -0 topocert plan p.ini
	# the next request: the key that is here goes with it
	peer=$(sha256sum c/hosts/node1/certs/peer.*)
	new_key node1.server
	ask node1.server /CN=node1
	run -0 topocert sign p.ini node1.server.csr
	[ "${lines[*]}" = "${lines[*]/not in its bundle/}" ]
	assert_equal "$(sha256sum c/hosts/node1/certs/peer.*)" "$peer"
	has_key_of c/hosts/node1/certs/server.crt node1.server.key
	# where it was deleted after the upload, no other is made for that
	rm -r c/hosts
	new_key node1.server
	ask node1.server /CN=node1
	topocert sign --quiet p.ini node1.server.csr
	assert_equal "$(files hosts/node1)" 'ca.crt peer.crt server.crt'
	assert_equal "$(sha256sum c/hosts/node1/certs/peer.crt)" \
		"$(head -n 1 <<<"$peer")"
	run -0 topocert plan p.ini
	run -0 topocert verify p.ini
}

@test "verify still misses a key that was there" {
	a_topology etcd
	topocert generate --quiet p.ini
	ask node1.server /CN=node1
	topocert sign --quiet p.ini node1.server.csr
	rm c/hosts/node1/certs/peer.key
	run -4 topocert verify p.ini
	assert_output_has 'hosts/node1/certs/peer.key: missing'
	run -4 topocert verify p.ini
	[[ $output != *server.key* ]]
}

@test "of a certificate that several hosts share, there is one request" {
	printf '%s\n' '[cluster]' 'name = c' 'profile = tidb' 'key = ec:P-256' \
		'shared = yes' '[ca]' 'key = ec:P-256' '[host t1]' \
		'ip = 10.0.0.1' 'services = tikv' '[host t2]' 'ip = 10.0.0.2' \
		'services = tikv' >p.ini
	topocert generate --quiet p.ini
	new_key tikv
	openssl req -new -key tikv.key -out tikv.csr \
		-config c/services/tikv/conf/*.conf
	run -0 topocert sign p.ini tikv.csr
	assert_output_has '  services/tikv, '
	assert_output_has ' of all its hosts'
	run -1 grep -rl 'PRIVATE KEY' c/hosts
	has_key_of c/services/tikv/*.crt tikv.key
	has_key_of c/hosts/t1/certs/tikv.crt tikv.key
	cmp c/hosts/t1/certs/tikv.crt c/hosts/t2/certs/tikv.crt
	run -0 topocert verify p.ini
	run -0 topocert plan p.ini
}
