#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How keys come from a seed, against published vectors and stock openssl.
# TOPOCERT_DERIVED says how many keys are looked at; make check-life has 10,000.

load common
load seed

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	KEYTOOL=${KEYTOOL:-$SRCDIR/build/t/keytool}
	[ -x "$KEYTOOL" ] || skip 'no keytool: make check builds it'
}

# hexadecimal TITLE: of the text of a key, in one line.
hexadecimal() {
	awk -v title="$1:" '$0 == title { found = 1; next }
		/^[^ ]/ { found = 0 } found' | tr -d ' :\n'
}

# vector KEY OCTETS PRIVATE PUBLIC
vector() {
	local text
	text=$(echo "$2" | "$KEYTOOL" derive "$1" | openssl pkey -noout -text)
	assert_equal "$(hexadecimal priv <<<"$text")" "$3"
	assert_equal "$(hexadecimal pub <<<"$text")" "$4"
}

@test "P-256 and P-521 keys are those of RFC 9180, appendix A.3 and A.6" {
	vector ec:P-256 \
		4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e \
		4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb \
		04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4
	vector ec:P-256 \
		668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550 \
		f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2 \
		04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0
	vector ec:P-521 \
		7f06ab8215105fc46aceeb2e3dc5028b44364f960426eb0d8e4026c2f8b5d7e7a986688f1591abf5ab753c357a5d6f0440414b4ed4ede71317772ac98d9239f70904 \
		014784c692da35df6ecde98ee43ac425dbdd0969c0c72b42f2e708ab9d535415a8569bdacfcc0a114c85b8e3f26acf4d68115f8c91a66178cdbd03b7bcc5291e374b \
		040138b385ca16bb0d5fa0c0665fbbd7e69e3ee29f63991d3e9b5fa740aab8900aaeed46ed73a49055758425a0ce36507c54b29cc5b85a5cee6bae0cf1c21f2731ece2013dc3fb7c8d21654bb161b463962ca19e8c654ff24c94dd2898de12051f1ed0692237fb02b2f8d1dc1c73e9b366b529eb436e98a996ee522aef863dd5739d2f29b0
}

@test "Ed25519 and Ed448 keys are those of RFC 8032, sections 7.1 and 7.4" {
	vector ed25519 \
		9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60 \
		9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60 \
		d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a
	vector ed25519 \
		4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb \
		4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb \
		3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
	vector ed448 \
		6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b \
		6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b \
		5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180
}

@test "and its signature is that of RFC 8032, test 2" {
	echo 4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb |
		"$KEYTOOL" derive ed25519 >key
	printf '\x72' >message
	openssl pkeyutl -sign -inkey key -rawin -in message -out signature
	assert_equal "$(od -An -v -tx1 signature | tr -d ' \n')" \
		92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
}

@test "stock openssl derives the same keys from the seed, by the label in the manual" {
	seeded_topology ed25519 'generation = 3'
	topocert generate -q c.ini
	assert_equal "$(private_octets c/ca/ca.key)" \
		"$(derived 32 c ca '' ed25519 1 key)"
	assert_equal "$(private_octets c/hosts/node1/certs/node.key)" \
		"$(derived 32 c hosts/node1 node ed25519 1 key)"
	assert_equal "$(private_octets c/users/root/certs/client.root.key)" \
		"$(derived 32 c users/root client ed25519 3 key)"
	seeded_topology ec:P-384
	topocert generate -q -o d c.ini
	assert_equal "$(derived 48 c hosts/node2 node ec:P-384 1 key |
		"$KEYTOOL" derive ec:P-384)" \
		"$(cat d/hosts/node2/certs/node.key)"
}

@test "derived keys are distinct, and EVP_PKEY_check takes them all" {
	local n=${TOPOCERT_DERIVED:-200} key
	for key in ec:P-256 ed25519; do
		rm -rf c
		seeded_topology ed25519
		sed -i 's/cockroachdb/redis/' c.ini
		printf '%s\n' "[user u{1..$n}]" "key = $key" >>c.ini
		topocert generate -q c.ini
		find c/users -name '*.key' -path '*/u[0-9]*' | sort >files
		assert_equal "$(wc -l <files)" "$n"
		assert_equal "$("$KEYTOOL" check <files)" "$n good keys"
		# the second line of PKCS#8 has the octets of the key
		assert_equal "$(xargs -d '\n' cat <files | grep -v -e ----- |
			sort -u | wc -l)" \
			"$(xargs -d '\n' cat <files | grep -vc -e -----)"
	done
}

# first_numbers: r of all ECDSA signatures (RFC 5480) of certificates, requests
# and lists: it shows the random number that the signature took.
first_numbers() {
	local file at
	for file in "$@"; do
		openssl asn1parse -in "$file" >parsed
		at=$(awk -F: '/BIT STRING/ { at = $1 } END { print at + 0 }' parsed)
		openssl asn1parse -in "$file" -strparse "$at" |
			awk -F: '/INTEGER/ { print $NF; exit }'
	done
}

@test "no two signatures take the same random number" {
	seeded_topology ec:P-256
	topocert generate -q c.ini
	# other names, the same key and generation
	sed -i 's/^\[host node1\]/&\ndns = db.example.com/' c.ini
	topocert generate -q -o d c.ini
	topocert crl -q c.ini
	topocert revoke -q c.ini node2
	cp c/ca/crl.pem first.pem
	topocert crl -q c.ini
	first_numbers {c,d}/hosts/*/certs/node.crt {c,d}/hosts/*/conf/*.csr \
		c/users/*/certs/client.*.crt c/users/*/conf/*.csr c/ca/ca.crt \
		c/ca/crl.pem first.pem | sort >numbers
	# node2 is the same in both
	assert_equal "$(uniq -d numbers | wc -l)" 2
	assert_equal "$(wc -l <numbers)" 13
}
