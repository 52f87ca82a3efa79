#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where to ask about revoked certificates stands in all that a CA signs, and
# "openssl ocsp" answers there, from the CA's folder.

load common
load cockroachdb
load servers
load topologies

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	variant c.ini 'split_ca = yes'
	sed -i '/^\[ca\]/r /dev/stdin' c.ini <<-'END'
		ocsp = http://127.55.0.1:8055, http://ocsp.example.com/nodes
		crl = http://pki.example.com/c.crl,
		  http://mirror.example.com/c.crl
		ca_issuers = http://pki.example.com/c.cer
	END
	cat >>c.ini <<-'END'
		[ca client]
		key = ec:P-256
		ocsp = http://127.55.0.1:8055/clients
	END
	topocert generate --quiet c.ini
	start ocsp openssl ocsp -port 8055 -index c/ca/index.txt \
		-CA c/ca/ca.crt -rsigner c/ca/ca.crt -rkey c/ca/ca.key
	until_ready ocsp grep ACCEPT ocsp.log
}

teardown_file() {
	stop_all
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# addresses FILE: those in the certificate, as OpenSSL shows them.
addresses() {
	openssl x509 -in "$1" -noout \
		-ext authorityInfoAccess,crlDistributionPoints |
		sed -n 's/^ *\(.*URI:.*\)/\1/p'
}

# ask NODE OPTION...: at the first address in its certificate.
ask() {
	local file=c/hosts/$1/certs/node.crt uri
	uri=$(openssl x509 -in "$file" -noout -ocsp_uri | head -n 1)
	openssl ocsp -issuer c/ca/ca.crt "${@:2}" -cert "$file" \
		-CAfile c/ca/ca.crt -url "$uri" 2>&1
}

# assert_answer NODE STATUS: asked with SHA-1, as is usual, and with SHA-256, as
# CockroachDB does.
assert_answer() {
	local digest
	for digest in -sha1 -sha256; do
		run -0 ask "$1" $digest
		assert_output_has 'Response verify OK'
		assert_output_has "c/hosts/$1/certs/node.crt: $2"
	done
}

@test "the addresses of a CA are in all that it signs, and in nothing else" {
	local file
	for file in c/hosts/node{1,2}/certs/node.crt; do
		assert_equal "$(addresses "$file")" "\
OCSP - URI:http://127.55.0.1:8055
OCSP - URI:http://ocsp.example.com/nodes
CA Issuers - URI:http://pki.example.com/c.cer
URI:http://pki.example.com/c.crl
URI:http://mirror.example.com/c.crl"
	done
	for file in c/hosts/node{1,2}/certs/client.node.crt \
		c/users/maxroach/certs/client.maxroach.crt; do
		assert_equal "$(addresses "$file")" \
			'OCSP - URI:http://127.55.0.1:8055/clients'
	done
	for file in c/ca/ca.crt c/ca-client/ca.crt; do
		assert_equal "$(addresses "$file")" ''
	done
}

@test "the responder says good, and of a revoked certificate revoked" {
	local serial
	assert_answer node1 good
	assert_answer node2 good
	serial=$(openssl x509 -in c/hosts/node2/certs/node.crt -noout -serial)
	(cd c/ca && openssl ca -config ca.conf \
		-revoke "newcerts/${serial#*=}.pem" -crl_reason keyCompromise)
	assert_answer node1 good
	assert_answer node2 revoked
	assert_output_has 'Reason: keyCompromise'
}

@test "another address is a reason to issue again, for that CA alone" {
	local before
	cp -r c moved
	sed 's/8055,/8056,/' c.ini >moved.ini
	before=$(sha256sum moved/hosts/*/certs/client.node.* \
		moved/users/*/certs/*)
	run -4 topocert plan -o moved moved.ini
	assert_output_has 'hosts/node1/certs/node.crt  OCSP address is '\
'http://127.55.0.1:8055, wanted http://127.55.0.1:8056'
	assert_output_has ' 0 to issue, 2 to reissue, 3 to keep'
	topocert generate --quiet -o moved moved.ini
	run -0 addresses moved/hosts/node1/certs/node.crt
	assert_output_has 'OCSP - URI:http://127.55.0.1:8056'
	assert_equal "$(sha256sum moved/hosts/*/certs/client.node.* \
		moved/users/*/certs/*)" "$before"
	topocert plan -o moved moved.ini
}

@test "addresses that are added or taken away are reasons, too" {
	cp -r c less
	sed '/crl =/,/mirror/d' c.ini >less.ini
	run -4 topocert plan -o less less.ini
	assert_output_has 'hosts/node1/certs/node.crt  CRL address is '\
'http://pki.example.com/c.crl, wanted none'
	sed 's/^ca_issuers.*/&, http:\/\/mirror.example.com\/c.cer/' c.ini \
		>more.ini
	run -4 topocert plan -o less more.ini
	assert_output_has "hosts/node1/certs/node.crt  address of the CA's \
certificate is not there, wanted http://mirror.example.com/c.cer"
}

@test "addresses that are none, and of a CA that there is not" {
	cd "$BATS_TEST_TMPDIR"
	refuse_table 3 <<-'END'
		[user x]
		[ca client]
		! [ca client]: there is no such CA with these options; wanted [ca]

		[cluster]
		name = c
		profile = cockroachdb
		[ca]
		ocsp = ocsp.example.com
		! ocsp = ocsp.example.com: not an absolute URI: wanted SCHEME:REST, as in spiffe://example.com/node1
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		[ca]
		crl = http://x/a b
		! crl = http://x/a b: character not allowed in a URI: wanted letters, digits, %XX and -._~:/?@!&()*+=
		[host n1]
	END
}
