#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# CAs below CAs: the root's key is needed on the first day only, and whoever
# trusts the root verifies all, seen with stock openssl.

load common
load tree
load rotation

# What the CAs are, in front of two hosts and a user.
two_tiers() {
	small_topology
	sed -i 's/^\[ca\]/[ca root]\nkey = ec:P-384\n[ca issuing]\nissuer = root/' \
		c.ini
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	two_tiers
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# chained CAS FILE...: each file proves itself to who has CAS alone, by
# the certificates that follow the first in it.
chained() {
	local file
	for file in "${@:2}"; do
		verified "$1" -untrusted "$file" -crl_check_all \
			-CRLfile lists.pem "$file" || return
	done
}

# all_chained: what each host trusts verifies what each other one shows.
all_chained() {
	local trust file
	find_leaves
	for trust in c/hosts/*/certs/ca.crt c/users/*/certs/ca.crt; do
		# shellcheck disable=SC2154 # set by find_leaves
		for file in "${leaves[@]}"; do
			verified "$trust" -untrusted "$file" "$file" || return
		done
	done
}

# without_root COMMAND...: while its key is somewhere else.
without_root() {
	mv c/ca-root/ca.key away
	"$@"
	mv away c/ca-root/ca.key
}

# extension FILE NAME
extension() {
	openssl x509 -in "$1" -noout -ext "$2" | sed 1d | xargs
}

@test "hosts trust the root, and show the CA in between" {
	local file
	find_leaves
	for file in c/{hosts,users}/*/certs/ca.crt; do
		cmp "$file" c/ca-root/ca.crt
	done
	for file in "${leaves[@]}"; do
		assert_equal "$(names "$file" | cut -d, -f2-)" \
			'Cockroach Issuing CA'
		run ! verified c/ca-root/ca.crt "$file"
	done
	all_chained
	assert_equal "$(names c/ca-issuing/ca.crt)" \
		'Cockroach Issuing CA,Cockroach Root CA'
	assert_equal "$(extension c/ca-root/ca.crt basicConstraints)" \
		'CA:TRUE, pathlen:1'
	assert_equal "$(extension c/ca-issuing/ca.crt basicConstraints)" \
		'CA:TRUE, pathlen:0'
	[ ! -e c/ca ]
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
}

@test "the root's own database knows what it signed" {
	local serial
	serial=$(openssl x509 -in c/ca-issuing/ca.crt -noout -serial)
	serial=${serial#*=}
	assert_equal "$(cut -f 1,4,5 c/ca-root/index.txt)" \
		"V	$serial	ca-issuing/ca.crt"
	openssl x509 -in c/ca-issuing/ca.crt |
		cmp - "c/ca-root/newcerts/$serial.pem"
	run -0 topocert list c.ini
	assert_equal "$(grep -c 'CA ca-' <<<"$output")" 2
}

@test "openssl req and ca make the same certificate of that CA" {
	cd c/ca-root
	openssl req -new -config ../ca-issuing/ca.conf \
		-key ../ca-issuing/ca.key -out ../request
	cp index.txt index.old
	cut -f 4 index.old >serial.txt
	: >index.txt
	openssl ca -batch -config ca.conf -extensions signing_ca_issuing \
		-startdate "$(date_of startdate ../ca-issuing/ca.crt)" \
		-enddate "$(date_of enddate ../ca-issuing/ca.crt)" \
		-notext -in ../request -out ../certificate 2>/dev/null
	unsigned ../certificate >../theirs
	unsigned ../ca-issuing/ca.crt | diff ../theirs -
}

# date_of WHICH FILE: as openssl ca wants it.
date_of() {
	date -u -d "$(openssl x509 -in "$2" -noout "-$1" | cut -d= -f2)" \
		+%Y%m%d%H%M%SZ
}

# unsigned FILE: all that ECDSA does not draw anew.
unsigned() {
	openssl x509 -in "$1" -outform DER | openssl asn1parse -inform DER \
		-strparse 4 | sed 's/^ *[0-9]*:d=/d=/'
}

@test "without the root's key all goes on but the signing of CAs" {
	without_root day_after
}

day_after() {
	local old
	echo '[host node3]' >>c.ini
	old=$(sha256sum <c/hosts/node1/certs/node.crt)
	run -0 topocert generate c.ini
	run -0 topocert generate --quiet --renew node1 c.ini
	[ "$old" != "$(sha256sum <c/hosts/node1/certs/node.crt)" ]
	cp c/hosts/node2/certs/node.crt revoked.crt
	topocert revoke --quiet c.ini node2
	run -0 topocert crl c.ini
	assert_output_has 'ca-root  none made: its key is not here'
	topocert generate --quiet c.ini
	all_chained
	verified c/ca-root/ca.crt -untrusted c/ca-issuing/ca.crt -crl_check \
		-CRLfile c/ca-issuing/crl.pem c/hosts/node2/certs/node.crt
	run ! verified c/ca-root/ca.crt -untrusted c/ca-issuing/ca.crt \
		-crl_check -CRLfile c/ca-issuing/crl.pem revoked.crt
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
	assert_output_has 'note: ca-root/ca.key: not here'
	snapshot c >before
	run -1 rotate begin --ca issuing
	assert_output_has 'c/ca-root/ca.key: No such file or directory: signing needs it'
	snapshot c | diff before -
}

@test "lists of both CAs serve who checks the whole chain" {
	find_leaves
	topocert crl --quiet c.ini
	cat c/ca-*/crl.pem >lists.pem
	chained c/ca-root/ca.crt "${leaves[@]}"
	openssl crl -in c/ca-root/crl.pem -noout -nextupdate |
		grep "$(date -u -d '+365 days' +%Y)"
	topocert revoke --quiet c.ini ca-issuing/ca.crt
	topocert crl --quiet c.ini
	cat c/ca-*/crl.pem >lists.pem
	run ! chained c/ca-root/ca.crt "${leaves[0]}"
	assert_output_has 'certificate revoked'
}

@test "the CA below is rotated, and hosts need not hear of it before" {
	local stage
	sha256sum c/*/*.tar.gz >bundles
	run -0 rotate begin --ca issuing
	assert_output_has 'nothing has to be uploaded'
	sha256sum --quiet -c bundles
	for stage in switch finish; do
		rotate "$stage" --ca issuing >/dev/null
		all_chained
		run -0 topocert verify c.ini
		run -0 topocert plan c.ini
	done
	find_leaves
	assert_equal "$(names "${leaves[0]}")" 'node,Cockroach Issuing CA G2'
	assert_equal "$(grep -c ^V c/ca-root/index.txt)" 2
}

@test "a next CA that is given up is revoked by the root" {
	rotate begin --ca issuing >/dev/null
	rotate abort --ca issuing >/dev/null
	assert_equal "$(cut -f 1 c/ca-root/index.txt | paste -sd,)" V,R
	run -0 topocert verify c.ini
}

@test "the root is rotated, and the CA below keeps its key" {
	local stage before after
	find_leaves
	cat "${leaves[@]}" >all
	before=$(openssl x509 -in c/ca-issuing/ca.crt -noout -pubkey)
	cp c/ca-root/ca.crt old.crt
	rotate begin --ca root >/dev/null
	assert_equal "$(names c/hosts/node1/certs/ca.crt)" \
		'Cockroach Root CA G2,Cockroach Root CA'
	all_chained
	run -0 topocert verify c.ini
	run -0 rotate switch --ca root
	assert_output_has 'signed the CA "Cockroach Issuing CA" anew'
	all_chained
	run -0 topocert verify c.ini
	rotate finish --ca root >/dev/null
	all_chained
	run -0 topocert verify c.ini
	run -0 topocert plan c.ini
	assert_equal "$(names c/hosts/node1/certs/ca.crt)" \
		'Cockroach Root CA G2'
	after=$(openssl x509 -in c/ca-issuing/ca.crt -noout -pubkey)
	assert_equal "$after" "$before"
	run ! verified old.crt -untrusted "${leaves[0]}" "${leaves[0]}"
	# the certificates themselves are the same
	for leaf in "${leaves[@]}"; do
		openssl x509 -in "$leaf" >one
		grep -qxF "$(sed -n 2p one)" all
	done
}

@test "where keys are gone, bundles still get the new CAs" {
	rotate begin --ca root >/dev/null
	rm -r c/hosts/node1 c/hosts/node1.tar.gz
	rotate switch --ca root >/dev/null
	assert_equal "$(tar -tzf c/hosts/node1.tar.gz | sort | paste -sd' ')" \
		'CONFIG.txt certs/ certs/ca.crt certs/node.crt'
	rotate finish --ca root >/dev/null
	all_chained
	run -0 topocert verify c.ini
}

@test "a CA ends no later than the one above it" {
	two_tiers
	sed -i 's/^\[ca root\]/&\ndays = 100/; s/^\[cluster\]/&\ndays = 90/' c.ini
	topocert generate --quiet -o d c.ini
	assert_equal "$(openssl x509 -in d/ca-issuing/ca.crt -noout -enddate)" \
		"$(openssl x509 -in d/ca-root/ca.crt -noout -enddate)"
	sed -i 's/^issuer/days = 101\n&/' c.ini
	run -1 topocert generate --quiet -o e c.ini
	assert_output_has 'days = 101: the CA above, in ca-root/, ends on '
	[ ! -e e/ca-root ]
}

@test "a root may have several CAs below it, and those CAs of their own" {
	small_topology '[ca client]' 'key = ec:P-256' 'issuer = policy' \
		'[ca root]' 'key = ed25519' \
		'[ca policy]' 'key = ec:P-384' 'issuer = root'
	sed -i 's/^\[ca\]/&\nissuer = root/; s/^profile.*/&\nsplit_ca = yes/' c.ini
	topocert generate --quiet -o d c.ini
	run -0 topocert plan -o d c.ini
	run -0 topocert verify -o d c.ini
	assert_equal "$(extension d/ca-root/ca.crt basicConstraints)" \
		'CA:TRUE, pathlen:2'
	assert_equal "$(names d/users/root/certs/client.root.crt)" \
		'root,Cockroach Client CA,Cockroach Policy CA'
	verified d/ca-root/ca.crt -untrusted d/users/root/certs/client.root.crt \
		d/users/root/certs/client.root.crt
}

# refused TEXT: this topology, with status 3.
refused() {
	run -3 topocert plan -o none c.ini
	assert_output_has "$1"
}

# cas LINE...: after the section [ca].
cas() {
	small_topology
	printf '%s\n' "$@" >lines
	sed -i '/^\[ca\]/{n;r lines
	}' c.ini
}

@test "CAs that do not fit together are refused" {
	cas 'issuer = nobody'
	refused 'c.ini:7: issuer = nobody: there is no [ca nobody]'
	cas 'issuer = one' '[ca one]' 'issuer = two' '[ca two]' 'issuer = one'
	refused 'c.ini:11: issuer = one: this CA would be above itself'
	cas 'issuer = root' '[ca root]' 'external = yes'
	refused 'c.ini:7: issuer = root: that CA is external'
	cas '[ca root]'
	refused 'c.ini:7: [ca root]: there is no such CA in the profile'
	cas '[ca ../x]' '[ca a]' 'issuer = ../x'
	refused 'c.ini:7: [ca ../x]: '
	cas 'issuer = ' '[ca root]'
	refused 'c.ini:7: issuer'
}

@test "a lost root is told, not made anew" {
	mv c/ca-root .
	snapshot c >before
	run -1 topocert generate c.ini
	assert_output_has 'c/ca-root: missing, but it signed the CA in ca-issuing/: put it back'
	snapshot c | diff before -
}

@test "a CA that signed itself is replaced by one below a root" {
	local stage
	small_topology
	topocert generate --quiet -o d c.ini
	sed -i 's/^\[ca\]/[ca root]\nkey = ec:P-256\n&\nissuer = root/' c.ini
	topocert generate --quiet -o d c.ini
	for stage in begin switch finish; do
		topocert rotate ca "$stage" --ca ca --quiet -o d c.ini
		verified d/hosts/node1/certs/ca.crt \
			-untrusted d/hosts/node2/certs/node.crt \
			d/hosts/node2/certs/node.crt
		run -0 topocert verify -o d c.ini
	done
	assert_equal "$(names d/hosts/node1/certs/ca.crt)" 'Cockroach Root CA'
	assert_equal "$(names d/hosts/node1/certs/node.crt)" \
		'node,Cockroach CA G2'
}
