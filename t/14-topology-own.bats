#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Settings of single hosts and users, and profiles of one's own.

load common
load topologies
load profiles

# seconds FIELD FILE: a date of the certificate FILE, since 1970.
seconds() {
	date -d "$(openssl x509 -in "$2" -noout "-$1" | cut -d= -f2)" +%s
}

# lifetime FILE: how long the certificate is valid, "DAYS HOURS".
lifetime() {
	local span
	span=$(($(seconds enddate "$1") - $(seconds startdate "$1")))
	echo "$((span / 86400)) $((span % 86400 / 3600))"
}

@test "a host or user has its own key, days, organization and backdate" {
	local now
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'organization = All' 'days = 100' 'backdate = 1' 'key = ec:P-256' \
		'[ca]' 'key = ec:P-256' 'organization = Of the CA' \
		'common_name = My CA' 'days = 200' 'backdate = 72' \
		'[host node1]' \
		'[host node2]' 'key = ed25519' 'days = 200' \
		'organization = Bücher & Söhne (2)' 'backdate = 48' \
		'[user root]' 'key = ec:P-384' 'days = 1' "organization = O'Hara" \
		'backdate = 0' >c.ini
	now=$(date +%s)
	topocert generate --quiet c.ini
	cd c
	run -0 openssl x509 -in ca/ca.crt -noout -subject -issuer
	assert_equal "$output" $'subject=O = Of the CA, CN = My CA\nissuer=O = Of the CA, CN = My CA'
	assert_equal "$(lifetime ca/ca.crt)" '203 0'
	run -0 openssl x509 -in hosts/node1/certs/node.crt -noout -text \
		-nameopt utf8,sep_comma_plus_space
	assert_output_has 'Subject: O=All, CN=node'
	assert_output_has 'ASN1 OID: prime256v1'
	assert_equal "$(lifetime hosts/node1/certs/node.crt)" '100 1'
	run -0 openssl x509 -in hosts/node2/certs/node.crt -noout -text \
		-nameopt utf8,sep_comma_plus_space
	assert_output_has 'Subject: O=Bücher & Söhne (2), CN=node'
	assert_output_has 'Public Key Algorithm: ED25519'
	assert_equal "$(lifetime hosts/node2/certs/node.crt)" '202 0'
	run -0 openssl x509 -in users/root/certs/client.root.crt -noout -text
	assert_output_has "O = O'Hara, CN = root"
	assert_output_has 'ASN1 OID: secp384r1'
	assert_equal "$(lifetime users/root/certs/client.root.crt)" '1 0'
	# from now, not from the hour or day
	[ $(($(seconds startdate users/root/certs/client.root.crt) - now)) -lt 60 ]
	[ $(($(seconds startdate users/root/certs/client.root.crt) - now)) -ge 0 ]
	openssl verify -CAfile ca/ca.crt hosts/*/certs/node.crt \
		users/root/certs/client.root.crt
}

@test "a subject may be 64 characters long, not bytes" {
	local wide
	wide=$(printf '%64s' '' | sed 's/ /ü/g')
	small_topology "[user $(printf '%64s' '' | tr ' ' a)]"
	sed -i "2i organization = $wide" c.ini
	sed -i 's/^\[ca\]/&\ncommon_name = CA/' c.ini
	topocert generate --quiet c.ini
	run -0 openssl x509 -in c/users/aaaa*/certs/client.*.crt -noout -subject \
		-nameopt utf8,sep_comma_plus_space
	assert_equal "$output" "subject=O=$wide, CN=$(printf '%64s' '' | tr ' ' a)"
}

@test "a range shares the settings of its section" {
	local host
	small_topology '[host n{1..3}]' 'days = 7' 'organization = Ours'
	topocert generate --quiet c.ini
	for host in n1 n2 n3; do
		assert_equal "$(lifetime "c/hosts/$host/certs/node.crt")" '8 0'
		run -0 openssl x509 -in "c/hosts/$host/certs/node.crt" -noout -subject
		assert_equal "$output" 'subject=O = Ours, CN = node'
	done
}

@test "a profile in another folder brings templates of its own" {
	mkdir -p other/parts elsewhere
	sed 's|= node.conf|= parts/own.conf|' \
		"$BATS_TEST_DIRNAME/13-profile.ini" >other/mine.ini
	sed 's/^subjectAltName.*/&\ntlsfeature = status_request/' \
		"$TOPOCERT_DATADIR/templates/node.conf" >other/parts/own.conf
	small_topology
	sed -i 's|cockroachdb|other/mine.ini|' c.ini
	run -0 names node1
	assert_equal "$output" 'DNS:node1, IP:10.0.0.11, IP:127.0.0.1'
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout -text
	assert_output_has 'status_request'
	assert_output_has 'Subject: O = Test, CN = node'
	# paths are those of the topology's folder, not of the current one
	cd elsewhere
	run -0 topocert generate -o ../c ../c.ini
	assert_output_has 'nothing to do'
}

@test "a host may have two certificates" {
	local crt templates
	two_certificates >mine.ini
	mkdir mine
	{
		cat "$BATS_TEST_DIRNAME/13-ca.conf"
		sed -n '/^\[ signing_client_req \]/,/^$/p' \
			"$BATS_TEST_DIRNAME/13-ca.conf" |
			sed 's/_client_req/_peer_req/;s/client\./peer./'
	} >mine/ca.conf
	small_topology
	sed -i 's|cockroachdb|./mine.ini|' c.ini
	# the built-in ca.conf makes a section of its own for it, too
	for templates in --templates=mine --quiet; do
		rm -rf c
		topocert generate --quiet $templates c.ini
		grep -qx '\[ signing_peer_req \]' c/ca/ca.conf
		for crt in node peer; do
			openssl verify -CAfile c/ca/ca.crt c/hosts/node2/certs/$crt.crt
			assert_equal "$(openssl x509 -in c/hosts/node2/certs/$crt.crt -noout -pubkey)" \
				"$(openssl pkey -in c/hosts/node2/certs/$crt.key -pubout)"
		done
		run ! cmp -s c/hosts/node2/certs/{node,peer}.key
		run -0 openssl x509 -in c/hosts/node2/certs/peer.crt -noout \
			-subject -ext subjectAltName,extendedKeyUsage
		assert_output_has 'subject=O = Test, CN = node2'
		assert_output_has 'DNS:node2, IP Address:10.0.0.12, IP Address:127.0.0.1'
		assert_output_has 'TLS Web Client Authentication'
		[[ $output != *"Server Auth"* ]]
		run -0 tar -tzf c/hosts/node2.tar.gz
		assert_equal "$(sort <<<"$output" | tr '\n' ' ')" \
			'CONFIG.txt certs/ certs/ca.crt certs/node.crt certs/node.key certs/peer.crt certs/peer.key '
	done
}
