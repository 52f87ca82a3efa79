#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Topology and seed give the same tree, wherever and by whomever.

load common
load seed

teardown() {
	[ -z "${elsewhere-}" ] || rm -rf "$elsewhere"
}

# as_other COMMAND...: as another user, in a folder on another file system
# where there is one.
as_other() {
	elsewhere=$(mktemp -d /dev/shm/topocert.XXXXXX) ||
		elsewhere=$(mktemp -d)
	cp c.ini s.seed "$elsewhere"
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$elsewhere"
		(cd "$elsewhere" && setpriv --reuid=65534 --regid=65534 \
			--clear-groups "$@")
	else
		(cd "$elsewhere" && "$@")
	fi
}

# the_same: what a second machine would make of c.ini, too.
the_same() {
	topocert generate -q --jobs 1 c.ini
	as_other env TZ=Asia/Tokyo LC_ALL=C LANG=tr_TR.UTF-8 HOME=/nowhere \
		sh -c 'umask 077; exec "$TOPOCERT" generate -q --jobs 3 c.ini'
	same_trees c "$elsewhere/c"
	rm -rf "$elsewhere"
	# and later
	faketime -f '+400d' "$TOPOCERT" generate -q -o later --jobs 2 c.ini
	same_trees c later
}

@test "the same tree for Ed25519, by another user, elsewhere, and later" {
	seeded_topology ed25519 '[host node{3..12}]' 'ip = 10.0.1.{3..12}'
	the_same
}

@test "for EC, with signatures that need random numbers" {
	seeded_topology ec:P-256
	the_same
}

@test "for RSA" {
	seeded_topology rsa:2048
	the_same
}

@test "for RSA by OpenSSL's generator, and curves that RFC 9180 does not have" {
	seeded_topology rsa:2048 '[user other]' 'key = ec:secp256k1' \
		'[user third]' 'key = ec:P-521' '[user fourth]' 'key = ed448'
	sed -i 's/^name = c/&\nkeygen = openssl/' c.ini
	the_same
}

@test "with CAs below CAs, a protected key, key stores and their passwords" {
	seeded_topology ec:P-256
	sed -i -e 's/cockroachdb/kafka/' \
		-e 's/^\[ca\]/&\nissuer = root\npassphrase = env:PASS/' c.ini
	printf '%s\n' '[ca root]' 'key = rsa:2048' >>c.ini
	PASS=correct-horse the_same
	find c -name '*.p12' | grep -q .
	PASS=correct-horse run -0 topocert verify --regenerate c.ini
}

@test "with SOURCE_DATE_EPOCH in the place of not_before" {
	seeded_topology ec:P-256
	sed -i /not_before/d c.ini
	SOURCE_DATE_EPOCH=1793491200 the_same
}

@test "without a seed no key and no serial number is there twice" {
	seeded_topology ec:P-256
	sed -i '/not_before/d; /seed_file/d' c.ini
	topocert generate -q -o a c.ini
	topocert generate -q -o b c.ini
	assert_equal "$(cat {a,b}/ca/ca.key {a,b}/*/*/certs/*.key |
		grep -v -e ----- | sort -u | wc -l)" \
		"$(cat {a,b}/ca/ca.key {a,b}/*/*/certs/*.key |
			grep -vc -e -----)"
	assert_equal "$(cut -f4 {a,b}/ca/index.txt | sort -u | wc -l)" 6
}

@test "given CA, keys and clock, a bundle that is packed anew is the same" {
	seeded_topology ec:P-256
	sed -i '/not_before/d; /seed_file/d' c.ini
	export SOURCE_DATE_EPOCH=1793491200
	topocert generate -q c.ini
	cp -r c d
	sed 's/^\[cluster\]/&\ndirectory = elsewhere/' c.ini >other.ini
	TZ=Asia/Tokyo topocert render -q -o c other.ini
	(umask 077 && LC_ALL=C topocert render -q -o d other.ini)
	same_trees c d
}
