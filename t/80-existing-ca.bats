#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A CA that was there before: it is taken over, and its key stays where it is.

load common
load existing

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	organisation
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/a.key'
	topocert generate c.ini >said
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/. "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	# it is told that the key is in another place now
	topocert generate -q c.ini
}

# ca COMMAND OPTION...: of openssl, in c/ca.
ca() {
	(cd c/ca && openssl ca -config ca.conf "$@")
}

@test "plan says what is taken over, and generate does it" {
	grep -q 'took over the CA "CA a" (ec:P-256) and issued 2 certificates' \
		said
	rm -r c
	run -4 topocert plan c.ini
	assert_output_has 'adopt    ca '
	assert_output_has 'the CA "CA a" in pki/a.crt'
	run -4 topocert plan --json c.ini
	assert_equal "$(jq -r '.ca.action, .ca.common_name' <<<"$output")" \
		$'adopt\nCA a'
	[ ! -e c ]
}

@test "the CA's folder has the chain and no key, and no bundle has it either" {
	local secret
	[ ! -e c/ca/ca.key ]
	cmp pki/a.crt c/ca/ca.crt
	secret=$(sed -n 2p pki/a.key)
	run ! grep -rF "$secret" c
	run ! grep -rl 'PRIVATE KEY' c/ca
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
	[[ $output != *note:* ]]
	run -0 topocert list c.ini
	assert_output_has 'CA a'
	run -0 topocert generate c.ini
	assert_output_has 'nothing to do'
}

@test "stock openssl trusts what it signed, up to the root" {
	openssl verify -x509_strict -no-CApath -no-CAstore -CAfile pki/root.crt \
		-untrusted pki/a.pem c/hosts/node1/certs/node.crt \
		c/users/root/certs/client.root.crt
}

@test "stock openssl ca works in the folder, and topocert after it" {
	ca -batch -notext -in ../hosts/node1/conf/node.csr -out "$PWD/one.crt"
	openssl verify -CAfile pki/root.crt -untrusted pki/a.pem one.crt
	ca -revoke newcerts/"$(openssl x509 -noout -serial -in one.crt |
		cut -d= -f2)".pem
	ca -gencrl -out crl.pem
	openssl crl -in c/ca/crl.pem -CAfile pki/a.pem -noout
	run -0 topocert plan c.ini
}

@test "revoke and crl work, and hosts are issued again" {
	run -0 topocert revoke c.ini node1
	run -0 topocert crl c.ini
	openssl crl -in c/ca/crl.pem -CAfile pki/a.pem -noout
	openssl crl -in c/ca/crl.pem -noout -text | grep -q 'Serial Number'
	run -0 topocert generate c.ini
	assert_output_has 'issued 1 certificate'
}

@test "the key is opened only where something is signed" {
	mv pki elsewhere
	run -0 topocert plan c.ini
	run -0 topocert list c.ini
	run -0 topocert verify c.ini
	assert_output_has "pki/a.key: not here: nothing can be signed before it"
	echo '[host node2]' >>c.ini
	run -4 topocert plan c.ini
	refused 1 'key_file = pki/a.key: No such file or directory: signing'
	mv elsewhere pki
	run -0 topocert generate c.ini
}

@test "PKCS#12, DER, a file: URI and an absolute path do as key_file" {
	local place
	openssl pkcs12 -export -inkey pki/a.key -in pki/a.pem -passout pass: \
		-out pki/a.p12
	openssl pkcs12 -export -inkey pki/a.key -in pki/a.pem \
		-passout pass:sesame -out pki/b.p12
	openssl pkey -in pki/a.key -outform DER -out pki/a.der
	chmod 400 pki/*.p12 pki/a.der
	for place in pki/a.p12 pki/a.der file:pki/a.key "file://$PWD/pki/a.key" \
		"file:$PWD/pki/a.key" "$PWD/pki/a.key"; do
		rm -rf c
		existing_topology 'cert_file = pki/a.crt' "key_file = $place"
		run -0 topocert generate c.ini
		ca -gencrl -passin pass: -out crl.pem
	done
	rm -r c
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/b.p12' \
		'passphrase = env:PW'
	PW=wrong refused 1 'key_file = pki/b.p12: wrong passphrase'
	PW=sesame run -0 topocert generate c.ini
	ca -gencrl -passin pass:sesame -out crl.pem
}

@test "the certificate may be in PKCS#12, too, or in DER" {
	rm -r c
	openssl pkcs12 -export -in pki/a.pem -inkey pki/a.key \
		-certfile pki/root.crt -out pki/a.p12 -passout pass:sesame
	chmod 400 pki/a.p12
	existing_topology 'cert_file = pki/a.p12' 'key_file = pki/a.p12' \
		'passphrase = env:PW'
	PW=wrong refused 3 'cert_file = pki/a.p12: cannot be opened: the passphrase is wrong, or it is damaged'
	PW=sesame run -0 topocert generate c.ini
	cmp pki/a.crt c/ca/ca.crt
	openssl verify -x509_strict -CAfile pki/root.crt \
		-untrusted c/hosts/node1/certs/node.crt \
		c/hosts/node1/certs/node.crt
	PW=sesame run -0 topocert plan c.ini
	PW=sesame run -0 topocert verify c.ini
	rm pki/a.p12
	run -0 topocert plan c.ini
	sed -i '/^passphrase/d' c.ini
	rm -r c
	openssl pkcs12 -export -in pki/a.pem -inkey pki/a.key -out pki/a.p12 \
		-passout pass:sesame
	chmod 400 pki/a.p12
	refused 3 'cert_file = pki/a.p12: it asks for a passphrase: wanted passphrase in the same section'
	openssl x509 -in pki/a.pem -outform DER -out pki/a.der
	existing_topology 'cert_file = pki/a.der' 'key_file = pki/a.key'
	run -0 topocert generate c.ini
	assert_output_has 'warning: cert_file = pki/a.der: no root at its end'
	cmp pki/a.pem c/ca/ca.crt
	cmp pki/a.pem c/hosts/node1/certs/ca.crt
}

@test "a renewed certificate of the same CA is taken over, and bundles get it" {
	cp c/hosts/node1/certs/node.crt node.crt
	certify a issuing -days 6000
	run -4 topocert plan c.ini
	assert_output_has 'renew    ca '
	assert_output_has 'its certificate is renewed in pki/a.crt, until '
	assert_output_has 'repack   hosts/node1.tar.gz'
	run -4 topocert plan --json c.ini
	assert_equal "$(jq -r .ca.action <<<"$output")" renew
	run -4 topocert verify c.ini
	assert_output_has 'ca: its certificate was renewed in cert_file: topocert'
	run -0 topocert generate c.ini
	cmp pki/a.crt c/ca/ca.crt
	cmp pki/root.crt c/hosts/node1/certs/ca.crt
	cmp <(openssl x509 -in node.crt; cat pki/a.pem) \
		c/hosts/node1/certs/node.crt
	run -0 topocert verify c.ini
	run -0 topocert plan c.ini
}

@test "name, days and key of the topology are not asked of it" {
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/a.key' \
		'common_name = Other' 'days = 10' 'key = rsa:4096'
	run -4 topocert plan -o d c.ini
	[[ $output != *warning* ]]
	run -0 topocert generate -o d c.ini
	run -0 topocert plan -o d c.ini
	[[ $output != *warning* ]]
}

@test "what would outlive it is refused" {
	rm -r c
	certify a issuing -days 300
	refused 3 'days from now outlive the CA in ca/'
	sed -i '2s/$/\ndays = 200/' c.ini
	run -0 topocert generate c.ini
}
