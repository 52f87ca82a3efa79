#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The CA directory is one of openssl ca, as it stands.

load common
load stock

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology '[user maxroach]'
	topocert generate --quiet c.ini
}

setup() {
	cp -r "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR/c/ca" || return
}

# serial_of PATH: the latest in the index.
serial_of() {
	awk -F '\t' -v "path=$1" '$5 == path { serial = $4 }
		END { print serial }' index.txt
}

revoke_root() {
	root=$(serial_of users/root/certs/client.root.crt)
	openssl ca -config ca.conf -revoke "newcerts/$root.pem"
}

# make_request NAME OPTION...: NAME.csr, a stranger's.
make_request() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout "$1.key" -subj "/O=Cockroach/CN=$1" -out "$1.csr" \
		"${@:2}"
}

# sign_request NAME OPTION...: NAME.crt, by openssl ca.
sign_request() {
	openssl ca -config ca.conf -batch -notext -in "$1.csr" -out "$1.crt" \
		"${@:2}"
}

@test "openssl ca -status knows every certificate" {
	local serial
	assert_index_agrees
	while IFS= read -r serial; do
		run openssl ca -config ca.conf -status "$serial"
		assert_output_has "$serial=Valid (V)"
	done < <(cut -f 4 index.txt)
}

@test "openssl ca revokes, and verify -crl_check refuses only that one" {
	revoke_root
	run openssl ca -config ca.conf -status "$root"
	assert_output_has "$root=Revoked (R)"
	openssl ca -config ca.conf -gencrl -out crl.pem
	run -0 openssl crl -in crl.pem -noout -text -CAfile ca.crt
	assert_output_has "verify OK"
	assert_equal "$(grep -c 'Serial Number:' <<<"$output")" 1
	assert_output_has "Serial Number: $root"
	assert_output_has "X509v3 Authority Key Identifier:"
	run -2 openssl verify -x509_strict -crl_check -CAfile ca.crt \
		-CRLfile crl.pem ../users/root/certs/client.root.crt
	assert_output_has "certificate revoked"
	openssl verify -x509_strict -crl_check -CAfile ca.crt \
		-CRLfile crl.pem ../hosts/node?/certs/node.crt \
		../users/maxroach/certs/client.maxroach.crt
}

@test "what was revoked by openssl is issued again, and only that" {
	local old
	revoke_root
	old=$(cat index.txt)
	openssl ca -config ca.conf -gencrl -out crl.pem
	cd ../..
	run -4 topocert plan c.ini
	assert_output_has "reissue  users/root/certs/client.root.crt  revoked"
	assert_output_has "1 to reissue, 3 to keep"
	topocert generate --quiet c.ini
	topocert plan c.ini
	cd c/ca
	assert_equal "$(head -n 4 index.txt)" "$old"
	assert_index_agrees
	[ "$(serial_of users/root/certs/client.root.crt)" != "$root" ]
	openssl ca -config ca.conf -gencrl -out crl.pem
	assert_equal "$(openssl crl -in crl.pem -noout -crlnumber)" \
		crlNumber=0x02
	openssl verify -crl_check -CAfile ca.crt -CRLfile crl.pem \
		../users/root/certs/client.root.crt
}

@test "openssl ca and generate take turns" {
	local old before
	before=$(tr a-f A-F <serial.txt)
	make_request guest
	sign_request guest
	assert_equal "$(openssl x509 -in guest.crt -noout -serial)" \
		"serial=$before"
	old=$(cat index.txt)
	assert_equal "$(wc -l <<<"$old")" 5
	cd ../..
	printf '%s\n' '[host node3]' 'ip = 10.0.0.13' >>c.ini
	run -4 topocert plan c.ini
	assert_output_has "1 to issue, 0 to reissue, 4 to keep"
	topocert generate --quiet c.ini
	cd c/ca
	assert_equal "$(head -n 5 index.txt)" "$old"
	assert_equal "$(wc -l <index.txt)" 6
	assert_index_agrees
	sign_request guest
	make_request node
	sign_request node
	assert_equal "$(wc -l <index.txt)" 8
	assert_index_agrees
	openssl verify -x509_strict -CAfile ca.crt newcerts/*.pem
}

@test "openssl ocsp answers from the index, nodes of one subject and all" {
	local path
	revoke_root
	openssl ca -config ca.conf \
		-revoke "newcerts/$(serial_of hosts/node2/certs/node.crt).pem"
	for path in users/root/certs/client.root.crt \
		users/maxroach/certs/client.maxroach.crt \
		hosts/node1/certs/node.crt hosts/node2/certs/node.crt; do
		openssl ocsp -issuer ca.crt -cert "../$path" -reqout request
		openssl ocsp -index index.txt -CA ca.crt -rsigner ca.crt \
			-rkey ca.key -reqin request -respout response
		run -0 openssl ocsp -reqin request -respin response \
			-issuer ca.crt -cert "../$path" -CAfile ca.crt \
			-no_nonce
		assert_output_has "Response verify OK"
		case $path in
		*/root/* | */node2/*) assert_output_has ": revoked" ;;
		*) assert_output_has ": good" ;;
		esac
	done
}

@test "a request that asks to be a CA does not become one" {
	local section sections
	sections=$(sed -n 's/^\[ \(signing_.*_req.*\) \]$/\1/p' ca.conf)
	assert_equal "$(wc -w <<<"$sections")" 6
	make_request rogue -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign
	for section in '' $sections; do
		sign_request rogue ${section:+-extensions "$section"}
		run -0 openssl x509 -in rogue.crt -noout -text
		assert_output_has CA:FALSE
		[[ $output != *CA:TRUE* && $output != *"Certificate Sign"* ]]
	done
	openssl req -x509 -in rogue.csr -CA rogue.crt -CAkey rogue.key \
		-subj /CN=victim -out victim.crt
	run -2 openssl verify -CAfile ca.crt -untrusted rogue.crt victim.crt
	assert_output_has "invalid CA certificate"
}

# Rows that only others write, with tabs and backslashes in their columns.
@test "rows of other hands stay as they are, to the byte" {
	end=$(tail -1 index.txt | cut -f2)
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' \
		V "$end" '' 0A01 $'a\\\tb' $'/CN=\\\t and \\\\\t here\\' \
		R "$end" "$end,superseded" 0A02 unknown $'/CN=\\\\\\\t' \
		V "$end" '' 0A03 '\n' '/CN=plain' >foreign
	cat foreign >>index.txt
	(cd ../.. && topocert revoke c.ini hosts/node1)
	grep -c ^R index.txt
	grep -F -x -f foreign index.txt | cmp - foreign
	cp index.txt before
	revoke_root
	diff <(grep -v users/root before) <(grep -v users/root index.txt)
}
