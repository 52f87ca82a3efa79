#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A CA is replaced stage by stage, and at each of them stock openssl trusts
# what hosts and users have.

load common
load stock
load tree
load rotation

leaves=() # set by find_leaves

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	topocert generate -q c.ini
	cp -a c settled
	topocert rotate ca begin -q c.ini
	cp -a c begun
	topocert rotate ca switch -q c.ini
	cp -a c switched
	topocert rotate ca finish -q c.ini
	mv c finished
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$BATS_FILE_TMPDIR/c.ini" .
}

# from STAGE: c/ as it was then.
from() {
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/$1" c
	find_leaves
}

@test "begin gives all bundles both CAs, the new one first, and issues nothing" {
	from settled
	keys_and_leaves >before
	cp c/ca/index.txt index
	run -0 rotate begin
	assert_output_has 'packed 3 bundles anew, kept 3'
	keys_and_leaves | diff before -
	cmp index c/ca/index.txt
	assert_trust c/ca/next/ca.crt c/ca/ca.crt
	assert_equal "$(names c/users/root/certs/ca.crt)" \
		'Cockroach CA G2,Cockroach CA'
	verified trusted "${leaves[@]}"
	verified c/ca/ca.crt "${leaves[@]}"
	refused_by c/ca/next/ca.crt "${leaves[@]}"
	assert_stage begun switch
}

@test "switch has the new CA sign all leaves, and old ones are still trusted" {
	local name
	from begun
	run -0 rotate switch
	assert_output_has 'issued 3 certificates'
	assert_output_has 'node.crt until 20'
	assert_output_has '; issuer replaced'
	assert_trust c/ca/ca.crt c/ca/old/1/ca.crt
	assert_equal "$(names c/hosts/node1/certs/ca.crt)" \
		'Cockroach CA G2,Cockroach CA'
	verified c/ca/ca.crt "${leaves[@]}"
	verified trusted "${leaves[@]}"
	refused_by c/ca/old/1/ca.crt "${leaves[@]}"
	for name in hosts/node1 hosts/node2 users/root; do
		unpack c/$name.tar.gz.previous previous/$name
		cmp trusted previous/$name/certs/ca.crt
		run ! cmp c/$name/certs/*node.key previous/$name/certs/*node.key
	done
	verified trusted previous/hosts/*/certs/node.crt \
		previous/users/root/certs/client.root.crt
	refused_by c/ca/ca.crt previous/hosts/*/certs/node.crt
	assert_stage switched finish
}

@test "finish leaves the new CA alone in all bundles, with the same leaves" {
	from switched
	keys_and_leaves >before
	run -0 rotate finish
	assert_output_has 'packed 3 bundles anew, kept 3'
	keys_and_leaves | diff before -
	assert_trust c/ca/ca.crt
	assert_equal "$(names c/hosts/node2/certs/ca.crt)" 'Cockroach CA G2'
	verified trusted "${leaves[@]}"
	unpack "$BATS_FILE_TMPDIR/settled/hosts/node1.tar.gz" old
	refused_by trusted old/certs/node.crt
	[ ! -e c/ca/rotation.txt ]
	assert_stage settled
}

@test "abort leaves everything as it was before begin" {
	from settled
	rm -f c/*/*.previous
	snapshot c | grep -v serial.txt >before
	rotate begin -q
	run -0 rotate abort
	assert_output_has 'packed 3 bundles anew, kept 3'
	rm c/*/*.previous
	snapshot c | grep -v serial.txt | diff before -
	assert_stage settled
}

@test "every generation is a directory of openssl ca, at each stage" {
	from begun
	assert_ca c/ca 3
	assert_ca c/ca/next 0
	from switched
	assert_ca c/ca 3
	assert_ca c/ca/old/1 3
	from finished
	assert_ca c/ca 3
	assert_ca c/ca/old/1 3
	[ ! -e c/ca/next ]
}

# The rows of the former generation stay what they are.
@test "what the former CA signed is revoked in its folder, and that counts" {
	local serial
	from switched
	unpack c/hosts/node1.tar.gz.previous node1
	unpack c/hosts/node2.tar.gz.previous node2
	serial=$(x509_serial node1/certs/node.crt)
	(cd c/ca/old/1 &&
		openssl ca -config ca.conf -revoke "newcerts/$serial.pem" &&
		openssl ca -config ca.conf -gencrl -out crl.pem)
	(cd c/ca && openssl ca -config ca.conf -gencrl -out crl.pem)
	cat c/ca/crl.pem c/ca/old/1/crl.pem >crls
	run -2 verified node1/certs/ca.crt -crl_check -CRLfile crls \
		node1/certs/node.crt
	assert_output_has 'certificate revoked'
	verified node1/certs/ca.crt -crl_check -CRLfile crls "${leaves[@]}" \
		node2/certs/node.crt
	rotate finish -q
	assert_stage settled
	grep -q "^R.*$serial" c/ca/old/1/index.txt
	[ -e c/ca/crl.pem ]
}

@test "the next rotation makes the third generation and keeps the first two" {
	from finished
	rotate begin -q
	assert_trust c/ca/next/ca.crt c/ca/ca.crt
	assert_equal "$(names trusted)" 'Cockroach CA G3,Cockroach CA G2'
	rotate switch -q
	assert_trust c/ca/ca.crt c/ca/old/2/ca.crt
	verified c/ca/ca.crt "${leaves[@]}"
	rotate finish -q
	assert_trust c/ca/ca.crt
	assert_equal "$(names c/ca/old/1/ca.crt)" 'Cockroach CA'
	assert_equal "$(names c/ca/old/2/ca.crt)" 'Cockroach CA G2'
	assert_ca c/ca/old/1 3
	assert_ca c/ca/old/2 3
	assert_ca c/ca 3
	assert_stage settled
}

@test "a host that comes between the stages gets both CAs, and the one that signs" {
	from begun
	printf '%s\n' '[host node3]' 'ip = 10.0.0.13' >>c.ini
	topocert generate -q c.ini
	assert_trust c/ca/next/ca.crt c/ca/ca.crt
	verified c/ca/ca.crt c/hosts/node3/certs/node.crt
	rotate switch -q
	assert_equal "$(wc -l <c/ca/index.txt)" 4
	printf '%s\n' '[host node4]' 'ip = 10.0.0.14' >>c.ini
	topocert generate -q c.ini
	assert_trust c/ca/ca.crt c/ca/old/1/ca.crt
	find_leaves
	assert_equal ${#leaves[@]} 5
	verified c/ca/ca.crt "${leaves[@]}"
	rotate finish -q
	assert_trust c/ca/ca.crt
	assert_stage settled
}

# What the run printed would be read at night, in a window of 80 columns.
@test "each stage says what to upload, how to reload, and what comes next" {
	local stage next
	from settled
	while read -r stage next; do
		run -0 topocert rotate ca "$stage" -o c c.ini
		assert_output_has 'scp c/hosts/node1.tar.gz 10.0.0.11:'
		assert_output_has 'pkill -SIGHUP -x cockroach'
		assert_output_has 'ca/: "Cockroach CA G2", until 20'
		[ -z "$next" ] || assert_output_has "
  topocert rotate ca $next -o c c.ini"
		run -1 grep -E '^.{81}' <<<"$output"
	done <<-'END'
		begin switch
		switch finish
		finish
	END
}

@test "--json says what a stage has led to, and nothing else is printed" {
	from settled
	rotate begin --json >json
	assert_equal "$(jq -c '[.command, .work, .cas[0].stage,
		(.repacked | length), .repacked[0].partial]' json)" \
		'["rotate",0,"begun",3,false]'
	rotate switch --json >json
	assert_equal "$(jq -c '[.command, .work, .cas[0].stage,
		.cas[0].common_name, .certificates[0].bundle]' json)" \
		'["rotate",3,"switched","Cockroach CA G2","hosts/node1.tar.gz"]'
	rotate finish --json >json
	assert_equal "$(jq -r '.cas[0].stage' json)" settled
	run -0 rotate begin -q
	assert_equal "$output" ''
}

@test "verify finds no fault after any stage, and list tells it" {
	local stage
	from settled
	for stage in begin switch finish; do
		rotate $stage --quiet
		run -0 topocert verify c.ini
		run -0 topocert plan c.ini
		topocert list --json c.ini | jq -r '.cas[].stage' >>stages
	done
	assert_equal "$(paste -sd, stages)" begun,switched,settled
}
