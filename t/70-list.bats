#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What list says of each certificate, with stock openssl as the judge.

load common
load list

node1=hosts/node1/certs/node.crt
node2=hosts/node2/certs/node.crt

# Made once: node1 has 40 days, 2 of them to be renewed in.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's/^\[host node1\]/&\ndays = 40\nrenew_before = 2/' c.ini
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/c* "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# agrees FILE CERTIFICATE: all facts of the row are what openssl reads.
agrees() {
	row "$1" '"serial=\(.serial)\nsubject=\(.subject)\nissuer=\(.issuer)\n" +
		(.not_before, .not_after)' | sort -u >ours
	{
		openssl x509 -in "$2" -noout -serial -subject -issuer \
			-nameopt compat
		date -u -d "$(openssl x509 -in "$2" -noout -startdate |
			cut -d= -f2)" +%FT%TZ
		date -u -d "$(openssl x509 -in "$2" -noout -enddate |
			cut -d= -f2)" +%FT%TZ
	} >theirs
	row "$1" '"serial=\(.serial)", "subject=\(.subject)",
		"issuer=\(.issuer)", .not_before, .not_after' | diff - theirs
	diff <(row "$1" '.names[]' | sort) <(openssl x509 -in "$2" -noout \
		-ext subjectAltName 2>/dev/null | sed '1d; s/IP Address/IP/g' |
		tr -d ' ' | tr , '\n' | sort)
}

@test "each certificate is listed with what openssl reads in it" {
	local file
	listing
	for file in "$node1" "$node2" users/root/certs/client.root.crt \
		ca/ca.crt; do
		agrees "$file" "c/$file"
		assert_equal "$(row "$file" '[.status, .wanted, .ca] | @csv')" \
			'"valid",true,"ca"'
	done
	jq -e '.certificates | length == 4 and
		(map(.not_after) | . == sort) and
		map(.kind) == ["host", "host", "user", "ca"] and
		map(.owner) == ["node1", "node2", "root", "ca"]' list.json
	jq -e '.format == 1 and .command == "list" and .cluster == "c" and
		.cas[0].stage == "settled"' list.json
}

@test "expiring and expired begin when openssl x509 -checkend says so" {
	local day status wanted
	for day in 37 39 41; do
		wanted=valid
		faketime "+${day} days" openssl x509 -in "c/$node1" -noout \
			-checkend $((2 * 86400)) || wanted=expiring
		faketime "+${day} days" openssl x509 -in "c/$node1" -noout \
			-checkend 0 || wanted=expired
		echo "$day $wanted"
		faketime "+${day} days" "$TOPOCERT" list --json c.ini >list.json
		assert_equal "$(row "$node1" .status)" $wanted
		assert_equal "$(row "$node2" .status)" valid
		echo $wanted >>seen
	done
	assert_equal "$(cat seen)" 'valid
expiring
expired'
	assert_equal "$(row "$node1" .days_left)" -1
}

@test "what was revoked is so, as openssl verify -crl_check says, with its reason" {
	local file
	revoke "$node1" keyCompromise
	(cd c/ca && openssl ca -config ca.conf -gencrl -out ../../crl.pem)
	listing
	for file in "$node1" "$node2"; do
		run openssl verify -crl_check -CAfile c/ca/ca.crt \
			-CRLfile crl.pem "c/$file"
		case $output in
		*'certificate revoked'*) echo revoked ;;
		*': OK') echo valid ;;
		esac
	done >theirs
	assert_equal "$(cat theirs)" 'revoked
valid'
	{ row "$node1" .status && row "$node2" .status; } | diff theirs -
	assert_equal "$(row "$node1" .reason)" keyCompromise
	assert_equal "$(row "$node1" '.revoked[:10]')" "$(date -u +%F)"
	topocert list --json --current c.ini >list.json
	assert_equal "$(row "$node1" .status)" ''
}

@test "what was issued again replaces the one before, of whatever status" {
	local old
	old=$(serial "$node2")
	sed -i 's/10.0.0.12/10.0.0.22/' c.ini
	topocert generate --quiet c.ini
	listing
	agrees "$node2" "c/$node2"
	jq -e --arg old "$old" '.certificates[] | select(.serial == $old) |
		.status == "replaced" and .superseded' list.json
	listing --current
	jq -e '.certificates | length == 4' list.json
	# expired and replaced: expired, and not current
	faketime '+6 years' "$TOPOCERT" list --json c.ini >list.json
	jq -e --arg old "$old" '.certificates[] | select(.serial == $old) |
		.status == "expired" and .superseded' list.json
	run -0 faketime '+6 years' "$TOPOCERT" list --current c.ini
	assert_equal "$(grep -c 'host node2' <<<"$output")" 1
}

@test "what another CA signed since replaces it, and what the topology drops is not wanted" {
	cp -a c/ca c/ca-former
	sed -i 's/^\[user root\]//; s/10.0.0.12/10.0.0.22/' c.ini
	sleep 1
	topocert generate --quiet c.ini
	listing
	jq -e '[.certificates[] | select(.ca == "ca-former" and .kind == "host") |
		.superseded] == [false, true]' list.json
	jq -e '[.certificates[] | select(.kind == "user") | .wanted] ==
		[false, false]' list.json
	assert_equal "$(row ca-former/ca.crt .wanted)" false
	run -0 topocert list c.ini
	assert_output_has '(not wanted) root'
}

@test "what openssl ca issued by hand is listed without an owner" {
	by_hand /CN=hand 'subjectAltName = DNS:hand.example.com'
	listing
	jq -e '.certificates[0] | .kind == "unknown" and .owner == null and
		.status == "valid" and .wanted == false and
		.names == ["DNS:hand.example.com"]' list.json
	agrees "$(jq -r '.certificates[0].file' list.json)" hand.crt
}

@test "what newcerts/ has lost is shown by the index, and marked" {
	rm "c/ca/newcerts/$(serial "$node1").pem"
	echo broken >"c/ca/newcerts/$(serial "$node2").pem"
	listing
	for file in "$node1" "$node2"; do
		assert_equal "$(row "$file" '[.damaged, .not_before, .subject] |
			@csv')" 'true,,"/O=Cockroach/CN=node"'
		assert_equal "$(row "$file" .not_after)" "$(date -u -d "$(
			openssl x509 -in "c/$file" -noout -enddate |
				cut -d= -f2)" +%FT%TZ)"
	done
	run -0 topocert list c.ini
	assert_output_has '(record damaged) /O=Cockroach/CN=node'
}

@test "a rotation of the CA shows, and which of its generations are past" {
	rotated begun
	listing
	jq -e '.cas[0] | .stage == "begun" and
		(.generations | map(.role) == ["signs", "next"])' list.json
	assert_equal "$(row ca/next/ca.crt '[.status, .wanted] | @csv')" \
		'"valid",true'
	run -0 topocert list c.ini
	assert_output_has \
		'ca/: rotation begun: ca/ still signs: next is topocert rotate ca switch'
	rm -r c/ca/next c/ca/rotation.txt
	rotated switched
	listing
	assert_equal "$(row ca/old/1/ca.crt '[.status, .wanted] | @csv')" \
		'"valid",true'
	# the same path in the newer generation
	jq -e '[.certificates[] | select(.ca == "ca/old/1" and .kind != "ca") |
		.status] == ["replaced", "replaced", "replaced"]' list.json
	run -0 topocert list c.ini
	assert_output_has 'next is topocert rotate ca finish'
	rm c/ca/rotation.txt
	listing
	jq -e '.certificates[] | select(.file == "ca/old/1/ca.crt") |
		.status == "replaced" and (.wanted | not)' list.json
}

@test "without an output folder the list is empty, and an interrupted run is said" {
	mv c away
	run -0 topocert list c.ini
	assert_equal "$output" 'c: no certificates yet'
	listing
	jq -e '.certificates == [] and .cas == []' list.json
	mv away c
	mkdir c/.topocert-commit
	run -4 topocert list c.ini
	assert_equal "$output" 'c: an interrupted run is to be completed'
	run -4 topocert list --json c.ini
	jq -e '.interrupted and .command == "list"' <<<"$output"
	run -4 --separate-stderr topocert list --prometheus c.ini
	assert_equal "$output" ''
	run -4 topocert list --html x.html c.ini
	[ ! -e x.html ]
}
