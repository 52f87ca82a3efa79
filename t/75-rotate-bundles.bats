#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rotations of other clusters than the usual one: without the keys of hosts,
# with several CAs, with trust stores, with names and keys of the CA's own.

load common
load stock
load tree
load rotation

leaves=() # set by find_leaves

made() {
	small_topology
	topocert generate -q c.ini
}

# ca_line LINE: one more in the section [ca].
ca_line() {
	sed -i "s/^\[ca\]\$/&\n$1/" c.ini
}

# The whole rotation, uploaded: hosts have their own keys all the while.
@test "without keys here, a bundle holds the CAs and fits over the one there" {
	local stage files
	made
	unpack c/hosts/node1.tar.gz host
	cp -a host first
	for stage in begin abort begin; do
		rm -r c/hosts c/users
		run -0 rotate $stage
		assert_output_has 'packed 3 bundles anew, kept 3'
		assert_output_has "repack   hosts/node1.tar.gz  files of the \
bundle changed: certs/ca.crt; without keys, which are not here any more"
		files=$(tar -tf c/hosts/node1.tar.gz | paste -sd' ')
		assert_equal "$files" 'CONFIG.txt certs/ certs/ca.crt'
		assert_equal "$(cd c && find hosts/node1 users/root -type f |
			sort | paste -sd' ')" "hosts/node1/CONFIG.txt \
hosts/node1/certs/ca.crt users/root/CONFIG.txt users/root/certs/ca.crt"
		(cd c && sha256sum --quiet --strict --ignore-missing \
			-c SHA256SUMS)
		unpack c/hosts/node1.tar.gz host
		cmp host/certs/node.crt first/certs/node.crt
		cmp host/certs/node.key first/certs/node.key
		verified host/certs/ca.crt host/certs/node.crt
		run -0 topocert plan c.ini
		assert_output_has 'nothing to do, 3 certificates to keep'
	done
	assert_equal "$(names host/certs/ca.crt)" \
		'Cockroach CA G2,Cockroach CA'
	rotate switch -q
	unpack c/users/root.tar.gz root
	verified host/certs/ca.crt root/certs/client.root.crt
	verified root/certs/ca.crt host/certs/node.crt
	unpack c/hosts/node1.tar.gz host
	rm -r c/hosts c/users
	rotate finish --json >json
	assert_equal "$(jq -c '[.repacked[].partial]' json)" '[true,true,true]'
	unpack c/hosts/node1.tar.gz host
	cmp host/certs/ca.crt c/ca/ca.crt
	verified host/certs/ca.crt host/certs/node.crt
}

# Some hosts were uploaded and their keys removed, others not yet.
@test "where the key of one host alone is gone, its bundle alone has none" {
	made
	rm c/hosts/node2/certs/node.key
	rotate begin -q
	assert_equal "$(tar -tf c/hosts/node1.tar.gz | paste -sd' ')" \
		'CONFIG.txt certs/ certs/ca.crt certs/node.crt certs/node.key'
	assert_equal "$(tar -tf c/hosts/node2.tar.gz | paste -sd' ')" \
		'CONFIG.txt certs/ certs/ca.crt'
	rotate switch -q
	assert_trust c/ca/ca.crt c/ca/old/1/ca.crt
	[ -e c/hosts/node2/certs/node.key ]
}

@test "--reuse-key gives the next CA the same key under its new name" {
	made
	cp c/ca/ca.key key
	rotate begin -q --reuse-key
	cmp key c/ca/next/ca.key
	assert_ca c/ca/next 0
	assert_trust c/ca/next/ca.crt c/ca/ca.crt
	rotate switch -q
	cmp key c/ca/ca.key
	assert_ca c/ca 3
	find_leaves
	verified c/ca/ca.crt "${leaves[@]}"
	rotate finish -q
	assert_equal "$(names c/hosts/node1/certs/ca.crt)" 'Cockroach CA G2'
	rotate begin -q
	run ! cmp key c/ca/next/ca.key
}

@test "one of two CAs is rotated, and the other one stays as it is" {
	made
	sed -i 's/^profile.*/&\nsplit_ca = yes/' c.ini
	rm -r c
	topocert generate -q c.ini
	snapshot c/ca | grep -v bundles.txt >before
	rotate begin -q --ca client
	cat c/ca-client/next/ca.crt c/ca-client/ca.crt >both
	cmp both c/hosts/node1/certs/ca-client.crt
	cmp c/ca/ca.crt c/hosts/node1/certs/ca.crt
	run -0 topocert plan c.ini
	assert_output_has 'rotate   ca-client  under way: begun'
	run -0 rotate switch --ca client
	assert_output_has '  topocert rotate ca finish --ca client c.ini'
	verified c/ca-client/ca.crt c/users/root/certs/client.root.crt
	verified c/ca/ca.crt c/hosts/node1/certs/node.crt
	# both at once
	rotate begin -q --ca ca
	rotate finish -q --ca client
	cmp c/ca-client/ca.crt c/hosts/node1/certs/ca-client.crt
	run -0 topocert plan --json c.ini
	assert_equal "$(jq -c '[.cas[] | [.folder, .stage]]' <<<"$output")" \
		'[["ca","begun"],["ca-client","settled"]]'
	rotate abort -q
	rm c/*/*.previous
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	snapshot c/ca | grep -v bundles.txt | diff before -
	assert_ca c/ca-client/old/1 3
}

@test "a common name in the topology is taken when it is new, else numbered" {
	made
	rm -r c
	ca_line 'common_name = First'
	topocert generate -q c.ini
	rotate begin -q
	assert_equal "$(names c/ca/next/ca.crt)" 'First G2'
	rotate abort -q
	sed -i 's/First/Zweite für alle/' c.ini
	rotate begin -q
	assert_equal "$(openssl x509 -in c/ca/next/ca.crt -noout -subject \
		-nameopt utf8,sep_comma_plus)" \
		'subject=O=Cockroach,CN=Zweite für alle'
	rotate switch -q
	find_leaves
	verified c/ca/ca.crt "${leaves[@]}"
	rotate finish -q
	sed -i 's/Zweite für alle/First/' c.ini
	rotate begin -q
	assert_equal "$(names c/ca/next/ca.crt)" 'First G3'
}

@test "the next CA has the key and the days of the topology" {
	made
	sed -i '/^\[ca\]/,/^\[host/s/^key.*/key = rsa:2048\ndays = 4000/' c.ini
	rotate begin -q
	run -0 openssl x509 -in c/ca/next/ca.crt -noout -text
	assert_output_has 'Public-Key: (2048 bit)'
	run -0 openssl x509 -in c/ca/next/ca.crt -noout \
		-checkend $((3999 * 86400))
	run -1 openssl x509 -in c/ca/next/ca.crt -noout \
		-checkend $((4001 * 86400))
	rotate switch -q
	find_leaves
	verified c/ca/ca.crt "${leaves[@]}"
}

@test "a CA whose key is lost is rotated all the same" {
	made
	rm -f c/ca/ca.key
	rotate begin -q
	rotate switch -q
	assert_trust c/ca/ca.crt c/ca/old/1/ca.crt
	assert_ca c/ca 3
	rotate finish -q
}
