#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Requests that were made on the hosts are signed as the topology says, and the
# keys stay where they are.

load common
load sign

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	signing_topology
	topocert render --quiet c.ini
	mkdir away
	# as a host does it, with what render has written
	openssl req -new -config c/hosts/node1/conf/node.conf -nodes -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -keyout away/node1.key \
		-out node1.node.csr 2>/dev/null
	ask away/root '/CN=root'
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

@test "a request is signed, the key of its host in a certificate by the rules" {
	run -0 topocert sign c.ini node1.node.csr
	assert_output_has 'c: signed 1 request'
	assert_output_has '  hosts/node1.tar.gz  node.crt until '
	assert_output_has ', for node1.node.csr'
	cd c/hosts/node1
	openssl verify -x509_strict -purpose sslserver -CAfile certs/ca.crt \
		-verify_hostname node1 -verify_ip 10.0.0.11 certs/node.crt
	has_key_of certs/node.crt ../../../away/node1.key
	run -0 openssl x509 -in certs/node.crt -noout -subject -ext \
		subjectAltName,keyUsage,extendedKeyUsage,basicConstraints
	assert_output_has 'subject=O = Cockroach, CN = node'
	assert_output_has 'CA:FALSE'
	assert_output_has 'DNS:node1, IP Address:10.0.0.11, IP Address:127.0.0.1'
	cd ../../..
	# as generate would have signed it, but for what is each one's own
	topocert generate --quiet -o other c.ini
	for tree in c other; do
		openssl x509 -in $tree/hosts/node1/certs/node.crt -noout -text \
			-certopt no_pubkey,no_sigdump,no_serial,no_validity |
			sed '/Key Identifier/{n;d}' >$tree.text
	done
	diff c.text other.text
	for tree in c other; do
		openssl x509 -noout -dates -in $tree/hosts/node1/certs/node.crt |
			sed 's/:[0-9][0-9]:[0-9][0-9] / /' >$tree.dates
	done
	diff c.dates other.dates
}

@test "no key is in the bundle, nor anywhere else but in the CA's folder" {
	topocert sign --quiet c.ini node1.node.csr away/root.csr
	run -0 tar -tzf c/hosts/node1.tar.gz
	assert_equal "$(sort <<<"$output" | tr '\n' ' ')" \
		'CONFIG.txt certs/ certs/ca.crt certs/node.crt '
	assert_equal "$(cd c/hosts/node1/certs && echo *)" 'ca.crt node.crt'
	assert_equal "$(cd c/users/root/certs && echo *)" 'ca.crt client.root.crt'
	assert_equal "$(grep -rl 'PRIVATE KEY' c)" c/ca/ca.key
	assert_equal "$(stat -c %a c/hosts/node1.tar.gz)" 600
	(cd c && sha256sum --quiet -c SHA256SUMS)
}

@test "what was signed is on record, with its request" {
	local serial
	topocert sign --quiet c.ini node1.node.csr
	serial=$(serials)
	assert_equal "$(cut -f 1,5,6 c/ca/index.txt)" \
		$'V\thosts/node1/certs/node.crt\t/O=Cockroach/CN=node'
	cmp "c/ca/newcerts/$serial.pem" c/hosts/node1/certs/node.crt
	cmp "c/ca/requests/$serial.csr" node1.node.csr
	cmp c/hosts/node1/conf/node.csr node1.node.csr
	cd c/ca
	openssl ca -config ca.conf -status "$serial" 2>&1 | grep Valid
	run -0 topocert list -o .. ../../c.ini
	assert_output_has 'node1'
}

@test "generate makes no key for it, and plan and verify find nothing wrong" {
	topocert sign --quiet c.ini node1.node.csr away/root.csr
	cp c/hosts/node1/certs/node.crt .
	run -0 topocert generate c.ini
	assert_output_has 'issued 2 certificates, kept 2'
	cmp node.crt c/hosts/node1/certs/node.crt
	[ ! -e c/hosts/node1/certs/node.key ]
	[ -e c/hosts/node2/certs/node.key ]
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
	assert_output_has '4 certificates, 4 bundles: all as the topology says'
}

@test "the same request again changes nothing, one by a new key is signed" {
	topocert sign --quiet c.ini node1.node.csr
	snapshot c >before
	run -0 topocert sign c.ini node1.node.csr
	assert_output_has 'c: signed 0 requests, 1 signed before'
	assert_output_has 'signed before: node1.node.csr'
	snapshot c | diff before -
	ask next /CN=node -addext subjectAltName=DNS:node1
	run -0 topocert sign c.ini next.csr
	assert_equal "$(serials | wc -l)" 2
	has_key_of c/hosts/node1/certs/node.crt next.key
	# the names are the topology's, not those that it asked for
	openssl x509 -in c/hosts/node1/certs/node.crt -noout -checkip 10.0.0.11 |
		grep -v NOT
}

@test "what was made here before goes over to its host" {
	topocert generate --quiet c.ini
	run -0 topocert sign c.ini c/hosts/node1/conf/node.csr
	assert_output_has '1 signed before'
	run -0 topocert sign c.ini node1.node.csr
	assert_equal "$(cd c/hosts/node1/certs && echo *)" 'ca.crt node.crt'
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
}

@test "requests come in PEM, in DER, with text, and from standard input" {
	openssl req -in node1.node.csr -outform DER -out node1.der
	openssl req -in away/root.csr -text -out root.txt
	ask node2 /CN=node/O=Cockroach -addext 'subjectAltName=IP:10.0.0.12'
	sed -i 's/BEGIN CERT/BEGIN NEW CERT/; s/END CERT/END NEW CERT/' node2.csr
	run -0 topocert sign c.ini node1.der root.txt - <node2.csr
	assert_output_has 'c: signed 3 requests'
	has_key_of c/hosts/node2/certs/node.crt node2.key
	has_key_of c/users/root/certs/client.root.crt away/root.key
}

@test "where several fit, the file's name or --only says which one" {
	ask plain /CN=node
	snapshot c >before
	run -1 topocert sign c.ini plain.csr
	assert_output_has 'plain.csr: refused: it may be for any of '
	assert_output_has 'hosts/node1/certs/node.crt, hosts/node2/certs/node.crt'
	assert_output_has 'wanted --only NAME, or a file name such as '
	assert_output_has 'node1.node.csr'
	snapshot c | diff before -
	cp plain.csr node2.node.csr
	run -0 topocert sign c.ini node2.node.csr
	assert_output_has 'hosts/node2.tar.gz'
	run -0 topocert sign --only node1 -o other c.ini plain.csr
	assert_output_has 'hosts/node1.tar.gz'
	# it counts more than the file's name
	run -0 topocert sign c.ini node2.node.csr --only hosts/node1 -o third
	assert_output_has 'hosts/node1.tar.gz'
	run -2 topocert sign c.ini plain.csr --only stranger
	assert_output_has '--only stranger: no host or user of the topology'
}

@test "the CA is made where there is none, but not for what is refused" {
	ask stranger /CN=stranger
	run -1 topocert sign -o fresh c.ini stranger.csr
	assert_output_has 'nobody in the topology has its subject'
	[ ! -e fresh ]
	run -0 topocert sign -o fresh c.ini stranger.csr away/root.csr || :
	[ -e fresh/ca/ca.key ]
}

@test "--json tells what became of each" {
	ask stranger $'/CN=stran"\tger'
	topocert generate --quiet c.ini
	topocert sign --quiet c.ini away/root.csr
	run -1 --separate-stderr topocert sign --json c.ini node1.node.csr \
		away/root.csr stranger.csr
	jq -e '.format == 1 and .command == "sign" and .cluster == "c" and
		.directory == "c" and .interrupted == false and
		(.signed | length == 1 and .[0].file == "node1.node.csr" and
		.[0].path == "hosts/node1/certs/node.crt" and
		.[0].ca == "ca" and (.[0].serial | test("^[0-9A-F]{32}$")) and
		(.[0].not_after | test("^20.*Z$"))) and
		(.signed_before | length == 1 and
		.[0].path == "users/root/certs/client.root.crt") and
		(.refused | length == 1 and .[0].file == "stranger.csr" and
		(.[0].reason | test("nobody"))) and .missing == []' <<<"$output"
	assert_equal "$(jq -r '.signed[0].serial' <<<"$output")" \
		"$(serials | tail -n 1)"
}

@test "without requests, and with a wrong topology, nothing is done" {
	run -2 topocert sign c.ini
	assert_output_has 'sign: which requests? wanted their files'
	sed -i 's/^key = ec.*/key = ec:P-999/' c.ini
	run -3 topocert sign -o fresh c.ini node1.node.csr
	[ ! -e fresh ]
}
