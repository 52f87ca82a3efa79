#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The same conf files, key, serial and dates: the same bytes from stock openssl.

load common
load stock

# The example, for the tests that compare it.
setup_file() {
	topocert generate --quiet -o "$BATS_FILE_TMPDIR/example" "$EXAMPLE"
}

# other_topology KEY LINE...: the example with other keys and these lines.
other_topology() {
	sed "/^\[cluster]/a key = $1" "$EXAMPLE" >c.ini
	printf '%s\n' '[ca]' "key = $1" "${@:2}" >>c.ini
}

@test "RSA: openssl req and openssl ca give the same bytes throughout" {
	cp -r "$BATS_FILE_TMPDIR/example" o
	all_again cmp 5
}

@test "a request or certificate that differs in one name would be noticed" {
	cp -r "$BATS_FILE_TMPDIR/example" o
	cd o/hosts/node1
	sed -i 's/localhost/localhosts/' conf/node.conf
	run -1 request_again cmp conf/node.conf certs/node.key conf/node.csr
	assert_output_has differ
	run -1 same_signed again.csr conf/node.csr
	assert_output_has differ
	cd ../../..
	run -1 sign_again cmp signing_node_req o/hosts/node1/again.csr \
		o/hosts/node1/certs/node.crt
	assert_output_has differ
}

@test "Ed25519, past the year 2050: the same bytes" {
	other_topology ed25519 'days = 12000'
	sed -i '/^\[cluster]/a days = 10000' c.ini
	topocert generate --quiet -o o c.ini
	[ "$(x509_date o/users/root/certs/client.root.crt end %Y)" -gt 2050 ]
	all_again cmp 5
}

@test "ECDSA: the same bytes in all that is signed" {
	other_topology ec:P-256
	topocert generate --quiet -o o c.ini
	all_again same_signed 5
}

@test "every kind of name, and letters beyond ASCII: the same bytes" {
	other_topology ed25519 '[host odd]' 'ip = 2001:db8::1, 192.0.2.1' \
		'dns = *.apps.example.com, bücher.example' \
		'uri = spiffe://prod/ns/db?a=1&b=2' 'email = ops@example.com'
	sed -i "/^organization/c organization = O'Käse & Söhne (東京/株式会社)" \
		c.ini
	topocert generate --quiet -o o c.ini
	run -0 openssl x509 -in o/ca/ca.crt -noout -subject \
		-nameopt multiline,utf8,-esc_msb
	assert_output_has "O'Käse & Söhne (東京/株式会社) CA"
	run -0 openssl x509 -in o/hosts/odd/certs/node.crt -noout \
		-ext subjectAltName
	assert_output_has 'DNS:xn--bcher-kva.example, IP Address:2001:DB8:'
	assert_output_has ', URI:spiffe://prod/ns/db?a=1&b=2, email:ops@'
	all_again cmp 6
}

@test "a key of another kind than the rest: the same bytes by its section" {
	local host=o/hosts/other
	other_topology ed25519 '[host other]' 'key = rsa:2048' 'ip = 10.0.0.9'
	topocert generate --quiet -o o c.ini
	request_again cmp $host/conf/node.conf $host/certs/node.key \
		$host/conf/node.csr
	sign_again cmp signing_node_req_rsa $host/conf/node.csr \
		$host/certs/node.crt
}
