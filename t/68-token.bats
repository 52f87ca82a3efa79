#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A CA whose key never leaves its token, here that of softhsm2, which Debian's
# OpenSSL 3.0 opens by the engine of libp11.

load common
load existing

MODULE=/usr/lib/softhsm/libsofthsm2.so
KEY='org.openssl.engine:pkcs11:pkcs11:token=%s;object=%s;type=private'

setup_file() {
	local name
	cd "$BATS_FILE_TMPDIR" || return
	mkdir tokens
	printf '%s\n' "directories.tokendir = $PWD/tokens" \
		'objectstore.backend = file' 'log.level = ERROR' >softhsm2.conf
	# shellcheck disable=SC2016 # that is for openssl.cnf
	printf '%s\n' 'openssl_conf = init' '[init]' 'engines = engines' \
		'[engines]' 'pkcs11 = pkcs11' '[pkcs11]' 'engine_id = pkcs11' \
		"MODULE_PATH = $MODULE" 'init = 0' \
		'[req]' 'distinguished_name = subject' '[subject]' \
		'[root]' 'basicConstraints = critical,CA:TRUE' \
		'keyUsage = critical,keyCertSign,cRLSign' \
		'subjectKeyIdentifier = hash' >openssl.cnf
	export SOFTHSM2_CONF=$PWD/softhsm2.conf OPENSSL_CONF=$PWD/openssl.cnf
	softhsm2-util --init-token --free --label vault --pin 471147 \
		--so-pin 815815
	token rsa:2048 one 01
	token EC:prime256v1 two 02
	for name in one two; do
		# shellcheck disable=SC2059 # it has the places
		openssl req -x509 -new -subj "/O=Org/CN=Token $name" \
			-days 5000 -extensions root -out $name.crt \
			-passin pass:471147 -key "$(printf "$KEY" vault $name)"
	done
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$BATS_FILE_TMPDIR"/*.crt .
	export PIN=471147
	# the engine of libp11 does not free all
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# token TYPE NAME ID: a key that is made in the token. By its ID, the public
# part of one of EC is found again.
token() {
	pkcs11-tool --module $MODULE --login --pin 471147 --token-label vault \
		--keypairgen --key-type "$1" --label "$2" --id "$3" >/dev/null
}

# topology_of NAME [LINE...]: c.ini with the CA of that name in the token.
topology_of() {
	# shellcheck disable=SC2059 # it has the places
	existing_topology "cert_file = $1.crt" \
		"key_file = $(printf "$KEY" vault "$1")" 'passphrase = env:PIN' \
		"${@:2}"
}

@test "CAs of RSA and of EC sign from within the token, as long as they are" {
	local name
	for name in one two; do
		rm -rf c
		topology_of $name
		run -0 topocert generate c.ini
		openssl verify -CAfile $name.crt c/hosts/node1/certs/node.crt \
			c/users/root/certs/client.root.crt
		run -0 topocert revoke c.ini node1
		run -0 topocert crl c.ini
		openssl crl -in c/ca/crl.pem -CAfile $name.crt -noout
		run -0 topocert generate c.ini
		run ! grep -rl 471147 c
		[ -z "$(find c -name ca.key)" ]
		unset PIN
		run -0 topocert verify c.ini
		run -0 topocert plan c.ini
		export PIN=471147
	done
}

@test "stock openssl ca works in the folder, with the same token" {
	topology_of one
	topocert generate -q c.ini
	cd c/ca
	openssl ca -config ca.conf -gencrl -passin env:PIN -out crl.pem
	openssl crl -in crl.pem -CAfile ca.crt -noout
}

@test "one in the token follows another" {
	topology_of one
	topocert generate -q c.ini
	topology_of two
	run -0 topocert rotate ca begin c.ini
	run -0 topocert rotate ca switch c.ini
	openssl verify -CAfile two.crt c/hosts/node1/certs/node.crt
	run -0 topocert rotate ca finish c.ini
	run -0 topocert crl c.ini
}

@test "a wrong PIN, a key that is not there, another one, and no engine" {
	topology_of one
	PIN=000000 refused 1 'object=one;type=private: no private key: the PIN'
	PIN='' refused 1 'c.ini:11: passphrase = env:PIN: it is empty'
	sed -i 's/object=one/object=three/' c.ini
	refused 1 'object=three;type=private: no private key: the PIN'
	sed -i 's/object=three/object=two/' c.ini
	refused 1 'object=two;type=private is not the key of ca.crt'
	sed -i 's/engine:pkcs11/engine:other/' c.ini
	refused 1 'key_file = org.openssl.engine:other:'
	[ ! -e c/ca ]
}
