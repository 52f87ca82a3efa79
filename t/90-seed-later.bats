#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What comes from a seed, after the first day.

load common
load seed
load clock

# others FOLDER: all that an added host or user may not change.
others() {
	snapshot "$1" | grep -vE "(^| )$1/(SHA256SUMS|ca/(index|bundles)\.txt|(hosts|users)/(node3|extra))"
}

@test "a host that is added changes nothing but the lists, in place or from nothing" {
	seeded_topology ec:P-256
	topocert generate -q c.ini
	others c | grep -v '^c/ca/newcerts d\|^c/hosts d' >before
	sed -i 's/^\[host node1\]/[host node3]\nip = 10.0.0.13\n&/' c.ini
	topocert generate -q c.ini
	rm c/ca/newcerts/"$(awk -F'\t' '$5 ~ /node3/ { print $4 }' \
		c/ca/index.txt)".pem
	others c | grep -v '^c/ca/newcerts d\|^c/hosts d' >after
	diff before after
	# what a file says of other hosts is what it is for
	topocert generate -q -o d c.ini
	rm d/ca/newcerts/"$(awk -F'\t' '$5 ~ /node3/ { print $4 }' \
		d/ca/index.txt)".pem
	diff <(cd c && others . | grep -v '\.tar\.gz$\|CONFIG\.txt$\| \./ca/newcerts d') \
		<(cd d && others . | grep -v '\.tar\.gz$\|CONFIG\.txt$\| \./ca/newcerts d')
}

@test "the order of the topology is not in any certificate" {
	seeded_topology ed25519
	topocert generate -q c.ini
	awk '/^\[(host|user)/ { late = 1 } { text[late] = late && /^\[/ ?
		$0 "\n" : text[late] }' c.ini
	printf '%s\n' "$(sed -n '1,/^\[ca\]/p' c.ini)" 'key = ed25519' \
		'[user root]' '[host node2]' 'ip = 10.0.0.12, 127.0.0.1' \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' >d.ini
	topocert generate -q -o d d.ini
	diff -r c/ca/newcerts d/ca/newcerts
	cmp c/hosts/node1/certs/node.key d/hosts/node1/certs/node.key
}

@test "another name makes another certificate of the same key, and back" {
	seeded_topology ed25519
	topocert generate -q c.ini
	cp -r c first
	sed 's/^\[host node1\]/&\ndns = db.example.com/' c.ini >d.ini
	run -0 topocert generate -o c d.ini
	assert_output_has 'names changed: +DNS db.example.com'
	cmp {first,c}/hosts/node1/certs/node.key
	run -1 cmp {first,c}/hosts/node1/certs/node.crt
	run -0 topocert verify --regenerate -o c d.ini
	run -0 topocert generate c.ini
	cmp {first,c}/hosts/node1/certs/node.crt
	run -0 topocert verify --regenerate c.ini
	# one row for each, and the one that counts comes last
	assert_equal "$(awk -F'\t' '$5 ~ /node1/' c/ca/index.txt | wc -l)" 2
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout -serial
	assert_equal "$output" "serial=$(awk -F'\t' '$5 ~ /node1/ { s = $4 }
		END { print s }' c/ca/index.txt)"
	run -4 topocert plan -o c d.ini
}

@test "a lost record is made again, the same" {
	seeded_topology ed25519
	topocert generate -q c.ini
	snapshot c | grep -v ' d[rwx]' >before
	rm c/ca/newcerts/*.pem
	topocert generate -q c.ini
	find c -name '*.previous' -delete
	snapshot c | grep -v ' d[rwx]' >after
	diff before after
}

@test "a higher generation has new keys, of one host or of all" {
	seeded_topology ed25519
	topocert generate -q c.ini
	cp -r c first
	sed -i 's/^\[host node2\]/&\ngeneration = 2/' c.ini
	run -0 topocert generate c.ini
	assert_output_has 'not from the seed in generation 2'
	assert_output_has 'issued 1 certificate, kept 2'
	run -1 cmp {first,c}/hosts/node2/certs/node.key
	assert_equal "$(private_octets c/hosts/node2/certs/node.key)" \
		"$(derived 32 c hosts/node2 node ed25519 2 key)"
	sed -i 's/^not_before.*/not_before = 2026-11-15\ngeneration = 3/
		s/^\[ca\]/&\nnot_before = 2026-11-01/' c.ini
	run -0 topocert generate c.ini
	assert_output_has 'issued 3 certificates'
	run -0 topocert verify --regenerate c.ini
	run -0 topocert plan c.ini
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout -startdate
	assert_equal "$output" 'notBefore=Nov 15 00:00:00 2026 GMT'
	assert_equal "$(private_octets c/hosts/node2/certs/node.key)" \
		"$(derived 32 c hosts/node2 node ed25519 2 key)"
	assert_equal "$(private_octets c/hosts/node1/certs/node.key)" \
		"$(derived 32 c hosts/node1 node ed25519 3 key)"
}

@test "the calendar warns, once for each section, and renews nothing" {
	seeded_topology ed25519 '[host more{1..9}]' 'ip = 10.1.0.{1..9}'
	sed -i 's/^not_before.*/not_before = 2030-03-17\ndays = 40/' c.ini
	at 0 generate -q c.ini
	snapshot c >before
	at $((30 * 86400)) generate c.ini >out 2>&1
	assert_equal "$(grep -c 'renewed when not_before and generation' out)" 4
	grep -qF 'c.ini:15: warning: hosts/more1/certs/node.crt ends on 2030-04-26: what comes from a seed is renewed when not_before and generation are raised, here or in [cluster]' out
	at $((45 * 86400)) generate c.ini >out 2>&1
	grep -q 'warning: hosts/more1/certs/node.crt ends on 2030-04-26' out
	snapshot c | diff before -
	run -3 topocert generate --renew node1 c.ini
	assert_output_has 'c.ini:5: --renew: what comes from a seed is made anew when generation is raised'
}

@test "what was revoked does not come again" {
	seeded_topology ed25519
	topocert generate -q c.ini
	topocert revoke -q --reason keyCompromise c.ini node1
	snapshot c >before
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:9: hosts/node1/certs/node.crt is revoked in generation 1: wanted a higher one'
	run -4 topocert verify c.ini
	snapshot c | diff before -
	sed -i 's/^\[host node1\]/&\ngeneration = 2/' c.ini
	topocert generate -q c.ini
	run -0 topocert verify c.ini
	assert_equal "$(awk -F'\t' '{ print $1 }' c/ca/index.txt | sort | uniq -c |
		xargs)" '1 R 3 V'
}

@test "a certificate without the seed is replaced by one of it, and its CA is told of" {
	seeded_topology ed25519
	sed '/seed_file/d; /not_before/d' c.ini >d.ini
	topocert generate -q d.ini
	run -0 topocert generate c.ini
	assert_output_has 'c.ini:7: warning: the CA in ca/ is not from the seed in generation 1: it stays'
	assert_output_has 'not from the seed in generation 1'
	run -4 topocert verify --regenerate c.ini
	assert_output_has 'ca/ca.crt: is not what topology and seed give'
	run -3 topocert rotate ca begin c.ini
	assert_output_has 'wanted that in [ca]'
}

@test "a CA is rotated by its generation, and then all is as from nothing" {
	seeded_topology ec:P-256
	topocert generate -q c.ini
	run -3 topocert rotate ca begin c.ini
	assert_output_has 'c.ini:7: generation = 1: the one that follows the CA in ca/ has a higher one: wanted that in [ca]'
	sed -i 's/^\[ca\]/&\ngeneration = 2\nnot_before = 2026-11-20/' c.ini
	run -1 topocert rotate ca begin --reuse-key c.ini
	assert_output_has 'cannot reuse the key: what comes from a seed'
	topocert rotate ca begin -q c.ini
	run -1 topocert verify --regenerate c.ini
	assert_output_has 'a rotation is under way'
	topocert rotate ca switch -q c.ini
	topocert rotate ca finish -q c.ini
	run -0 topocert verify --regenerate c.ini
	run -0 openssl x509 -in c/ca/ca.crt -noout -subject -nameopt RFC2253
	assert_equal "$output" 'subject=CN=Cockroach CA G2,O=Cockroach'
	topocert generate -q -o d c.ini
	rm -r c/ca/old
	find c -name '*.previous' -delete
	same_trees c d
	cmp c/hosts/node1/certs/node.key d/hosts/node1/certs/node.key
}

@test "verify --regenerate names every file that differs, and nothing of a key" {
	seeded_topology ed25519
	topocert generate -q c.ini
	run -0 topocert verify --regenerate c.ini
	assert_output_has 'files made again and compared'
	run -2 topocert verify --regenerate --at 2027-01-01 c.ini
	run -2 topocert verify --regenerate --connect c.ini
	rm -r c/hosts
	mv c/ca/ca.key away
	run -0 topocert verify --regenerate c.ini
	assert_output_has 'not here any more'
	mv away c/ca/ca.key
	openssl genpkey -algorithm ed25519 >c/users/root/certs/client.root.key
	echo >>c/ca/ca.conf
	sed -i 2d c/ca/index.txt
	rm c/ca/bundles.txt
	run -4 topocert verify --regenerate --json c.ini
	jq -r '.faults[] | select(.what | test("seed give|missing")) | .file' \
		<<<"$output" | sort >files
	diff files - <<-'END'
		ca/bundles.txt
		ca/ca.conf
		ca/index.txt
		users/root/certs/client.root.key
	END
	[[ $output != *"$(sed -n 2p c/users/root/certs/client.root.key)"* ]]
	assert_equal "$(jq '.regenerated > 5 and .absent > 5' <<<"$output")" true
	sed -i '/seed_file/d; /not_before/d' c.ini
	run -3 topocert verify --regenerate c.ini
	assert_output_has 'c.ini:1: verify --regenerate: wanted seed_file in [cluster]'
}

@test "verify --regenerate writes nothing" {
	seeded_topology ed25519
	topocert generate -q c.ini
	snapshot . >../before
	touch ../before
	run -0 topocert verify --regenerate c.ini
	snapshot . | diff ../before -
	assert_equal "$(find . -newercm ../before)" ''
}
