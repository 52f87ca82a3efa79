#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What becomes of certificates whose keys are on their hosts: generate never
# makes a key for them, whatever calls for a new one.

load common
load clock
load sign

node1=hosts/node1/certs/node.crt

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	signing_topology
	ask node1.node /CN=node -addext subjectAltName=DNS:node1,IP:10.0.0.11
	topocert sign --quiet c.ini node1.node.csr
	topocert generate --quiet c.ini
	cp c/$node1 before.crt
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# is_kept: the certificate of node1 is still the first one, and has no key here.
is_kept() {
	cmp before.crt c/$node1
	[ ! -e c/hosts/node1/certs/node.key ]
}

# is_renewed: it is another one, by the key of node1; verify and plan have nothing
# to say.
is_renewed() {
	run ! cmp before.crt c/$node1
	has_key_of c/$node1 node1.node.key
	[ ! -e c/hosts/node1/certs/node.key ]
	[ -e "c/ca/requests/$(openssl x509 -in c/$node1 -noout -serial |
		cut -d= -f2).csr" ]
	run -0 topocert verify c.ini
	run -0 topocert plan c.ini
}

# asks REASON: plan says why a request is wanted, and generate leaves it.
asks() {
	run -4 topocert plan c.ini
	assert_output_has "request  $node1  $1"
	assert_output_has '1 certificate needs a new request from its owner:'
	assert_output_has ' topocert sign takes it'
	run -0 topocert generate c.ini
	assert_output_has '1 certificate needs a new request from its owner:'
	is_kept
	run -4 topocert verify c.ini
	assert_output_has "$node1: $1"
	assert_output_has ': topocert sign takes a new request'
}

@test "when its names change, a request is wanted; the old key will do" {
	sed -i 's/10.0.0.11/&, 10.0.0.21/' c.ini
	asks 'names changed: +IP 10.0.0.21; its key is on its host'
	run -0 topocert sign c.ini node1.node.csr
	is_renewed
	openssl x509 -in c/$node1 -noout -checkip 10.0.0.21 | grep 'does match'
}

@test "when it is about to expire, a request is wanted" {
	signing_topology
	sed -i 's/^name = c$/&\ndays = 100\nrenew_before = 10/' c.ini
	at 0 sign --quiet -o o c.ini node1.node.csr
	at 0 generate --quiet -o o c.ini
	at $((91 * 86400)) plan --json -o o c.ini >plan.json || :
	assert_equal "$(planned hosts/node1)" \
		'request expires in 9 days, renew_before is 10; its key is on its host'
	at $((91 * 86400)) generate --quiet -o o c.ini
	assert_equal "$(at $((91 * 86400)) list --json -o o c.ini |
		jq -r --arg path $node1 '.certificates[] |
		select(.path == $path or .file == $path) | .status')" expiring
	at $((91 * 86400)) sign --quiet -o o c.ini node1.node.csr
	at $((91 * 86400)) plan -o o c.ini
}

@test "with reuse_key, the request on record is signed again" {
	sed -i 's/^\[host node1\]$/&\nreuse_key = yes/; s/10.0.0.11/&, 10.0.0.21/' \
		c.ini
	run -4 topocert plan c.ini
	assert_output_has "reissue  $node1  names changed: +IP 10.0.0.21"
	topocert generate --quiet c.ini
	is_renewed
	# but not where it asks for what is not granted any more
	cp c/$node1 before.crt
	sed -i 's/10.0.0.11, //' c.ini
	asks 'names changed: -IP 10.0.0.11; its key is on its host, and the old '
	assert_output_has 'request will not do: it asks for IP:10.0.0.11, not grant'
}

@test "what was revoked is never signed again by its key" {
	sed -i 's/^\[host node1\]$/&\nreuse_key = yes/' c.ini
	topocert revoke --quiet c.ini hosts/node1
	asks 'revoked; its key is on its host'
	[[ $output != *'old request'* ]]
	run -1 topocert sign c.ini node1.node.csr
	assert_output_has 'its key is that of a certificate that was revoked'
	is_kept
	new_key node1.node
	ask node1.node /CN=node
	topocert sign --quiet c.ini node1.node.csr
	is_renewed
}

@test "nor is it where only an earlier certificate by that key was revoked" {
	local serial
	serial=$(awk -F '\t' -v path=$node1 '$5 == path { print $4 }' \
		c/ca/index.txt)
	sed -i 's/10.0.0.11/&, 10.0.0.21/' c.ini
	topocert sign --quiet c.ini node1.node.csr
	topocert revoke --quiet c.ini "$serial"
	cp c/$node1 before.crt
	topocert rotate ca begin --quiet c.ini
	topocert rotate ca switch --quiet c.ini
	asks 'issuer replaced; its key is on its host, and the old request will '
	assert_output_has 'not do: its key was revoked'
}

@test "asked for by --renew, it takes a request, too" {
	run -4 topocert plan --renew hosts/node1 c.ini
	assert_output_has "request  $node1  asked for by --renew; its key is on its"
	topocert generate --quiet --renew 'hosts/*' c.ini
	is_kept
	sed -i 's/^\[host node1\]$/&\nreuse_key = yes/' c.ini
	topocert generate --quiet --renew node1 c.ini
	is_renewed
}

@test "a rotation signs the same key again" {
	local serial
	topocert rotate ca begin --quiet c.ini
	is_kept
	assert_equal "$(grep -c BEGIN c/hosts/node1/certs/ca.crt)" 2
	run -0 topocert verify c.ini
	serial=$(awk -F '\t' -v path=$node1 '$5 == path { print $4 }' \
		c/ca/index.txt)
	topocert rotate ca switch --quiet c.ini
	is_renewed
	cmp "c/ca/old/1/requests/$serial.csr" node1.node.csr
	assert_equal "$(cat c/ca/requests/*)" "$(<node1.node.csr)"
	openssl verify -CAfile c/ca/ca.crt c/$node1
	topocert rotate ca finish --quiet c.ini
	is_renewed
	# and again, with the request of that time
	topocert rotate ca begin --quiet c.ini
	topocert rotate ca switch --quiet c.ini
	topocert rotate ca finish --quiet c.ini
	is_renewed
	openssl verify -CAfile c/ca/ca.crt c/$node1
}

@test "a rotation leaves out what may not be signed again" {
	sed -i 's/10.0.0.11, //' c.ini
	topocert rotate ca begin --quiet c.ini
	run -0 topocert rotate ca switch c.ini
	assert_output_has '1 certificate needs a new request from its owner'
	is_kept
	[ ! -e c/ca/requests ]
	run -4 topocert plan c.ini
	assert_output_has "request  $node1  issuer replaced; its key is on its host"
	run -1 topocert rotate ca finish c.ini
	assert_output_has "$node1: signed by the former CA"
	ask node1.node /CN=node
	topocert sign --quiet c.ini node1.node.csr
	is_renewed
	topocert rotate ca finish --quiet c.ini
	is_renewed
}

@test "a request that was put in the place of the old one is not signed" {
	new_key other
	ask other /CN=node
	cp other.csr c/ca/requests/*.csr
	topocert rotate ca begin --quiet c.ini
	topocert rotate ca switch --quiet c.ini
	is_kept
	run -4 topocert plan c.ini
	assert_output_has 'the old request will not do: it is damaged'
	run -4 topocert verify c.ini
	assert_output_has '.csr: damaged, or not by the key of its certificate'
	cp node1.node.csr c/ca/old/1/requests/00.csr
	run -4 topocert verify c.ini
	assert_output_has 'old/1/requests/00.csr: index.txt has no such certificate'
}

@test "with a CA of its own, it is signed again by that one" {
	sed -i 's/^profile = .*/&\nsplit_ca = yes/' c.ini
	ask root /CN=root
	topocert sign --quiet -o o c.ini root.csr
	topocert generate --quiet -o o c.ini
	[ ! -e o/users/root/certs/client.root.key ]
	sed -i '/^split_ca/d' c.ini
	topocert generate --quiet -o o c.ini
	[ ! -e o/users/root/certs/client.root.key ]
	openssl verify -CAfile o/ca/ca.crt o/users/root/certs/client.root.crt
	has_key_of o/users/root/certs/client.root.crt root.key
	run -0 topocert plan -o o c.ini
}

@test "without its request on record, its key is made here again" {
	rm c/ca/requests/*.csr
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
	is_kept
	topocert generate --quiet --renew node1 c.ini
	has_key_of c/$node1 c/hosts/node1/certs/node.key
	run -0 topocert verify c.ini
}

@test "--prune revokes it as any other" {
	sed -i '/^\[host node1\]/,/^ip/d' c.ini
	topocert generate --prune --quiet c.ini
	assert_equal "$(cut -f 1,5 c/ca/index.txt | head -n 1)" R$'\t'$node1
	[ ! -e c/hosts/node1 ]
}
