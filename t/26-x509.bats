#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is in the certificates of the example, as OpenSSL reads them.

load common
load stock

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	date +%s >before
	topocert generate --quiet -o o "$EXAMPLE"
	date +%s >after
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	leaves=(o/hosts/node{1..3}/certs/node.crt
		o/users/root/certs/client.root.crt
		o/users/maxroach/certs/client.maxroach.crt)
}

@test "strict verification accepts every certificate for its purposes" {
	openssl verify -x509_strict -CAfile o/ca/ca.crt o/ca/ca.crt
	openssl verify -x509_strict -CAfile o/ca/ca.crt -purpose sslclient \
		"${leaves[@]}"
	openssl verify -x509_strict -CAfile o/ca/ca.crt -purpose sslserver \
		"${leaves[@]:0:3}"
	run -2 openssl verify -CAfile o/ca/ca.crt -purpose sslserver \
		"${leaves[3]}"
	assert_output_has 'unsuitable certificate purpose'
}

@test "leaves are version 3 with key identifiers and CA:FALSE" {
	local file wanted
	for file in "${leaves[@]}"; do
		run -0 openssl x509 -in "$file" -noout -text
		for wanted in 'Version: 3 (0x2)' CA:FALSE \
			'X509v3 Subject Key Identifier:' \
			'X509v3 Authority Key Identifier:'; do
			assert_output_has "$wanted"
		done
		assert_equal "$(sed -n 's/^ *X509v3 \(.*\): critical$/\1/p' \
			<<<"$output" | sort)" $'Basic Constraints\nKey Usage'
		assert_equal "$(grep -c ': critical' <<<"$output")" 2
	done
}

@test "the CA signs certificates and CRLs, and does nothing else" {
	run -0 openssl x509 -in o/ca/ca.crt -noout \
		-ext basicConstraints,keyUsage
	assert_equal "$output" "X509v3 Basic Constraints: critical
    CA:TRUE, pathlen:0
X509v3 Key Usage: critical
    Certificate Sign, CRL Sign"
}

@test "notBefore is 24 hours ago, notAfter the lifetime from now" {
	local file start days
	for file in o/ca/ca.crt "${leaves[@]}"; do
		start=$(x509_date "$file" start %s)
		[ $((start + 86400)) -ge "$(cat before)" ]
		[ $((start + 86400)) -le "$(cat after)" ]
		days=1830
		[ "$file" != o/ca/ca.crt ] || days=3660
		assert_equal "$(x509_date "$file" end %s)" \
			$((start + (days + 1) * 86400))
	done
}

@test "serial numbers are positive, of 16 octets, and differ" {
	local file
	for file in o/ca/ca.crt "${leaves[@]}"; do
		x509_serial "$file"
	done >"$BATS_TEST_TMPDIR/serials"
	run -0 sort -u "$BATS_TEST_TMPDIR/serials"
	assert_equal "$(grep -cE '^[0-7][0-9A-F]{31}$' <<<"$output")" 6
	assert_equal "${#lines[@]}" 6
}
