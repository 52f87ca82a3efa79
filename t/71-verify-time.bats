#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify --at tells what will be broken, and when it was not yet.

load common
load verify

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology '[user carl]' 'days = 20'
	topocert generate --quiet -o good c.ini
	cp -a good c
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

day() {
	date -u -d "$1" +%F
}

@test "as of a day, or of a second" {
	verify_says 0 '4 certificates, 4 bundles: all as the topology says' \
		--at "$(day '+5 days')"
	verify_says 4 '1 fault in' --at "$(day '+40 days')"
	grep -x "users/carl/certs/client.carl.crt: expired on $(day '+20 days'): \
topocert generate mends it" said
	topocert verify --json --at 2027-01-02T03:04:05Z c.ini >json || true
	assert_equal "$(jq -r .at json)" 2027-01-02T03:04:05Z
	topocert verify --json --at 2027-01-02 c.ini >json || true
	assert_equal "$(jq -r .at json)" 2027-01-02T00:00:00Z
}

@test "it will be due for renewal before it ends" {
	verify_says 4 '1 fault in' --at "$(day '+15 days')"
	grep -E '^users/carl/certs/client.carl.crt: expires in [45] days, renew_before is 6: topocert generate mends it$' said
}

@test "what a new certificate would outlive has another mend" {
	verify_says 4 '4 faults in' --at "$(day '+6 years')"
	grep -xE "hosts/node1/certs/node.crt: expired on 20[-0-9]+: the CA in \
ca/ ends on 20[-0-9]+, before a new one would: topocert rotate ca, or fewer days" said
}

@test "the end of the CA is told once" {
	verify_says 4 '5 faults in' --at "$(day '+11 years')"
	assert_equal "$(grep -c 'the CA expired at' said)" 1
	grep -E '^ca/ca.crt: the CA expired at 20.*Z: topocert rotate ca$' said
}

@test "a CA that has expired makes no list any more, and none is missed" {
	topocert crl --quiet c.ini
	verify_says 4 '2 faults in' --at "$(day '+50 days')"
	grep '^ca/crl.pem: its nextUpdate .* is past: ' said
	verify_says 4 '5 faults in' --at "$(day '+11 years')"
	run -1 grep crl said
	rm -rf c
	cp -a good c
}

@test "a CA that the topology has no more may expire" {
	cp -a c/ca c/ca-former
	# its certificates were all replaced
	: >c/ca-former/index.txt
	rm c/ca-former/newcerts/*
	verify_says 4 '5 faults in' --at "$(day '+11 years')"
	run -1 grep ca-former said
	rm -r c/ca-former
}

@test "before it was made, nothing is valid yet" {
	verify_says 4 '1 fault in' --at 2020-01-01
	grep -E "^ca/ca.crt: the CA is valid only from 20.*Z: set this machine's clock$" said
}

@test "faketime and --at say the same" {
	faketime -f '+40d' "$TOPOCERT" verify c.ini >fake && false
	verify_says 4 '1 fault in' --at "$(day '+40 days')"
	diff fake said
}

@test "what is no date is wrong usage" {
	local date
	for date in 2027-02-30 2027-1-1 tomorrow '' 2027-01-01T00:00:00 \
		2027-01-01T24:00:00Z '2027-01-01 ' 1; do
		run -2 topocert verify --at "$date" c.ini
		assert_equal "$output" "topocert: verify: --at $date: wanted a \
date as 2027-03-01 or 2027-03-01T12:00:00Z"
	done
}

@test "--json says the same as the text, and --quiet nothing" {
	rm -rf d && cp -a c d
	mv c d2
	mv d c
	rm c/hosts/node1/certs/node.key c/ca/ca.key
	touch $'c/hosts/node1/certs/a\e[2Jb'
	run -4 topocert verify --quiet c.ini
	assert_equal "$output" ''
	topocert verify c.ini >text || [ $? -eq 4 ]
	grep -qxF 'hosts/node1/certs/a\x1b[2Jb: not part of the bundle: delete it' text
	topocert verify --json c.ini >json || [ $? -eq 4 ]
	jq -r '(.notes[] | "note: " + .file + ": " + .what),
		(.faults[] | .file + ": " + .what + ": " + .mend)' json |
		sed 's/\x1b/\\x1b/' | diff - <(sed '$d' text)
	assert_equal "$(jq -c '[.format, .command, .cluster, .directory,
		.interrupted, .certificates, .bundles]' json)" \
		'[1,"verify","c","c",false,4,4]'
	touch $'c/hosts/node1/certs/\xff"'
	topocert verify --json c.ini | jq -e '.faults | length == 3'
	rm -r c
	mv d2 c
}
