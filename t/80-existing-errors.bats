#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What cert_file and key_file must not be: each is refused with its line, and
# nothing is written.

load common
load existing

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	organisation
	issuing b
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/a.key'
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/. "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# bad_file TEXT: cert_file is refused for it, by plan, too.
bad_file() {
	refused 3 "c.ini:9: cert_file = pki/a.crt: $1"
	refused 3 "c.ini:9: cert_file = pki/a.crt: $1" topocert plan c.ini
	[ ! -e c ]
}

@test "what is no CA, or may not sign certificates" {
	certify a leaf
	bad_file "certificate 1 (/O=Org/CN=CA a) cannot be a CA's: its basicCon"
	certify a no_sign
	bad_file "certificate 1 (/O=Org/CN=CA a) cannot be a CA's: its keyUsage"
	certify a v1
	bad_file "certificate 1 (/O=Org/CN=CA a) cannot be a CA's: its basicCon"
}

@test "a path length that leaves no room" {
	mv pki/root.crt pki/top.crt
	mv pki/root.key pki/top.key
	cp pki/b.pem pki/root.crt
	cp pki/b.key pki/root.key
	certify a
	cat pki/a.pem pki/root.crt pki/top.crt >pki/a.crt
	bad_file 'certificate 2 (/O=Org/CN=CA b) has path length 0, and needs 1'
	cp pki/b.crt pki/a.crt
	cp -f pki/b.key pki/a.key
	printf '%s\n' '[ca issuing]' 'issuer =' >>c.ini
	sed -i 's/^\[ca\]/[ca root]/; s/^issuer =/issuer = root/' c.ini
	bad_file 'certificate 1 (/O=Org/CN=CA b) has path length 0, and needs 1'
}

@test "one that has expired, and one that is not valid yet" {
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/a.key'
	faketime '2020-01-01' openssl x509 -req -in pki/a.csr -CA pki/root.crt \
		-CAkey pki/root.key -days 100 -extensions issuing -extfile \
		"$BATS_TEST_DIRNAME/80-pki.conf" -out pki/a.crt 2>/dev/null
	bad_file 'certificate 1 (/O=Org/CN=CA a) expired at 2020-04-10'
	faketime '2090-01-01' openssl x509 -req -in pki/a.csr -CA pki/root.crt \
		-CAkey pki/root.key -days 100 -extensions issuing -extfile \
		"$BATS_TEST_DIRNAME/80-pki.conf" -out pki/a.crt 2>/dev/null
	bad_file 'certificate 1 (/O=Org/CN=CA a) is not valid before 2090-01-01'
}

@test "a weak key, and a weak signature" {
	openssl req -x509 -newkey rsa:1024 -noenc -keyout pki/w.key \
		-out pki/a.crt -subj /CN=Weak -extensions root \
		-config "$BATS_TEST_DIRNAME/80-pki.conf" 2>/dev/null
	bad_file "certificate 1 (/CN=Weak) cannot be a CA's: its key is too weak"
	certify a issuing -sha1
	bad_file "certificate 1 (/O=Org/CN=CA a) cannot be a CA's: its signature"
}

@test "a chain that is not in order" {
	cat pki/root.crt pki/a.pem >pki/a.crt
	bad_file 'chain not in order: certificate 1 (/O=Org/CN=Org Root) was'
	cat pki/a.pem pki/b.pem >pki/a.crt
	bad_file 'chain not in order: certificate 1 (/O=Org/CN=CA a) was issued'
	cat pki/a.pem pki/root.crt pki/root.crt >pki/a.crt
	bad_file 'chain not in order: certificate 2 (/O=Org/CN=Org Root) was'
}

@test "files that hold something else" {
	cat pki/a.pem pki/a.key >pki/a.crt
	bad_file "holds a private key ('PRIVATE KEY')"
	cp pki/a.csr pki/a.crt
	bad_file "PEM block 'CERTIFICATE REQUEST': wanted certificates alone"
	echo 'no PEM, no PKCS#12' >pki/a.crt
	bad_file 'no certificate in it: wanted PEM'
	head -c 300 pki/a.pem >pki/a.crt
	bad_file 'PEM block 1 is damaged'
	: >pki/a.crt
	bad_file 'no certificate in it'
	rm pki/a.crt
	bad_file 'No such file or directory: wanted a PEM file'
	mkdir pki/a.crt
	bad_file 'not a regular file'
}

@test "a key of another CA, one that others can read, or none" {
	local line='c.ini:10: key_file = pki/a.key'
	cp pki/a.key key
	cp -f pki/b.key pki/a.key
	refused 1 "$line is not the key of ca.crt"
	cp -f key pki/a.key
	chmod 440 pki/a.key
	refused 1 "$line: mode 0440 lets others at the CA's key"
	chmod 600 pki/a.key
	cp pki/a.pem pki/a.key
	refused 1 "$line: no private key in PEM without passphrase"
	rm pki/a.key
	refused 1 "$line: No such file or directory: signing needs it"
	[ ! -e c/ca ]
}

@test "a URI that nothing opens, and one that has the PIN in it" {
	existing_topology 'cert_file = pki/a.crt' 'key_file = pkcs11:token=x'
	refused 1 'key_file = pkcs11:token=x: no provider of OpenSSL opens it'
	existing_topology 'cert_file = pki/a.crt' \
		'key_file = pkcs11:token=x?pin-value=4711'
	refused 3 'c.ini:10: key_file: a PIN has no place in this file'
	[[ $output != *4711* ]]
}

@test "another CA than the one that is there, as long as it is not rotated" {
	run -0 topocert generate c.ini
	existing_topology 'cert_file = pki/b.crt' 'key_file = pki/b.key'
	refused 3 "c.ini:9: cert_file = pki/b.crt: it holds another CA ('CA b') \
than ca/ ('CA a')"
	assert_output_has 'topocert rotate ca begin takes it as the next one'
	refused 3 "it holds another CA ('CA b')" topocert plan c.ini
	run -0 topocert verify c.ini
	run -0 topocert crl c.ini
}
