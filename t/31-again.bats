#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	"$TOPOCERT" generate -q c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
}

# Everything there is to know of what lies in c/.
all_of() {
	find c -mindepth 1 -printf '%p %M %U %s %T@ %C@ %i %n\n' | sort
}

# What no work on node2 may touch.
others="node1|users/|ca/ca\\.(key|crt)"

# planned_and_done TEXT: plan says TEXT, generate too, and does only that.
planned_and_done() {
	all_of >before
	run -4 topocert plan c.ini
	assert_output_has "reissue  hosts/node2/certs/node.crt  $1"
	assert_output_has ' 0 to issue, 1 to reissue, 2 to keep'
	diff before <(all_of)
	run -0 topocert generate c.ini
	assert_output_has "hosts/node2.tar.gz  node.crt until "
	assert_output_has "; $1"
	assert_output_has 'issued 1 certificate, kept 2'
	diff <(grep -E "$others" before) <(all_of | grep -E "$others")
	assert_tree c
	run -0 topocert plan c.ini
}

# refused TEXT: neither plan nor generate do anything, and both say why.
refused() {
	local command
	all_of >before
	for command in plan generate; do
		run topocert "$command" c.ini
		assert_status 1
		assert_output_has "$1"
		diff before <(all_of)
	done
}

@test "a second run changes nothing at all, and says so" {
	all_of >before
	run -0 topocert generate c.ini
	assert_output_has 'c: nothing to do, '
	assert_equal "${#lines[@]}" 1
	diff before <(all_of)
	run -0 topocert plan c.ini
	assert_output_has 'c: nothing to do, '
	assert_equal "${#lines[@]}" 1
	diff before <(all_of)
}

@test "an added host is issued, and no other bundle touched" {
	echo '[host node0]' >>c.ini
	all_of >before
	run -4 topocert plan c.ini
	assert_output_has 'issue    hosts/node0/certs/node.crt  new'
	diff before <(all_of)
	run -0 topocert generate c.ini
	assert_output_has 'issued 1 certificate, kept 3'
	run -0 diff <(grep -E '/certs|tar.gz|ca.key|ca.crt|newcerts/' before) \
		<(all_of | grep -E '/certs|tar.gz|ca.key|ca.crt|newcerts/' |
			grep -v node0 | grep -vF "$(tail -1 c/ca/index.txt |
				cut -f4)")
	assert_tree c
}

@test "changed names are a reason to reissue that host alone" {
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	planned_and_done 'names changed: -IP 10.0.0.12 +IP 10.0.0.99'
}

@test "a changed key, lifetime or organization is a reason" {
	cp c.ini c0.ini
	sed '/10.0.0.12/a key = ed25519' c0.ini >c.ini
	planned_and_done 'key is ec:P-256, wanted ed25519'
	rm -rf c && cp -a "$BATS_FILE_TMPDIR/c" .
	sed '/10.0.0.12/a days = 90' c0.ini >c.ini
	planned_and_done 'lifetime is 183'
	rm -rf c && cp -a "$BATS_FILE_TMPDIR/c" .
	sed '/10.0.0.12/a organization = Other' c0.ini >c.ini
	planned_and_done "organization is 'Cockroach', wanted 'Other'"
}

@test "what has expired is reissued, and the date told" {
	sed -i '/10.0.0.12/a days = 30' c.ini
	rm -r c
	faketime -f '-40d' "$TOPOCERT" generate -q c.ini
	date=$(openssl x509 -in c/hosts/node2/certs/node.crt -noout -enddate)
	planned_and_done "expired on $(date -u -d "${date#*=}" +%F)"
}

@test "a lost or damaged record in newcerts/ is a reason" {
	serial=$(grep node2 c/ca/index.txt | cut -f4)
	echo broken >"c/ca/newcerts/$serial.pem"
	run -4 topocert plan c.ini
	assert_output_has "its record newcerts/$serial.pem is missing or damaged"
	run -0 topocert generate c.ini
	assert_output_has "its record newcerts/$serial.pem is missing or damaged"
	run -0 topocert plan c.ini
}

@test "what the topology no longer has is reported and stays" {
	sed -i '/node2/,/10.0.0.12/d' c.ini
	all_of >before
	for command in plan generate; do
		run -0 topocert $command c.ini
		assert_output_has 'unwanted hosts/node2/certs/node.crt'
		diff before <(all_of)
	done
	echo '[host node7]' >>c.ini
	run -0 topocert generate c.ini
	assert_output_has 'unwanted hosts/node2/certs/node.crt'
	assert_tree c
	[ -e c/hosts/node2.tar.gz ]
}

@test "nothing is issued again because hosts/ and users/ were deleted" {
	rm -r c/hosts c/users
	all_of >before
	run -0 topocert plan c.ini
	run -0 topocert generate c.ini
	assert_output_has 'nothing to do'
	diff before <(all_of)
	echo '[host node7]' >>c.ini
	run -0 topocert generate c.ini
	assert_output_has 'issued 1 certificate, kept 3'
	assert_equal "$(ls c/hosts)" $'node7\nnode7.tar.gz'
	[ ! -e c/users ]
	(cd c && sha256sum --quiet -c SHA256SUMS)
}

@test "without the CA its bundles are not replaced by those of a new one" {
	rm -r c/ca
	refused 'c/ca: missing, but '
	rm -r c/hosts c/users c/SHA256SUMS
	run -0 topocert generate c.ini
	assert_tree c
}

@test "what generate changes without certificates to issue, plan tells beforehand" {
	sed -i 's/^\[ca\]/&\ndays = 4000\norganization = Other/' c.ini
	all_of >before
	run topocert plan c.ini
	plan=$status,$output
	run -0 topocert generate c.ini
	if ! cmp before <(all_of); then
		output=$plan
		assert_output_has 'ca.conf'
	fi
}
