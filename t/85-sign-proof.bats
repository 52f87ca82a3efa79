#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A request has to prove that whoever made it has a sound key, which is nobody
# else's; files that hold no such request are refused.

load common
load sign

setup_file() {
	good_and_bad
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# by_key REASON OPTION...: a request of root by a key that openssl genpkey
# makes, has to be refused.
by_key() {
	openssl genpkey "${@:2}" -out bad.key 2>/dev/null || return
	refuses "$1" /CN=root
}

@test "weak keys, and keys of another kind" {
	local key='users/root/certs/client.root.crt: its key is'
	by_key 'its key is too weak: rsa:1024: wanted 112 bits' -algorithm RSA \
		-pkeyopt rsa_keygen_bits:1024
	by_key 'public exponent of its key is too small: wanted 65537' \
		-algorithm RSA -pkeyopt rsa_keygen_pubexp:3
	by_key "$key rsa:2048: wanted ec:P-256" -algorithm RSA
	by_key "$key rsassa-pss: wanted ec:P-256" -algorithm RSA-PSS
	by_key "$key ed25519: wanted ec:P-256" -algorithm ED25519
	by_key "$key ec:P-384: wanted ec:P-256" -algorithm EC \
		-pkeyopt ec_paramgen_curve:P-384
	by_key "$key ec:secp256k1: wanted ec:P-256" -algorithm EC \
		-pkeyopt ec_paramgen_curve:secp256k1
	by_key 'its key is too weak: ec:P-192' -algorithm EC \
		-pkeyopt ec_paramgen_curve:P-192
	by_key "$key" -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-pkeyopt ec_param_enc:explicit
	new_key plain
	openssl ec -in plain.key -conv_form compressed -out bad.key 2>/dev/null
	refuses 'its key is encoded in another way than usual' /CN=root
	judge
}

@test "weak signatures, and those that do not hold" {
	refuses 'signed with sha1: wanted SHA-256 or a better one' /CN=root -sha1
	openssl genpkey -algorithm RSA -out bad.key 2>/dev/null
	refuses 'signed with md5: wanted SHA-256 or a better one' /CN=root -md5
	refuses 'signed with sha1: wanted SHA-256' /CN=root -sha1 \
		-sigopt rsa_padding_mode:pss -sigopt rsa_mgf1_md:sha256
	# another name, another signature
	new_key bad
	ask bad /CN=maxroach
	openssl req -in bad.csr -outform DER |
		LC_ALL=C sed s/maxroach/maxroacH/ >tampered.der
	refused 'its signature does not hold' tampered.der
	openssl req -in bad.csr -outform DER >whole.der
	from_hex "$(od -An -v -tx1 whole.der | tr -d ' \n' |
		sed 's/\(.\)\(.\{16\}\)$/\n\1\n\2/' |
		sed '2y/0123456789abcdef/123456789abcdef0/' | tr -d '\n')" >bad.der
	refused 'its signature does not hold' bad.der
	judge
}

@test "a key that is somebody else's, or the CA's own" {
	local keys=c/hosts/node1/certs serial
	cp c/ca/ca.key bad.key
	refuses 'its key is that of the CA in ca/' /CN=root
	chmod u+w bad.key
	cp $keys/node.key bad.key
	refuses 'its key is that of hosts/node1/certs/node.crt, serial' /CN=root
	cp c/users/maxroach/certs/client.maxroach.key bad.key
	serial=$(serials | tail -n 1)
	topocert revoke --quiet --reason superseded c.ini maxroach
	refuses "of a certificate that was revoked, serial number $serial" \
		/CN=maxroach
	# nor may two have the same new one
	new_key bad
	ask bad /CN=root
	mv bad.csr first.csr
	refuses 'its key is that of 4/first.csr: wanted a key' /CN=maxroach
	refused 'its key is that of 3/bad.csr: wanted a key of its own' first.csr
	judge
}

@test "two requests for one certificate" {
	new_key other
	ask bad /CN=root
	ask other /CN=root
	refused '1/other.csr asks for users/root/certs/client.root.crt, too'
	refused '0/bad.csr asks for users/root/certs/client.root.crt, too' \
		other.csr
	judge
	# once is enough
	rm -r 0 1
	run -1 topocert sign c.ini good.csr good.csr
	assert_output_has 'good.csr: refused: the same as good.csr'
	assert_output_has '1 signed before, refused 1'
}

@test "files that are no request, or more than one" {
	ask bad /CN=root
	cp bad.csr whole.csr
	head -n 3 whole.csr >bad.csr
	refused 'damaged PEM: wanted a whole request'
	sed 2d whole.csr >bad.csr
	refused 'damaged: no request in it, or not a whole one'
	cat whole.csr whole.csr >bad.csr
	refused 'more than one request in it: wanted one in each file'
	cat whole.csr good.csr >bad.csr
	refused 'more than one request in it: wanted one in each file'
	cat whole.csr bad.key >bad.csr
	refused 'a private key is in it, which should not have left its host'
	cp c/hosts/node1/certs/node.crt bad.csr
	refused "a 'CERTIFICATE' is in it: wanted a request and nothing else"
	openssl req -in whole.csr -outform DER -out bad.csr
	printf x >>bad.csr
	refused 'more than a request in it: wanted one, and nothing else'
	openssl req -in whole.csr -outform DER | head -c 100 >bad.csr
	refused 'damaged: no request in it, or not a whole one'
	: >bad.csr
	refused 'no request in it, neither in PEM nor in DER'
	echo "what's this?" >bad.csr
	refused 'no request in it, neither in PEM nor in DER'
	head -c 10000000 /dev/zero | tr '\0' A >bad.csr
	refused 'more than 1 MiB'
	ask bad /CN=root
	resign bad 020100 020102
	refused 'a request of an unknown version'
	mkdir bad.csr
	refused 'not a regular file'
	mkfifo bad.csr
	refused 'not a regular file'
	ln -s /dev/zero bad.csr
	refused 'not a regular file'
	ln -s nowhere bad.csr
	refused 'No such file or directory'
	judge
}

@test "hostile names of files break neither text nor JSON" {
	local name=$'\e[2Jbad\n"\xff.csr'
	ask bad /CN=stranger
	mv bad.csr "$name"
	run -1 --separate-stderr topocert sign --json c.ini "$name" good.csr
	jq -e '.refused | length == 1' <<<"$output"
	# shellcheck disable=SC2154 # stderr comes from run
	case $stderr in
	*$'\e'* | *$'\n'*) return 1 ;;
	esac
	mv good.csr "$name"
	run -0 topocert sign -o other c.ini "$name"
	assert_output_has '\x1b[2Jbad\x0a"\xff.csr'
}
