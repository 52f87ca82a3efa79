#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Requests that ask for more than the topology grants, or prove nothing, are
# refused with the reason; the good ones beside them are signed.

load common
load sign

setup_file() {
	good_and_bad
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

@test "names that are not granted" {
	local names
	for names in DNS:evil.example.com 'DNS:*.node1' 'DNS:*' DNS:root \
		IP:10.0.0.66 IP:2001:db8::1 email:root@node1 \
		URI:spiffe://example.com/root; do
		refuses "for hosts/node1/certs/node.crt: it asks for ${names/ad/AD}" \
			/CN=node -addext "subjectAltName=DNS:node1,$names"
	done
	refuses 'DNS:node2, IP:10.0.0.12, not granted' /CN=node -addext \
		'subjectAltName=DNS:node1,IP:10.0.0.11,DNS:node2,IP:10.0.0.12'
	for names in 'otherName:1.2.3.4;UTF8:root' RID:1.2.3.4 \
		dirName:dn; do
		ask_by_conf bad 'req_extensions = x' '[x]' \
			"subjectAltName=$names" '[dn]' CN=node
		refused 'it asks for a name that is neither DNS, IP, URI nor email'
	done
	judge
}

@test "to be a CA, or what only a CA needs" {
	refuses 'it asks to be a CA (CA:TRUE)' /CN=root \
		-addext basicConstraints=critical,CA:TRUE
	refuses 'it asks to be a CA (CA:TRUE)' /CN=root \
		-addext basicConstraints=CA:TRUE,pathlen:0
	refuses 'it asks for keyUsage keyCertSign,cRLSign: wanted no more than' \
		/CN=root -addext keyUsage=digitalSignature,keyCertSign,cRLSign
	refuses 'the extension nameConstraints, which is not granted' /CN=root \
		-addext 'nameConstraints=permitted;DNS:example.com'
	judge
}

@test "usages that are not granted" {
	refuses 'it asks for extendedKeyUsage serverAuth, which is not granted' \
		/CN=root -addext extendedKeyUsage=clientAuth,serverAuth
	refuses 'it asks for extendedKeyUsage anyExtendedKeyUsage' /CN=root \
		-addext extendedKeyUsage=anyExtendedKeyUsage
	refuses 'it asks for extendedKeyUsage OCSPSigning' /CN=node \
		-addext subjectAltName=DNS:node1 \
		-addext extendedKeyUsage=OCSPSigning
	refuses 'it asks for extendedKeyUsage of an unknown kind' /CN=root \
		-addext extendedKeyUsage=1.2.3.4.5
	# not for an elliptic curve
	refuses 'it asks for keyUsage keyEncipherment: wanted no more than' \
		/CN=root -addext keyUsage=digitalSignature,keyEncipherment
	judge
}

@test "extensions that are not granted" {
	refuses 'it asks for the extension 1.2.3.4, which is not granted' \
		/CN=root -addext 1.2.3.4=critical,DER:0500
	refuses 'it asks for the extension 1.2.3.4, which is not granted' \
		/CN=root -addext 1.2.3.4=DER:0500
	refuses 'the extension certificatePolicies, which' /CN=root \
		-addext certificatePolicies=2.5.29.32.0
	refuses 'the extension tlsfeature, which' /CN=root \
		-addext tlsfeature=status_request
	refuses 'the extension crlDistributionPoints, which' /CN=root \
		-addext crlDistributionPoints=URI:http://evil.example.com/
	refuses "a subjectKeyIdentifier that is not its key's" /CN=root \
		-addext subjectKeyIdentifier=00112233
	refuses 'an extension that it asks for cannot be read, or is there twice' \
		/CN=root -addext keyUsage=digitalSignature -addext 2.5.29.15=DER:00
	refuses 'an extension that it asks for cannot be read' /CN=root \
		-addext 2.5.29.19=DER:0500
	ask_by_conf bad 'req_extensions = x' '[x]' subjectAltName=DNS:node1 \
		2.5.29.17=DER:300f820d6576696c2e6578616d706c65 '[dn]' CN=node
	refused 'cannot be read, or is there twice'
	ask_by_conf bad 'req_extensions = x' '[x]' 1.2.3.4=DER:0500 \
		1.2.3.4=DER:0500 '[dn]' CN=root
	refused 'it asks for the extension 1.2.3.4'
	judge
}

@test "extensions in a second list, or in none that can be read" {
	ask_by_conf bad 'attributes = a' 'req_extensions = x' '[x]' \
		basicConstraints=CA:FALSE '[a]' \
		1.2.840.113549.1.9.99=CA:TRUE '[dn]' CN=root
	resign bad 2a864886f70d010963 2a864886f70d01090e
	refused 'it asks for extensions in more than one list'
	ask_by_conf bad 'attributes = a' 'req_extensions = x' '[x]' \
		basicConstraints=CA:FALSE '[a]' msExtReq=CA:TRUE '[dn]' CN=root
	refused 'it asks for extensions in more than one list'
	ask_by_conf bad 'attributes = a' '[a]' msExtReq=CA:TRUE '[dn]' CN=root
	refused 'the extensions that it asks for cannot be read'
	judge
}

@test "another subject than the topology's" {
	cp bad.key root.client.root.key
	ask root.client.root /CN=maxroach
	refused 'CN = maxroach in its subject is not granted: wanted CN = root, O =' \
		root.client.root.csr
	ask root.client.root /O=Cockroach
	refused 'no common name in its subject' root.client.root.csr
	ask root.client.root /
	refused 'no common name in its subject' root.client.root.csr
	ask root.client.root /CN=root/CN=root
	refused 'more than one CN in its subject' root.client.root.csr
	ask root.client.root /CN=root/CN=maxroach
	refused 'more than one CN in its subject' root.client.root.csr
	ask root.client.root /CN=maxroach/CN=root
	refused 'CN = maxroach in its subject is not granted' root.client.root.csr
	ask root.client.root /CN=root+CN=maxroach -multivalue-rdn
	refused 'CN' root.client.root.csr
	refuses "nobody in the topology has its subject: '/CN=stranger'" \
		/CN=stranger
	refuses "nobody in the topology has its subject" '/CN=Root'
	refuses 'more than one O in its subject' /CN=root/O=Cockroach/O=Evil
	refuses 'O = Evil in its subject is not granted' /CN=root/O=Evil/O=Cockroach
	refuses 'nobody in the topology has its subject' /CN=root/O=Evil
	refuses 'nobody in the topology has its subject' /CN=root/OU=admins
	refuses 'C = DE in its subject is not granted' /C=DE/CN=root
	refuses 'emailAddress = root@node1 in its subject' \
		/CN=root/emailAddress=root@node1
	judge
}

@test "a common name that only looks like the right one" {
	local hex
	cp bad.key root.client.root.key
	for hex in 726fd0be74 726f6f74e2808b 526f6f74 20726f6f74; do
		ask root.client.root "/CN=$(from_hex $hex)" -utf8
		refused 'in its subject is not granted' root.client.root.csr
		refuses 'nobody in the topology' "/CN=$(from_hex $hex)" -utf8
	done
	ask root.client.root "/CN=$(from_hex 726f6f74e280ae)" -utf8
	refused 'CN = root\u202e in its subject' root.client.root.csr
	# "root" NUL "x"
	ask root.client.root /CN=rootAx
	resign root.client.root 726f6f744178 726f6f740078
	openssl req -in root.client.root.csr -verify -noout
	refused 'CN in its subject is no text' root.client.root.csr
	# in two octets a character, with one that is cut off
	ask_by_conf root.client.root string_mask=MASK:0x800 '[dn]' CN=roo
	resign root.client.root 1e060072006f006f 1e050072006f0061
	refused 'refused: ' root.client.root.csr
	judge
}

@test "a name with a NUL in it" {
	ask bad /CN=node -addext subjectAltName=DNS:node1Aevil.example.com
	resign bad 6e6f646531416576 6e6f646531006576
	openssl req -in bad.csr -verify -noout
	refused 'it asks for a name that is neither DNS, IP, URI nor email'
	judge
}

@test "it is another kind of text for the same name" {
	local mask
	for mask in 0x800 0x100 0x4 0x2; do
		ask_by_conf bad "string_mask=MASK:$mask" '[dn]' CN=root O=Cockroach
		run -0 topocert sign -o other c.ini bad.csr
		# but the certificate has what the topology has
		openssl x509 -in other/users/root/certs/client.root.crt -noout \
			-subject -nameopt show_type |
			grep 'CN=UTF8STRING:root$'
		rm -r other
	done
}
