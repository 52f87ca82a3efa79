#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A bundle that is made anew keeps those of its certificates that are still
# good, where their keys are still here.

load common
load profiles
load tree
load held

certs=c/hosts/node2/certs

# Everything there is to know of what lies in c/, but for node2 and what the CA
# keeps of its certificates.
all_others() {
	find c -mindepth 2 ! -path '*/node2*' ! -path 'c/ca/*' -o \
		-path 'c/ca/ca.*' | sort |
		xargs stat -c '%n %A %u %s %Y %Z %i %h'
}

# kept_and_new KEPT NEW REASON: plan and generate make NEW of node2 again for
# that REASON, and keep KEPT of the same bundle, with serial, key and request.
kept_and_new() {
	local kept=$1 new=$2 reason=$3 file old
	old=$(serial_of "$new")
	rm -rf before
	mkdir before
	cp -a "$certs/$kept".* c/hosts/node2/conf/"$kept".* before
	all_others >others
	snapshot c >all
	run -4 topocert plan c.ini
	assert_output_has "reissue  hosts/node2/certs/$new.crt  $reason"
	assert_output_has ' 0 to issue, 1 to reissue, 4 to keep'
	snapshot c | diff all -
	run -0 topocert generate c.ini
	assert_output_has "hosts/node2.tar.gz  $new.crt until "
	assert_output_has "; $reason"
	assert_output_has 'issued 1 certificate, kept 4'
	[[ $output != *"$kept.crt"* ]]
	for file in before/*.{crt,key}; do
		cmp "$file" "$certs/${file##*/}"
	done
	for file in before/*.{conf,csr}; do
		cmp "$file" "c/hosts/node2/conf/${file##*/}"
	done
	[ "$(serial_of "$new")" != "$old" ]
	all_others | diff others -
	assert_whole 6
}

@test "where one of two certificates is revoked, the other keeps serial and key" {
	revoke node
	kept_and_new peer node revoked
	again
	revoke peer
	kept_and_new node peer revoked
}

@test "where the profile changes for one of two, the other keeps serial and key" {
	sed -i '/^\[certificate peer]/,$s/^extended.*/extended_key_usage = serverAuth/' \
		mine.ini
	sed -i '/^\[host node1]/,/^\[host node2]/{/node2/!d;}' c.ini
	run -4 topocert plan c.ini
	assert_output_has 'reissue  hosts/node2/certs/peer.crt  extendedKeyUsage is'
	assert_output_has ' 0 to issue, 1 to reissue, 2 to keep'
	cp $certs/node.* .
	run -0 topocert generate c.ini
	cmp node.crt $certs/node.crt
	cmp node.key $certs/node.key
	assert_whole 6
}

@test "a bundle that gets one more file is packed anew, with the old keys" {
	local reason='files of the bundle changed: +certs/both.pem' file
	printf '%s\n' '' '[file both]' 'owner = host' 'certificate = peer' \
		'content = key, certificate' 'file = both.pem' 'mode = 0600' \
		>>mine.ini
	sed -i '/^\[host node1]/,/^\[host node2]/{/node2/!d;}' c.ini
	cp c/ca/index.txt $certs/{node,peer}.* .
	snapshot c >all
	run -4 topocert plan c.ini
	assert_output_has "repack   hosts/node2.tar.gz  $reason"
	assert_output_has ' 0 to issue, 0 to reissue, 3 to keep'
	snapshot c | diff all -
	run -0 topocert generate c.ini
	assert_output_has 'packed 1 bundle anew, kept 3'
	assert_output_has "hosts/node2.tar.gz  $reason"
	cat peer.key peer.crt >both.pem
	for file in {node,peer}.{crt,key} both.pem; do
		cmp "$file" "$certs/$file"
		tar -xzOf c/hosts/node2.tar.gz "certs/$file" | cmp - "$file"
	done
	diff index.txt c/ca/index.txt
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	run -0 topocert plan c.ini
}

@test "what is kept needs its key alone: certificate and request come again" {
	local file
	for file in certs/peer.crt conf/peer.csr conf/peer.conf; do
		again
		cp $certs/peer.* .
		revoke node
		echo broken >c/hosts/node2/$file
		run -0 topocert generate c.ini
		assert_output_has 'issued 1 certificate, kept 4'
		cmp peer.crt $certs/peer.crt
		cmp peer.key $certs/peer.key
	done
	again
	revoke node
	rm -r c/hosts/node2/conf $certs/*.crt c/hosts/node2.tar.gz
	run -0 topocert generate c.ini
	assert_output_has 'issued 1 certificate, kept 4'
	cmp peer.crt $certs/peer.crt
	cmp peer.key $certs/peer.key
}

@test "keys of every kind can be kept" {
	local key
	sed -i '/^key/d' c.ini
	for key in rsa:2048 ec:P-384 ed25519 ed448; do
		rm -rf c
		sed "s/^key .*/key = $key/" "$BATS_FILE_TMPDIR/mine.ini" >mine.ini
		topocert generate --quiet c.ini
		revoke node
		kept_and_new peer node revoked
	done
}

@test "a key that is kept comes out as all others do, however it lay there" {
	cp $certs/peer.* .
	revoke node
	openssl pkey -in peer.key -traditional -out $certs/peer.key
	chmod 0644 $certs/peer.key
	run ! cmp -s peer.key $certs/peer.key
	run -0 topocert generate c.ini
	assert_output_has 'issued 1 certificate, kept 4'
	cmp peer.crt $certs/peer.crt
	cmp peer.key $certs/peer.key
	assert_whole 6
}
