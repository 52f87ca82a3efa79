#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A system that only topocert-profile(5) knows: a user can add another, with
# nothing but what is installed.

load common
load manual

setup() {
	local name
	cd "$BATS_TEST_TMPDIR" || return
	for name in larder{.ini,-host.txt,-user.txt} pantry.ini; do
		show topocert-profile.5 file "$name" >"./$name"
	done
}

# extensions CERTIFICATE: its names and extended usages, in one line.
extensions() {
	openssl x509 -in "$1" -noout -ext subjectAltName,extendedKeyUsage |
		sed -n 's/^ *\(.*[^ ]\) *$/\1/p' | tr '\n' ' '
}

# same_key CERTIFICATE KEY
same_key() {
	diff <(openssl x509 -in "$1" -noout -pubkey) \
		<(openssl pkey -in "$2" -pubout)
}

@test "the example of a system of one's own is as it is shown" {
	show topocert-profile.5 shell larder >session.txt
	[ -s session.txt ]
	session <session.txt
	run -0 topocert plan pantry.ini
	assert_output_has 'nothing to do, 6 certificates'
}

@test "it has the certificates that its profile says, by stock OpenSSL" {
	local certs certificate
	topocert generate --quiet pantry.ini
	cd pantry
	openssl verify -x509_strict -CAfile ca/ca.crt {hosts,users}/*/certs/*.crt
	for certificate in {hosts,users}/*/certs/[!c]*.crt users/*/certs/cook.crt; do
		same_key "$certificate" "${certificate%.crt}.key"
	done
	certs=hosts/gate2/certs
	assert_equal "$(cd $certs && echo *)" \
		'ca.crt gate.crt gate.key gate.pem store.crt store.key'
	assert_equal "$(openssl x509 -in $certs/store.crt -noout -subject \
		-issuer)" "$(printf '%s\n' 'subject=O = Example, CN = gate2' \
		'issuer=O = Example, CN = pantry CA')"
	run -0 extensions $certs/store.crt
	assert_output_has 'Server Authentication, TLS Web Client Authentication'
	assert_output_has 'DNS:gate2, DNS:gate2.example.com, IP Address:10.0.7.12, IP Address:127.0.0.1'
	openssl verify -CAfile ca/ca.crt -purpose sslserver \
		-verify_hostname gate1.example.com hosts/gate1/certs/gate.crt
	run ! openssl verify -CAfile ca/ca.crt -purpose sslclient \
		hosts/gate1/certs/gate.crt
	openssl verify -CAfile ca/ca.crt -purpose sslclient \
		users/cook/certs/cook.crt
}

@test "its combined file holds key and certificate, for its owner alone" {
	topocert generate --quiet pantry.ini
	tar -C . -xzf pantry/hosts/gate1.tar.gz
	assert_equal "$(stat -c %a certs/gate.pem)" 600
	assert_equal "$(grep BEGIN certs/gate.pem)" "$(printf '%s\n' \
		'-----BEGIN PRIVATE KEY-----' '-----BEGIN CERTIFICATE-----')"
	same_key certs/gate.pem certs/gate.pem
	diff <(cat certs/gate.key certs/gate.crt) certs/gate.pem
	[ "$(tar -tvzf pantry/hosts/gate1.tar.gz | grep -c 'larder/larder')" = 6 ]
}

@test "CONFIG.txt follows services, options and the other hosts" {
	topocert generate --quiet pantry.ini
	diff <(sed '1,/^$/d' pantry/hosts/gate2/CONFIG.txt) - <<-'END'
		# --- larder.conf ---
		name = gate2
		store.listen = 10.0.7.12:7071
		store.certificate = /etc/larder/certs/store.crt
		store.key = /etc/larder/certs/store.key
		store.trust = /etc/larder/certs/ca.crt
		gate.listen = 10.0.7.12:7000
		gate.pem = /etc/larder/certs/gate.pem
		store.1 = store1.example.com:7071
		store.2 = store2.example.com:7071
		store.3 = gate2.example.com:7071

		# --- reload ---
		# systemctl reload larder
	END
	diff <(sed '1,/^$/d' pantry/users/cook/CONFIG.txt) - <<-'END'
		# --- larder-client ---
		larder-client --ca certs/ca.crt \
		  --cert certs/cook.crt --key certs/cook.key \
		  --gate gate1.example.com:7070 \
		  --gate gate2.example.com:7000
	END
}

@test "its mistakes are reported where they are" {
	sed -i 's/^port .*/port     = ten/; s/^open .*/opne     = yes/
		s/gate, store/gate, stoer/' pantry.ini
	run -3 topocert generate pantry.ini
	assert_output_has "pantry.ini:17: services = stoer: no such service: nearest is store"
	assert_output_has 'pantry.ini:18: port = ten: wanted a whole number'
	assert_output_has "pantry.ini:19: unknown key 'opne' in [host gate2]: nearest is 'open'"
	[ ! -e pantry ]
	sed -i 's/{{file.combined}}/{{file.combine}}/' larder-host.txt
	show topocert-profile.5 file pantry.ini >./pantry.ini
	run -3 topocert generate pantry.ini
	assert_output_has './larder-host.txt:11: unknown name {{file.combine}}: nearest is {{file.combined}}'
	[ ! -e pantry ]
}

@test "it lies among the others once it is installed" {
	mkdir -p data
	cp -r "$TOPOCERT_DATADIR"/{profiles,templates} data
	sed 's|= \./|= |' larder.ini >data/profiles/larder.ini
	mv larder-*.txt data/templates
	rm larder.ini
	export TOPOCERT_DATADIR=$PWD/data
	run -0 topocert profiles
	assert_output_has 'Larder: stores, gates and their clients'
	sed -i 's|= \./larder.ini|= larder|' pantry.ini
	topocert generate --quiet pantry.ini
	grep -x 'gate.listen = 10.0.7.11:7070' pantry/hosts/gate1/CONFIG.txt
}
