#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A bundle that is made anew has new certificates in place of those whose keys
# are not here any more.

load common
load profiles
load tree
load held

certs=c/hosts/node2/certs

# both_new: with node.crt of node2 peer.crt is made again, too, for its key is
# not here.
both_new() {
	local reason='in one bundle with node.crt, and its key is not here any more'
	local old
	old=$(cut -f4 c/ca/index.txt)
	run -4 topocert plan c.ini </dev/null
	assert_output_has 'reissue  hosts/node2/certs/node.crt  revoked'
	assert_output_has "reissue  hosts/node2/certs/peer.crt  $reason"
	assert_output_has ' 0 to issue, 2 to reissue, 3 to keep'
	run -0 topocert generate c.ini </dev/null
	assert_output_has "peer.crt until "
	assert_output_has "; $reason"
	assert_output_has 'issued 2 certificates, kept 3'
	[[ $old != *$(serial_of node)* && $old != *$(serial_of peer)* ]]
	assert_whole 7
}

@test "where the bundles were deleted, both certificates are made again" {
	local gone
	for gone in c/hosts c/hosts/node2{,/certs{,/peer.key}}; do
		again
		revoke node
		rm -r "$gone"
		both_new
	done
}

@test "where they were deleted and files change their names, all is made again" {
	local reason='files of the bundle changed: -certs/peer.key +certs/other.key, and its key is not here any more'
	sed -i 's/^key_file .*= peer.key/key_file = other.key/' mine.ini
	rm -r c/hosts
	run -4 topocert plan c.ini
	assert_output_has "reissue  hosts/node1/certs/node.crt  $reason"
	assert_output_has "reissue  hosts/node2/certs/peer.crt  $reason"
	assert_output_has ' 0 to issue, 4 to reissue, 1 to keep'
	topocert generate --quiet c.ini
	openssl verify -CAfile c/ca/ca.crt $certs/{node,peer}.crt
	assert_equal "$(openssl pkey -in $certs/other.key -pubout)" \
		"$(openssl x509 -in $certs/peer.crt -noout -pubkey)"
	run -0 topocert plan c.ini
}

# replaced COMMAND...: COMMAND makes the file replaced.key out of peer.key of
# node2; with that in its place, peer.crt is made again.
replaced() {
	again
	revoke node
	cp "$certs/peer.key" replaced.key
	"$@"
	run ! cmp -s "$certs/peer.key" replaced.key
	mv replaced.key "$certs/peer.key"
	both_new
}

@test "the key of another certificate is not kept" {
	replaced cp c/hosts/node1/certs/peer.key replaced.key
	replaced cp $certs/node.key replaced.key
	replaced cp c/ca/ca.key replaced.key
}

@test "a key that is damaged, locked or no key at all is not kept" {
	replaced truncate -s 100 replaced.key
	replaced truncate -s 0 replaced.key
	replaced sed -i '2s/./~/5' replaced.key
	replaced openssl pkey -in $certs/peer.key -aes128 -passout pass:x \
		-out replaced.key
	replaced cp $certs/peer.crt replaced.key
	replaced openssl ecparam -name prime256v1 -out replaced.key
}

# The public number, which can be compared with the certificate, stands behind
# the secret one: see RFC 5915.
@test "a key that is damaged in its secret number alone is not kept" {
	replaced sed -i '2s/A\(...\)$/B\1/;t;2s/.\(...\)$/A\1/' replaced.key
}
