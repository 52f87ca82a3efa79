#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The PKCS#12 stores of the profile kafka, seen by keytool and by openssl.

load common
load servers

write_topology() {
	cat <<-END
		[cluster]
		name = c
		profile = kafka
		key = ec:P-256
		[ca]
		key = ec:P-256
		[host modern]
		[host old]
		java8 = yes
		[user alice]
		[user bob]
		java8 = yes
		[user carol]
		pem = yes
		[user dave]
		store_password = secret.txt
	END
}

setup_file() {
	local name
	have keytool openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	install -m 0600 <(echo 'our-own-password') secret.txt
	topocert generate --quiet -o o c.ini
	for name in modern old; do
		unpack o/hosts/$name.tar.gz $name
	done
	for name in alice bob carol dave; do
		unpack o/users/$name.tar.gz $name
	done
}

setup() {
	need keytool openssl
	cd "$BATS_FILE_TMPDIR" || return
}

# list FILE [PASSWORD-FILE]: what keytool says of a store, by the password
# beside it.
list() {
	LC_ALL=C keytool -list -storetype PKCS12 -keystore "$1" \
		-storepass:file "${2:-${1%/*}/store.password}" 2>&1
}

@test "keytool sees a key in the key stores and trust in the trust stores" {
	local name
	for name in modern old alice bob; do
		run -0 list $name/certs/keystore.p12
		assert_output_has 'contains 1 entry'
		assert_output_has PrivateKeyEntry
		run -0 list $name/certs/truststore.p12
		assert_output_has 'contains 1 entry'
		assert_output_has trustedCertEntry
	done
}

@test "the stores of today are AES-256 and SHA-256, the others 3DES and SHA-1" {
	local store
	for store in modern/certs/{key,trust}store.p12; do
		run -0 openssl pkcs12 -info -noout -in "$store" \
			-passin file:modern/certs/store.password
		assert_output_has 'MAC: sha256'
		assert_output_has 'PBES2, PBKDF2, AES-256-CBC'
		[[ $output != *3-KeyTripleDES* ]]
	done
	for store in old/certs/{key,trust}store.p12; do
		run -0 openssl pkcs12 -legacy -info -noout -in "$store" \
			-passin file:old/certs/store.password
		assert_output_has 'MAC: sha1'
		assert_output_has 'pbeWithSHA1And3-KeyTripleDES-CBC'
		[[ $output != *PBES2* ]]
	done
}

@test "a password is in one file, that only its owner reads" {
	local name password
	for name in modern old alice bob; do
		password=$(<"$name/certs/store.password")
		[[ $password =~ ^[A-Za-z0-9]{32}$ ]]
		assert_equal "$(stat -c %a $name/certs/store.password)" 600
		assert_equal "$(grep -rlF -- "$password" o $name)" \
			"$(printf '%s\n' o/*/$name/certs/store.password \
				$name/certs/store.password)"
	done
	[ ! -e carol/certs/store.password ]
	run ! cmp alice/certs/store.password bob/certs/store.password
}

@test "another password is refused" {
	run -1 list alice/certs/keystore.p12 bob/certs/store.password
	assert_output_has 'keystore password was incorrect'
	run -1 list alice/certs/truststore.p12 bob/certs/store.password
	assert_output_has 'keystore password was incorrect'
}

@test "a password that is given in a file is that of the stores" {
	run -0 list dave/certs/keystore.p12 secret.txt
	assert_output_has PrivateKeyEntry
	run -0 list dave/certs/truststore.p12 secret.txt
	assert_output_has trustedCertEntry
	run -1 grep -rlF our-own-password o dave
	assert_equal "$output" ''
	grep 'put it there as store.password' dave/CONFIG.txt
	run -1 grep 'put it there' alice/CONFIG.txt
}
