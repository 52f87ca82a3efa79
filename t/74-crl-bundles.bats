#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Bundles hold revocation lists where the profile wants them.

load common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	cp "$BATS_TEST_DIRNAME/13-profile.ini" mine.ini
	cat >>mine.ini <<-'END'
		[file list]
		owner   = host
		content = crl
		file    = ca.crl
		mode    = 0644

		[file list_der]
		owner   = host
		content = crl
		format  = der
		file    = ca.crl.der
		mode    = 0644

		[file both]
		owner   = host
		content = ca, crl
		file    = both.pem
		mode    = 0644
	END
	small_topology
	sed -i 's|cockroachdb|./mine.ini|' c.ini
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	certs=c/hosts/node1/certs
}

@test "the first generate makes the list, and bundles have it" {
	assert_equal "$(cat c/ca/crlnumber)" 02
	assert_equal "$(openssl crl -in c/ca/crl.pem -noout -crlnumber)" \
		crlNumber=0x01
	openssl crl -inform DER -in c/ca/crl.der | cmp - c/ca/crl.pem
	cmp "$certs"/ca.crl c/ca/crl.pem
	cmp "$certs"/ca.crl.der c/ca/crl.der
	cat c/ca/ca.crt c/ca/crl.pem | cmp - "$certs"/both.pem
	tar -tzf c/hosts/node1.tar.gz | grep -qx certs/ca.crl
	[ ! -e c/users/root/certs/ca.crl ]
	openssl verify -crl_check_all -CAfile "$certs"/ca.crt \
		-CRLfile "$certs"/ca.crl "$certs"/node.crt
	topocert plan c.ini
}

@test "a later generate takes the list that is there" {
	topocert crl --quiet c.ini
	echo '[host node3]' >>c.ini
	topocert generate --quiet c.ini
	assert_equal "$(cat c/ca/crlnumber)" 03
	cmp c/hosts/node3/certs/ca.crl c/ca/crl.pem
	rm c/ca/crl.pem
	echo '[host node4]' >>c.ini
	topocert generate --quiet c.ini
	assert_equal "$(openssl crl -in c/hosts/node4/certs/ca.crl -noout \
		-crlnumber)" crlNumber=0x03
	cmp c/hosts/node4/certs/ca.crl c/ca/crl.pem
}

@test "text around a list, as openssl ca leaves it, is not taken along" {
	(cd c/ca && openssl ca -config ca.conf -gencrl |
		openssl crl -text -out crl.pem)
	echo '[host node3]' >>c.ini
	topocert generate --quiet c.ini
	openssl crl -in c/ca/crl.pem | cmp - c/hosts/node3/certs/ca.crl
	assert_equal "$(head -n 1 c/hosts/node3/certs/ca.crl)" \
		'-----BEGIN X509 CRL-----'
}

@test "while a CA is replaced, the lists of both are there, the new one first" {
	mkdir c/ca/old
	cp -a c/ca old
	mv old c/ca/old/1
	rm -r c/ca/old/1/old
	echo switched >c/ca/rotation.txt
	topocert crl --quiet c.ini
	echo '[host node3]' >>c.ini
	topocert generate --quiet c.ini
	cat c/ca/crl.pem c/ca/old/1/crl.pem | cmp - c/hosts/node3/certs/ca.crl
	cmp c/hosts/node3/certs/ca.crl.der c/ca/crl.der
}

@test "a list has no place in a key store, and DER holds one part" {
	sed -i 's/^content = ca, crl/&\nformat = der/' mine.ini
	run -3 topocert plan c.ini
	assert_output_has '[file both]: format = der holds one part'
	sed -i 's/^format = der$/format = pkcs12\npassword_file = x/
		s/^content = ca, crl/content = crl/' mine.ini
	run -3 topocert plan c.ini
	assert_output_has '[file both]: a pkcs12 holds a key with'
}

@test "verify knows the lists in bundles, and sees what is damaged" {
	run -0 topocert verify c.ini
	topocert revoke --quiet c.ini root
	topocert crl --quiet c.ini
	run -4 topocert verify c.ini
	assert_output_has 'hosts/node1.tar.gz: files of the bundle changed: certs/ca.crl certs/ca.crl.der certs/both.pem'
	topocert generate --quiet c.ini
	run -0 topocert verify c.ini
	printf x >>"$certs/ca.crl.der"
	sed -i '3s/^./-/' "$certs/ca.crl"
	run -4 topocert verify c.ini
	assert_output_has 'hosts/node1/certs/ca.crl: does not hold what it should: crl'
	assert_output_has 'hosts/node1/certs/ca.crl.der: does not hold what it should: crl'
}
