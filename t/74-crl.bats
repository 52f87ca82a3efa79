#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Revocation lists are those of openssl ca -gencrl, and what checks them agrees.

load common
load faults

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's/^profile = .*/&\nsplit_ca = yes/
		s/^\[ca\]/&\nnext_update = 7/' c.ini
	printf '%s\n' '[ca client]' 'key = ec:P-256' >>c.ini
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR/." "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	snapshot c >before
}

unchanged() {
	snapshot c | diff before - || return
	run -2 ls -d c/.topocert*
}

# refused TEXT [COMMAND...]: topocert crl fails and leaves all as it was.
refused() {
	snapshot c >before
	run -1 "${@:2}" "$TOPOCERT" crl c.ini
	assert_output_has "$1"
	unchanged
}

# number_of CA
number_of() {
	openssl crl -in "c/$1/crl.pem" -noout -crlnumber
}

# listed FILE: the serial numbers in a list.
listed() {
	openssl crl -in "$1" -noout -text | sed -n 's/.*Serial Number: //p'
}

# check CA OPTION... FILE...: by openssl verify and the CA's list.
check() {
	openssl verify -x509_strict -CAfile "c/$1/ca.crt" \
		-CRLfile "c/$1/crl.pem" "${@:2}"
}

# assert_same DAY: at that time topocert makes, byte for byte, the list that
# openssl ca makes in the same folder.
assert_same() {
	rm -rf again
	cp -a c/ca again
	(cd again && TZ=UTC0 faketime -f "$1" openssl ca -config ca.conf \
		-gencrl -out again.pem)
	TZ=UTC0 faketime -f "$1" "$TOPOCERT" crl --quiet c.ini
	cmp again/again.pem c/ca/crl.pem
	cmp again/crlnumber c/ca/crlnumber
}

@test "each CA gets its list, in PEM and DER, signed by it" {
	local ca days
	topocert revoke --quiet c.ini root
	run -0 topocert crl c.ini
	assert_output_has 'c: 2 revocation lists'
	assert_output_has '  ca/crl.pem  number 01, 0 revoked, next before '
	assert_output_has '  ca-client/crl.pem  number 01, 1 revoked, next '
	for ca in ca:7 ca-client:30; do
		days=${ca#*:}
		ca=${ca%:*}
		assert_equal "$(stat -c %a "c/$ca"/crl.*)" $'644\n644'
		run -0 openssl crl -in "c/$ca/crl.pem" -CAfile "c/$ca/ca.crt" \
			-verify -noout -issuer -crlnumber
		assert_output_has 'verify OK'
		assert_output_has 'crlNumber=0x01'
		assert_output_has "issuer=$(openssl x509 -in "c/$ca/ca.crt" \
			-noout -subject | sed 's/^subject=//')"
		openssl crl -inform DER -in "c/$ca/crl.der" | cmp "c/$ca/crl.pem" -
		run -0 openssl crl -in "c/$ca/crl.pem" -noout -text
		assert_output_has 'Version 2'
		assert_output_has "$(openssl x509 -in "c/$ca/ca.crt" -noout -ext \
			subjectKeyIdentifier | sed -n '2s/ *//p')"
		assert_equal "$(date -d "$(openssl crl -noout -nextupdate \
			-in "c/$ca/crl.pem" | cut -d= -f2)" +%s)" \
			$(($(date -d "$(openssl crl -noout -lastupdate \
			-in "c/$ca/crl.pem" | cut -d= -f2)" +%s) + days * 86400))
	done
	# and nothing else has changed
	snapshot c | diff before - | sed -n 's/^[<>] [0-9a-f]\{64\}  //p' |
		sort -u | diff - <(printf 'c/ca%s\n' \
			-client/{crl.der,crl.pem,crlnumber,index.txt} \
			/{crl.der,crl.pem,crlnumber})
}

@test "openssl verify refuses what is revoked, and only that" {
	local option
	topocert revoke --quiet --reason keyCompromise c.ini node2
	topocert crl --quiet c.ini
	for option in -crl_check -crl_check_all; do
		check ca $option c/hosts/node1/certs/node.crt
		check ca-client $option c/hosts/node1/certs/client.node.crt \
			c/users/root/certs/client.root.crt
		run -2 check ca $option c/hosts/node2/certs/node.crt
		assert_output_has 'certificate revoked'
		run -2 check ca-client $option \
			c/hosts/node2/certs/client.node.crt
		assert_output_has 'certificate revoked'
	done
	topocert generate --quiet c.ini
	check ca -crl_check_all c/hosts/node2/certs/node.crt
	check ca-client -crl_check c/hosts/node2/certs/client.node.crt
	run -2 faketime -f +8d bash -c "$(declare -f check)
		check ca -crl_check c/hosts/node2/certs/node.crt"
	assert_output_has 'CRL has expired'
}

@test "openssl ocsp says of each certificate what the list says" {
	local type serial
	topocert revoke --quiet c.ini node2
	topocert crl --quiet c.ini
	listed c/ca/crl.pem >list
	while IFS='|' read -r type serial; do
		openssl ocsp -issuer c/ca/ca.crt -serial "0x$serial" \
			-reqout request -no_nonce
		openssl ocsp -index c/ca/index.txt -CA c/ca/ca.crt \
			-rsigner c/ca/ca.crt -rkey c/ca/ca.key \
			-reqin request -respout response
		run -0 openssl ocsp -respin response -issuer c/ca/ca.crt \
			-serial "0x$serial" -CAfile c/ca/ca.crt -no_nonce
		if grep -q "^$serial\$" list; then
			assert_equal "$type" R
			assert_output_has ': revoked'
		else
			assert_equal "$type" V
			assert_output_has ': good'
		fi
	done < <(cut -f 1,4 c/ca/index.txt | tr '\t' '|')
	assert_equal "$(wc -l <list)" 1
}

@test "lists are byte for byte those of openssl ca -gencrl" {
	local key serials reason
	for key in rsa:2048 ed25519; do
		rm -rf c
		sed "/split_ca/d; /^\[ca client/,\$d
			/^\[ca\]/,/^\[host/s/^key.*/key = $key\ndays = 12000/" \
			"$BATS_FILE_TMPDIR/c.ini" >c.ini
		printf '[host n{1..8}]\n' >>c.ini
		topocert generate --quiet c.ini
		assert_same '2026-12-01 01:02:03'
		mapfile -t serials < <(cut -f 4 c/ca/index.txt)
		for reason in unspecified keyCompromise CACompromise \
			affiliationChanged superseded cessationOfOperation \
			certificateHold; do
			topocert revoke --quiet --reason $reason c.ini \
				"${serials[0]}"
			serials=("${serials[@]:1}")
		done
		for reason in '' '-crl_hold holdInstructionReject' \
			'-crl_compromise 20260102030405Z' \
			'-crl_CA_compromise 20260102030405Z'; do
			# shellcheck disable=SC2086 # an option and its value
			(cd c/ca && openssl ca -config ca.conf $reason -revoke \
				"newcerts/${serials[0]}.pem")
			serials=("${serials[@]:1}")
		done
		printf 'R\t%s\t%s\t%s\tunknown\t/CN=x\n' \
			200101000000Z 191231000000Z,superseded 00F1 \
			20500101000000Z 191231000000Z,removeFromCRL 7F \
			200101000000Z 191231000000Z,unspecified FF00 \
			>>c/ca/index.txt
		assert_same '2026-12-01 01:02:03'
		assert_same '2049-12-30 01:02:03'
		assert_equal "$(listed c/ca/crl.pem | wc -l)" 14
	done
}

@test "the number rises from list to list, whoever makes it" {
	local i
	for i in 01 02; do
		topocert crl --quiet c.ini
		assert_equal "$(number_of ca)" "crlNumber=0x$i"
	done
	(cd c/ca && openssl ca -config ca.conf -gencrl -out crl.pem)
	assert_equal "$(number_of ca)" crlNumber=0x03
	topocert crl --quiet c.ini
	assert_equal "$(number_of ca)" crlNumber=0x04
	assert_equal "$(number_of ca-client)" crlNumber=0x03
	echo ff >c/ca/crlnumber
	topocert crl --quiet c.ini
	assert_equal "$(number_of ca)" crlNumber=0xFF
	assert_equal "$(cat c/ca/crlnumber)" 0100
	(cd c/ca && openssl ca -config ca.conf -gencrl -out crl.pem)
	run -0 topocert crl --json c.ini
	assert_equal "$(jq -r '.crls[].number' <<<"$output")" $'0101\n05'
}

@test "a number that is damaged, missing or not above the last is refused" {
	local text
	topocert crl --quiet c.ini
	for text in 1 002 '' 0x02 $'02\n03' -1 "$(printf '%042d' 1)" \
		ffffffffffffffffffffffffffffffffffffffff; do
		echo "$text" >c/ca-client/crlnumber
		refused 'c/ca-client/crlnumber: damaged: wanted an even number'
	done
	echo 01 >c/ca-client/crlnumber
	refused 'c/ca-client/crlnumber: 01, but the list in crl.pem has the '\
'number 01 already'
	rm c/ca-client/crlnumber
	refused 'c/ca-client/crlnumber: No such file'
	echo 05 >c/ca-client/crlnumber
	topocert crl --quiet c.ini
}

@test "next_update is rendered for openssl ca, too, and checked" {
	grep -qx 'default_crl_days = 7' c/ca/ca.conf
	grep -qx 'default_crl_days = 30' c/ca-client/ca.conf
	sed -i 's/next_update = 7/next_update = 3650/' c.ini
	run -4 topocert plan c.ini
	assert_output_has 'render   ca/ca.conf'
	topocert generate --quiet c.ini
	grep -qx 'default_crl_days = 3650' c/ca/ca.conf
	topocert crl --json c.ini | jq -e '(.crls[0].next_update |
		fromdate) - now | . > 3649 * 86400 and . <= 3650 * 86400'
	snapshot c >before
	for days in 0 3651 x -1 7d; do
		sed "s/next_update = .*/next_update = $days/" c.ini >wrong.ini
		run -3 topocert crl -o c wrong.ini
		assert_output_has "wrong.ini:7: next_update = $days: wanted a \
whole number from 1 to 3650"
	done
	unchanged
}

@test "old CAs and those that the topology has no more have lists, with a key" {
	local folder
	cp -a c/ca old
	mkdir c/ca/old
	mv old c/ca/old/1
	sed -i '/split_ca/d; /ca client/,$d' c.ini
	topocert revoke --quiet c.ini node1
	run -0 topocert crl c.ini
	for folder in ca/ ca/old/1/ ca-client/; do
		assert_output_has "  ${folder}crl.pem  number 01, 1 revoked"
		openssl crl -in c/${folder}crl.pem -CAfile c/${folder}ca.crt \
			-verify -noout
	done
	# that of the stray is good for as long as its own file says
	assert_equal "$(topocert crl --json c.ini |
		jq '[.crls[].next_update | fromdate | . - now |
			. / 86400 | round] | map(tostring) | join(" ")')" \
		'"7 7 30"'
	rm c/ca/old/1/ca.key c/ca-client/ca.key
	sha256sum c/ca/old/1/crl.* c/ca-client/crl.* >sums
	run -0 topocert crl c.ini
	assert_output_has '  ca/old/1  none made: its key is not here'
	assert_output_has '  ca-client  none made: its key is not here'
	sha256sum --quiet -c sums
	run -0 topocert crl --json c.ini
	assert_equal "$(jq -r '.crls[] | .number // .skipped' <<<"$output")" \
		$'04\nits key is not here\nits key is not here'
}

@test "the next CA has its list before it signs anything" {
	cp -a c/ca next
	mv next c/ca
	echo begun >c/ca/rotation.txt
	run -0 topocert crl c.ini
	assert_output_has '  ca/next/crl.pem  number 01, 0 revoked'
	rm c/ca/next/ca.key
	run -0 topocert crl c.ini
	assert_output_has '  ca/next  none made: its key is not here'
}

@test "without the CA's key, or with another, there is no list" {
	mv c/ca-client/ca.key away
	refused 'c/ca-client/ca.key: No such file'
	cp -a c/ca/ca.key c/ca-client/ca.key
	refused 'c/ca-client/ca.key is not the key of ca.crt'
	cp -a away c/ca-client/ca.key
	chmod 644 c/ca-client/ca.key
	refused 'mode 0644 lets others'
}

@test "an old CA with another's key is told, not passed over" {
	mkdir c/ca/old
	cp -a c/ca-client c/ca/old/1
	cp -a c/ca/ca.key c/ca/old/1/
	refused 'c/ca/old/1/ca.key is not the key of ca.crt'
}

@test "what is wrong with the CA's folder or the clock changes nothing" {
	local text
	refused 'c/ca/ca.crt: valid from ' faketime -f -400d
	refused 'c/ca: expired on ' faketime -f +5000d
	mv c/ca-client/ca.conf away
	refused 'c/ca-client/ca.conf: No such file'
	printf '[ ca\n' >c/ca-client/ca.conf
	refused 'c/ca-client/ca.conf:1: no OpenSSL configuration'
	sed 's/^default_md.*/default_md = sha999/' away >c/ca-client/ca.conf
	refused 'c/ca-client: cannot sign the revocation list'
	cp away c/ca-client/ca.conf
	cp c/ca-client/index.txt index.txt
	for text in 260101000000Z,privilegeWithdrawn 260101000000Z,keyTime \
		260101000000Z,holdInstruction,1.x '260101000000Z,' \
		261301000000Z 260101000000Z,CAkeyTime,2026; do
		printf 'R\t300101000000Z\t%s\t01\tunknown\t/CN=x\n' "$text" |
			cat index.txt - >c/ca-client/index.txt
		refused "c/ca-client/index.txt:4: damaged: date or reason of \
revocation '$text'"
	done
	sed -i '$s/.*/rubbish/' c/ca-client/index.txt
	refused 'c/ca-client/index.txt: damaged'
}

@test "without a CA there is nothing to list, and a new one is passed over" {
	run -1 topocert crl -o none c.ini
	assert_output_has 'none/ca: no CA yet: topocert generate makes it'
	[ ! -e none ]
	mv c/ca-client .
	rm -r c/hosts c/users c/SHA256SUMS
	run -0 topocert crl c.ini
	assert_output_has '  ca-client  none made: not made yet'
	[ ! -e c/ca-client ]
}

@test "a failed write leaves all lists as they were" {
	local call n
	topocert crl --quiet c.ini
	snapshot c >before
	for call in write fchmod renameat; do
		for n in 1 4 6; do
			echo "$call $n"
			run -1 inject "$call:error=ENOSPC:when=$n" \
				"$TOPOCERT" crl -q c.ini
			assert_output_has 'No space left on device'
			unchanged
		done
	done
	run -143 inject fchmod:signal=TERM:when=6 \
		"$TOPOCERT" crl -q c.ini
	assert_output_has 'interrupted: c is as it was'
	unchanged
	topocert crl --quiet c.ini
	assert_equal "$(number_of ca)" crlNumber=0x02
}

@test "a template without sections for lists gives a sound one all the same" {
	sed -i '/crl/d' c/ca/ca.conf
	topocert crl --quiet c.ini
	run -0 openssl crl -in c/ca/crl.pem -noout -text
	assert_output_has 'X509v3 CRL Number'
	assert_output_has 'X509v3 Authority Key Identifier'
}
