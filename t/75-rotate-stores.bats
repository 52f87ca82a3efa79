#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rotations where hosts and users have trust stores in PKCS#12.

load common
load stock
load tree
load rotation
load servers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' '[cluster]' 'name = c' 'profile = kafka' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host b1]' 'ip = 10.0.0.11' '[user app]' >c.ini
}

# own_password: of all stores, in a file beside the topology.
own_password() {
	(umask 077 && echo correct-horse-battery >password)
	sed -i 's/^profile.*/&\nstore_password = password/' c.ini
}

# store_names FOLDER STORE: the common names of the certificates in it.
store_names() {
	openssl pkcs12 -in "$1/$2.p12" -passin "file:${password:-$1/store.password}" \
		-nokeys | sed -n 's/^subject=.*CN = //p' | paste -sd,
}

# assert_stores TRUSTED ISSUER: of host and user.
assert_stores() {
	local folder
	for folder in c/hosts/b1/certs c/users/app/certs; do
		assert_equal "$(store_names $folder truststore)" "$1"
		assert_equal "$(names $folder/ca.crt)" "$1"
		# the key store has the leaf and its chain, which is the root's
		openssl pkcs12 -in $folder/keystore.p12 \
			-passin "file:$folder/store.password" -nodes >all.pem
		verified $folder/ca.crt all.pem
		openssl x509 -in all.pem -noout -issuer | grep -F "CN = $2"
	done
}

@test "trust stores hold both CAs during a rotation, and key stores their leaf" {
	topocert generate -q c.ini
	assert_stores 'c CA' 'c CA'
	cp c/hosts/b1/certs/broker.crt leaf
	rotate begin -q
	assert_stores 'c CA G2,c CA' 'c CA'
	cmp leaf c/hosts/b1/certs/broker.crt
	rotate switch -q
	assert_stores 'c CA G2,c CA' 'c CA G2'
	run ! cmp leaf c/hosts/b1/certs/broker.crt
	rotate finish -q
	assert_stores 'c CA G2' 'c CA G2'
	run -0 topocert plan c.ini
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
}

# keytool FOLDER: how many certificates Java trusts there.
java_trusts() {
	keytool -J-Duser.language=en -list -keystore "$1/truststore.p12" \
		-storepass:file "$1/store.password" |
		grep -c trustedCertEntry
}

@test "Java trusts both CAs of such a store" {
	need keytool
	topocert generate -q c.ini
	rotate begin -q
	assert_equal "$(java_trusts c/hosts/b1/certs)" 2
	rotate switch -q
	rotate finish -q
	assert_equal "$(java_trusts c/users/app/certs)" 1
}

@test "without keys here, stores with a generated password need new leaves" {
	topocert generate -q c.ini
	cp c/hosts/b1/certs/broker.crt leaf
	rm -r c/hosts c/users
	run -0 rotate begin
	assert_output_has 'issued 2 certificates'
	assert_output_has 'and its key is not here any more'
	assert_stores 'c CA G2,c CA' 'c CA'
	run ! cmp leaf c/hosts/b1/certs/broker.crt
	verified c/hosts/b1/certs/ca.crt leaf
}

@test "without keys here, stores with a password of one's own come alone" {
	local password=password
	own_password
	topocert generate -q c.ini
	rm -r c/hosts c/users
	run -0 rotate begin
	assert_output_has 'packed 2 bundles anew, kept 2'
	assert_equal "$(tar -tf c/hosts/b1.tar.gz | paste -sd' ')" \
		'CONFIG.txt certs/ certs/ca.crt certs/truststore.p12'
	assert_equal "$(store_names c/hosts/b1/certs truststore)" 'c CA G2,c CA'
	rotate switch -q
	assert_equal "$(store_names c/users/app/certs keystore)" 'app,c CA G2'
}
