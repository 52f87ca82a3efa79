#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --prune revokes and removes what the topology has no more, and nothing else.

load common
load tree

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology '[host node3]'
	"$TOPOCERT" generate -q c.ini
	# so that there is a .previous
	"$TOPOCERT" generate -q --renew node2 c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
}

# without OWNER...: c.ini has these no more.
without() {
	local owner
	for owner; do
		sed -i "/^\[$owner\]/,/^\[/{/^\[$owner\]/d;/^ip/d;}" c.ini
	done
}

# serials PATH: all that were issued for it, the latest last.
serials() {
	awk -F '\t' -v path="$1" '$5 == path { print $4 }' "c/${2:-ca}/index.txt"
}

# revoked SERIAL...: openssl says so, and why.
revoked() {
	local serial
	for serial; do
		run bash -c "cd c/ca && openssl ca -config ca.conf -status $serial"
		assert_output_has "$serial=Revoked (R)"
		grep -qE "^R	[^	]*	[0-9]*Z,cessationOfOperation	$serial	" \
			c/ca/index.txt
	done
	[ $# -gt 0 ]
}

# gone OWNER...: of their folders, bundles, sums and records nothing is left.
gone() {
	local owner
	for owner; do
		run -2 ls -d "c/$owner" "c/$owner".tar.gz*
		run -1 grep -E "${owner}[/.]" c/SHA256SUMS c/ca/bundles.txt
	done
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	run -0 topocert verify c.ini
}

@test "what is pruned is revoked, removed and forgotten, as plan says beforehand" {
	local numbers
	without 'host node2' 'user root'
	mapfile -t numbers < <(serials hosts/node2/certs/node.crt &&
		serials users/root/certs/client.root.crt)
	assert_equal ${#numbers[@]} 3
	[ -e c/hosts/node2.tar.gz.previous ]
	snapshot c >before
	run -4 topocert plan --prune c.ini
	assert_output_has 'prune    hosts/node2/certs/node.crt  '
	assert_output_has 'prune    users/root/certs/client.root.crt  '
	assert_equal "$(grep -c ^prune <<<"$output")" 2
	assert_output_has 'c: 0 to issue, 0 to reissue, 2 to keep'
	assert_equal "$(topocert plan --prune --json c.ini |
		jq -c '[(.pruned | sort), .unwanted, .work, .left]')" \
		'[["hosts/node2/certs/node.crt","users/root/certs/client.root.crt"],[],0,0]'
	snapshot c | diff before -
	sha256sum c/hosts/node{1,3}.tar.gz c/ca/ca.* >kept
	run -0 topocert generate --prune c.ini
	assert_equal "$(grep -c ^prune <<<"$output")" 2
	revoked "${numbers[@]}"
	gone hosts/node2 users/root
	[ ! -e c/users/root ]
	sha256sum --quiet -c kept
	for command in plan generate; do
		run -0 topocert $command --prune c.ini
		assert_equal "$output" "c: nothing to do, 2 certificates $(
			[ $command = plan ] && echo to keep ||
				echo as the topology asks for)"
	done
}

@test "without --prune nothing is revoked or removed" {
	without 'host node2'
	snapshot c >before
	for command in plan generate; do
		run -0 topocert $command c.ini
		assert_output_has 'unwanted hosts/node2/certs/node.crt  still valid'
		assert_equal "$(topocert $command --json c.ini |
			jq -c '[.pruned, .unwanted]')" \
			'[[],["hosts/node2/certs/node.crt"]]'
		snapshot c | diff before -
	done
}

@test "--prune --only prunes just what is named, by name and by pattern" {
	local name
	without 'host node2' 'host node3' 'user root'
	for name in node2 'hosts/node2' '*2'; do
		rm -rf c
		cp -a "$BATS_FILE_TMPDIR/c" .
		assert_equal "$(topocert plan --json --prune --only "$name" c.ini |
			jq -c '[.pruned, (.unwanted | sort)]')" \
			'[["hosts/node2/certs/node.crt"],["hosts/node3/certs/node.crt","users/root/certs/client.root.crt"]]'
		topocert generate -q --prune --only "$name" c.ini
		[ ! -e c/hosts/node2.tar.gz ]
		[ -e c/hosts/node3.tar.gz ]
		[ -e c/users/root.tar.gz ]
		assert_equal "$(grep -c ^R c/ca/index.txt)" 2
	done
	# who is not pruned cannot be named
	run -3 topocert generate --only node3 c.ini
	assert_output_has '--only node3: no host or user of the topology has this name'
}

@test "of a host that stays, only the certificate that it has no more is revoked" {
	local client
	sed -i 's/^profile .*/&\nsplit_node = yes/' c.ini
	rm -r c
	topocert generate -q c.ini
	client=$(serials hosts/node1/certs/client.node.crt)
	[ "$client" ]
	sed -i '/^split_node/d' c.ini
	topocert generate -q --prune c.ini
	revoked "$client"
	[ -e c/hosts/node1.tar.gz ]
	assert_equal "$(ls c/hosts/node1/certs)" $'ca.crt\nnode.crt\nnode.key'
	run -0 topocert verify c.ini
	run -0 topocert plan --prune c.ini
}

@test "a host with several certificates, of several CAs, is removed once" {
	sed -i 's/^profile .*/&\nsplit_ca = yes/' c.ini
	printf '%s\n' '[ca client]' 'key = ec:P-256' >>c.ini
	rm -r c
	topocert generate -q c.ini
	without 'host node2'
	topocert generate -q --prune --renew node1 c.ini
	gone hosts/node2
	for ca in ca ca-client; do
		grep '^R.*hosts/node2/' c/$ca/index.txt
		assert_equal "$(grep -c ^R c/$ca/index.txt)" 1
	done
}

@test "what a CA signed that the topology has no more is pruned, too" {
	sed -i 's/^profile .*/&\nsplit_ca = yes/' c.ini
	printf '%s\n' '[ca client]' 'key = ec:P-256' >>c.ini
	rm -r c
	topocert generate -q c.ini
	sed -i '/^split_ca/d; /^\[ca client/,$d' c.ini
	run -4 topocert plan --prune c.ini
	assert_output_has 'signed in ca-client/, but not in the topology'
	topocert generate -q --prune c.ini
	run -1 grep ^V c/ca-client/index.txt
	(cd c/ca-client && openssl ca -config ca.conf -gencrl -out crl.pem)
	run -0 topocert plan --prune c.ini
	run -0 topocert verify c.ini
}

@test "bundles of which no certificate is valid any more are removed" {
	without 'host node2'
	topocert revoke -q c.ini node2
	run -4 topocert plan --prune c.ini
	assert_output_has 'prune    hosts/node2.tar.gz  not in the topology'
	assert_equal "$(topocert plan --prune --json c.ini | jq -c .pruned)" \
		'["hosts/node2.tar.gz"]'
	topocert generate -q --prune c.ini
	gone hosts/node2
}

@test "a host that is pruned and comes back gets a new certificate and key" {
	local serial
	cp c/hosts/node2/certs/node.key .
	serial=$(serials hosts/node2/certs/node.crt)
	cp c.ini c0.ini
	without 'host node2'
	topocert generate -q --prune c.ini
	cp c0.ini c.ini
	run -4 topocert plan c.ini
	assert_output_has 'reissue  hosts/node2/certs/node.crt  revoked'
	topocert generate -q c.ini
	run ! cmp -s node.key c/hosts/node2/certs/node.key
	assert_equal "$(serials hosts/node2/certs/node.crt | wc -l)" \
		$(($(wc -l <<<"$serial") + 1))
	[ ! -e c/hosts/node2.tar.gz.previous ]
	run -0 topocert verify c.ini
}

@test "prune works where hosts/ and users/ were deleted after the upload" {
	local numbers
	without 'host node2'
	rm -r c/hosts c/users
	topocert generate -q --prune c.ini
	mapfile -t numbers < <(serials hosts/node2/certs/node.crt)
	revoked "${numbers[@]}"
	run -0 topocert plan --prune c.ini
	run -0 topocert verify c.ini
}
