#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates are revoked by the names of their owners, in the database that
# openssl ca and openssl ocsp read.

load common
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's/^profile = .*/&\nsplit_ca = yes/' c.ini
	printf '%s\n' '[ca client]' 'key = ec:P-256' >>c.ini
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	snapshot c >before
}

# unchanged: and nothing is left over.
unchanged() {
	snapshot c | diff before - || return
	run -2 ls -d c/.topocert*
}

# serial_of CA PATH: the latest in its index.
serial_of() {
	awk -F '\t' -v "path=$2" '$5 == path { serial = $4 }
		END { print serial }' "c/$1/index.txt"
}

# revoked CA: the serial numbers, in the order of the index.
revoked() {
	awk -F '\t' '$1 == "R" { print $4 }' "c/$1/index.txt"
}

# renew [OPTION]...: node1's certificates are replaced by others.
renew() {
	sed -i 's/^\[host node1\]$/&\ndays = 100/' c.ini
	topocert generate --quiet c.ini
}

@test "a host is revoked by its name, in all of its CAs and nothing else" {
	local ca
	for ca in ca ca-client; do
		cp "c/$ca/index.txt" "$ca.before"
	done
	run -0 topocert revoke c.ini node2
	assert_output_has 'c: revoked 2 certificates (unspecified)'
	assert_output_has "  hosts/node2/certs/node.crt  $(serial_of ca \
		hosts/node2/certs/node.crt)"
	assert_output_has '  topocert crl c.ini'
	assert_output_has '  topocert generate c.ini'
	assert_equal "$(revoked ca)" "$(serial_of ca hosts/node2/certs/node.crt)"
	assert_equal "$(revoked ca-client)" \
		"$(serial_of ca-client hosts/node2/certs/client.node.crt)"
	# only the two files, and there only these two lines
	snapshot c | diff before - >changes || :
	assert_equal "$(sed -n 's/^> [0-9a-f]*  //p' changes | tr '\n' ' ')" \
		'c/ca-client/index.txt c/ca/index.txt '
	for ca in ca ca-client; do
		assert_equal "$(diff "$ca.before" "c/$ca/index.txt" |
			grep -c '^>.*hosts/node2/')" 1
	done
	run -4 topocert plan c.ini
	assert_output_has 'hosts/node2/certs/node.crt         revoked'
	assert_output_has '0 to issue, 2 to reissue, 3 to keep'
	topocert generate --quiet c.ini
	topocert plan c.ini
}

@test "paths, patterns, lists and serial numbers name certificates" {
	local serial line
	serial=$(serial_of ca-client users/root/certs/client.root.crt)
	while IFS='|' read -r line wanted; do
		rm -rf c
		cp -a "$BATS_FILE_TMPDIR/c" .
		echo "$line"
		# shellcheck disable=SC2086 # several names
		run -0 topocert revoke --json c.ini $line
		assert_equal "$(jq -r '.revoked[].path' <<<"$output" | sort |
			xargs)" "$wanted"
	done <<-END
		hosts/node1/certs/node.crt|hosts/node1/certs/node.crt
		users/root|users/root/certs/client.root.crt
		$serial|users/root/certs/client.root.crt
		0x${serial,,}|users/root/certs/client.root.crt
		root,hosts/node2/certs/client.*|hosts/node2/certs/client.node.crt users/root/certs/client.root.crt
		node[13] $serial|hosts/node1/certs/client.node.crt hosts/node1/certs/node.crt users/root/certs/client.root.crt
	END
}

@test "openssl ca and openssl ocsp read each reason back" {
	local reason spelled serial text
	while read -r reason spelled text; do
		rm -rf c
		cp -a "$BATS_FILE_TMPDIR/c" .
		run -0 topocert revoke --json --reason "$spelled" c.ini root
		assert_equal "$(jq -r .reason <<<"$output")" "$reason"
		serial=$(revoked ca-client)
		cd c/ca-client
		run openssl ca -config ca.conf -status "$serial"
		assert_output_has "$serial=Revoked (R)"
		openssl ca -config ca.conf -gencrl -out list.pem
		run -0 openssl crl -in list.pem -noout -text
		assert_output_has "Serial Number: $serial"
		openssl ocsp -index index.txt -CA ca.crt -rsigner ca.crt \
			-rkey ca.key -issuer ca.crt -serial "0x$serial" \
			-reqout request -no_nonce
		openssl ocsp -index index.txt -CA ca.crt -rsigner ca.crt \
			-rkey ca.key -reqin request -respout response
		openssl crl -in list.pem -noout -text >list.txt
		run -0 openssl ocsp -respin response -issuer ca.crt \
			-serial "0x$serial" -CAfile ca.crt -no_nonce
		assert_output_has ": revoked"
		if [ "$text" ]; then
			grep -q "^ *$text\$" list.txt
			grep -qi "Reason: $reason" <<<"$output"
		else
			run -1 grep -i reason list.txt
		fi
		cd ../..
	done <<-'END'
		unspecified          UNSPECIFIED
		keyCompromise        keycompromise        Key Compromise
		CACompromise         cACompromise         CA Compromise
		affiliationChanged   affiliationChanged   Affiliation Changed
		superseded           Superseded           Superseded
		cessationOfOperation cessationofoperation Cessation Of Operation
		certificateHold      certificateHold      Certificate Hold
	END
}

@test "a reason that openssl could not read back, or none at all, is refused" {
	local reason
	for reason in privilegeWithdrawn aACompromise; do
		run -2 topocert revoke --reason $reason c.ini root
		assert_output_has "--reason $reason: openssl ca cannot read it"
	done
	run -2 topocert revoke --reason removefromcrl c.ini root
	assert_output_has 'removeFromCRL: it belongs to delta CRLs'
	run -2 topocert revoke --reason keyComprise c.ini root
	assert_output_has 'no such reason: nearest is keyCompromise'
	run -2 topocert revoke --reason '' c.ini root
	run -2 topocert revoke c.ini root --reason
	unchanged
}

@test "without a name, or with an unknown one, nothing is revoked" {
	run -2 topocert revoke c.ini
	assert_output_has 'revoke: whose certificates?'
	run -1 topocert revoke c.ini root nod2 users/rot
	assert_output_has "nothing valid is known by the name 'nod2': nearest \
is 'node2'"
	assert_output_has "by the name 'users/rot': nearest is 'users/root'"
	run -1 topocert revoke c.ini hosts/node2/certs/nod.crt
	assert_output_has "nearest is 'hosts/node2/certs/node.crt'"
	run -1 topocert revoke c.ini $'x\e[2Jy' 0x01 ''
	assert_output_has 'x\x1b[2Jy'
	unchanged
	run -1 topocert revoke -o none c.ini root
	assert_output_has "nothing valid is known by the name 'root'"
	[ ! -e none ]
}

@test "what is revoked or expired already is told" {
	local index
	topocert revoke --quiet c.ini node2
	index=$(sha256sum c/ca/index.txt)
	snapshot c >before
	run -1 topocert revoke c.ini node2
	assert_output_has 'node2: revoked already'
	run -1 topocert revoke c.ini node2 nobody
	unchanged
	run -0 topocert revoke --json --reason superseded c.ini node2 root \
		2>/dev/null
	assert_equal "$(sha256sum c/ca/index.txt)" "$index"
	run -0 --separate-stderr topocert revoke --json c.ini node2 node1
	# shellcheck disable=SC2154 # from run
	assert_equal "$stderr" 'topocert: warning: node2: revoked already'
	assert_equal "$(jq -r '.already[]' <<<"$output")" node2
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/c" .
	run -1 faketime -f +3000d "$TOPOCERT" revoke c.ini node2
	assert_output_has 'node2: expired already'
	snapshot c | diff <(cd "$BATS_FILE_TMPDIR" && snapshot c) -
}

@test "a replaced certificate is revoked with the one that replaced it" {
	local old
	old=$(serial_of ca hosts/node1/certs/node.crt)
	renew
	run -0 topocert revoke --json c.ini hosts/node1/certs/node.crt
	assert_equal "$(jq '.revoked | length' <<<"$output")" 2
	assert_equal "$(revoked ca)" "$(printf '%s\n' "$old" \
		"$(serial_of ca hosts/node1/certs/node.crt)")"
}

@test "a serial number revokes that one alone" {
	local old
	old=$(serial_of ca hosts/node1/certs/node.crt)
	renew
	topocert revoke --quiet c.ini "$old"
	assert_equal "$(revoked ca)" "$old"
	topocert plan c.ini
}

@test "a name that is also a serial number is not guessed at" {
	local serial
	echo '[host 01ab]' >>c.ini
	topocert generate --quiet c.ini
	serial=$(serial_of ca users/root/certs/client.root.crt)
	sed -i "s/	$(serial_of ca hosts/node1/certs/node.crt)	/	01AB	/" \
		c/ca/index.txt
	snapshot c >before
	run -1 topocert revoke c.ini 01ab
	assert_output_has "'01ab' is a serial number, and also a name"
	unchanged
	topocert revoke --quiet c.ini 0x01ab
	assert_equal "$(revoked ca)" 01AB
	topocert revoke --quiet c.ini hosts/01ab
	assert_equal "$(revoked ca | wc -l)" 2
}

@test "owners and CAs that the topology has no more, and old CAs, count" {
	local line
	mkdir c/ca/old
	cp -a c/ca c/ca-client-too
	mv c/ca-client-too c/ca/old/1
	rm -r c/ca/old/1/old
	sed -i '/split_ca/d; /ca client/,$d; /^\[user root/d' c.ini
	echo '[user other]' >>c.ini
	run -0 topocert revoke --json c.ini node1 root
	assert_equal "$(jq -r '.revoked[] | .ca + " " + .path' <<<"$output")" \
		"ca hosts/node1/certs/node.crt
ca/old/1 hosts/node1/certs/node.crt
ca-client hosts/node1/certs/client.node.crt
ca-client users/root/certs/client.root.crt"
	for line in ca ca/old/1 ca-client; do
		[ "$(revoked $line)" ]
	done
}

@test "neither the CA's key nor the bundles are needed" {
	rm -r c/ca*/ca.key c/hosts c/users
	run -0 topocert revoke c.ini root
	assert_equal "$(revoked ca-client | wc -l)" 1
}

@test "a damaged database, or a clock before the CA, changes nothing" {
	run -1 faketime -f -400d "$TOPOCERT" revoke c.ini root
	assert_output_has 'c/ca-client/ca.crt: valid from '
	unchanged
	printf 'V\t\n' >>c/ca/index.txt
	snapshot c >before
	run -1 topocert revoke c.ini root
	assert_output_has 'c/ca/index.txt: damaged'
	unchanged
}

@test "a failed write leaves both databases as they were" {
	local call n
	for call in write fchmod renameat; do
		for n in 1 2; do
			echo "$call $n"
			run -1 inject "$call:error=ENOSPC:when=$n" \
				"$TOPOCERT" revoke -q c.ini node2
			assert_output_has 'No space left on device'
			unchanged
		done
	done
	run -143 inject fchmod:signal=TERM:when=2 \
		"$TOPOCERT" revoke -q c.ini node2
	assert_output_has 'interrupted: c is as it was'
	unchanged
	topocert revoke -q c.ini node2
}

@test "hostile text in the database breaks neither form of output" {
	sed -i $'s|users/root/certs/client.root.crt|users/\xff\e[2J"root|' \
		c/ca-client/index.txt
	cp -a c copy
	run -0 topocert revoke c.ini 'users/*'
	assert_output_has 'users/\xff\x1b[2J"root'
	run -0 topocert revoke --json -o copy c.ini 'users/*'
	assert_equal "$(jq -r '.revoked[].path' <<<"$output")" \
		'users/\xff\x1b[2J"root'
}
