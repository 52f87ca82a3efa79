#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# RSA keys of the default generator, seen by OpenSSL and by Go. TOPOCERT_KEYS
# says how many; make check-life has more, and TOPOCERT_KEYS=20000 the whole.

load common

setup_file() {
	command -v go >/dev/null || return 0
	cd "$BATS_FILE_TMPDIR" || return
	GO111MODULE=off GOENV=off GOFLAGS='' GOCACHE=$PWD/cache GOPATH=$PWD/go \
		go build -o keys "$SRCDIR"/t/keys/*.go
}

# users N KEY [LINE]: c.ini, with as many users who have such a key each.
users() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = redis' "${@:3}" \
		"key = $2" '[ca]' 'key = ec:P-256' "[user u{1..$1}]" >c.ini
}

needs_go() {
	command -v go >/dev/null || skip 'no go'
}

# keys: the names of all keys that were made, a line each.
keys() {
	find c/users -name '*.key' | sort
}

# judge BITS: by Go, all keys that were made.
judge() {
	keys | "$BATS_FILE_TMPDIR/keys" "$1"
}

# The limits that the spread has to keep to are in keys/spread.go.
@test "keys are valid, all distinct, and their primes are spread as they should be" {
	needs_go
	users "${TOPOCERT_KEYS:-60}" rsa:2048
	topocert generate --quiet c.ini
	run -0 judge 2048
	assert_output_has "${TOPOCERT_KEYS:-60} keys"
	echo "# ${output//$'\n'/$'\n# '}" >&3
	# EVP_PKEY_check()
	keys | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} \
		openssl pkey -in {} -check -noout >checked
	assert_equal "$(grep -cx 'Key is valid' checked)" \
		"${TOPOCERT_KEYS:-60}"
}

@test "openssl finds nothing wrong with them, of whatever length" {
	needs_go
	local bits file
	for bits in 2048 3072 4096; do
		rm -rf c
		users 2 rsa:$bits
		topocert generate --quiet c.ini
		for file in c/users/*/certs/*.key; do
			run -0 openssl pkey -in "$file" -check -noout
			assert_output_has 'Key is valid'
			openssl rsa -in "$file" -check -noout
			openssl pkey -in "$file" -noout -text |
				grep -q "Private-Key: ($bits bit, 2 primes)"
		done
		run -0 judge $bits
	done
}

@test "a length that is no multiple of 64 is OpenSSL's" {
	users 1 rsa:2050
	topocert generate --quiet c.ini
	run -0 openssl pkey -in c/users/u1/certs/*.key -check -noout
}

# seconds COMMAND...: of CPU, in hundredths.
cpu() {
	local TIMEFORMAT=%U
	{ time "$@" >&2; } 2>&1 | tr -d .
}

@test "keygen = openssl leaves the search to OpenSSL, which takes its time" {
	needs_go
	local ours theirs
	users 12 rsa:2048
	ours=$(cpu topocert generate --quiet c.ini)
	run -0 judge 2048
	rm -r c
	users 12 rsa:2048 'keygen = openssl'
	theirs=$(cpu topocert generate --quiet c.ini)
	run -0 judge 2048
	echo "$ours $theirs"
	[ "$((10#$theirs))" -gt "$((2 * 10#$ours))" ]
	rm -r c
	users 12 rsa:2048 'keygen = topocert'
	topocert generate --quiet c.ini
	users 1 rsa:2048 'keygen = OpenSSL'
	run -3 topocert plan c.ini
	assert_output_has 'c.ini:4: keygen = OpenSSL: wanted topocert or openssl'
}

@test "two runs have no key in common" {
	needs_go
	users 5 rsa:2048
	topocert generate --quiet c.ini
	mv c first
	topocert generate --quiet c.ini
	mv first/users/u1 c/users/v1
	mv first/users/u2 c/users/v2
	run -0 judge 2048
	assert_output_has '7 keys'
}

@test "a signal ends the search" {
	users 1 rsa:16384
	run -124 timeout 2 "$TOPOCERT" generate c.ini
	[ ! -e c/users ]
}
