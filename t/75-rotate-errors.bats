#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What cannot be done to a CA is refused, with its reason, and nothing changes.

load common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	topocert generate -q c.ini
	cp -a c settled
	topocert rotate ca begin -q c.ini
	cp -a c begun
	topocert rotate ca switch -q c.ini
	cp -a c switched
}

# from STAGE: c/ as it was then.
from() {
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/$1" c
	cp "$BATS_FILE_TMPDIR/c.ini" .
}

# refused STATUS MESSAGE ARGUMENT...: of rotate; these lines, and no others.
refused() {
	snapshot . >"$BATS_FILE_TMPDIR/before"
	run "-$1" topocert rotate "${@:3}"
	assert_equal "$output" "$2"
	snapshot . | diff "$BATS_FILE_TMPDIR/before" -
}

@test "a stage out of turn is refused, and it is said which one is next" {
	local stage is next
	while read -r is next; do
		from "$is"
		for stage in begin switch finish abort; do
			case $is:$stage in
			settled:begin | begun:switch | begun:abort) continue ;;
			switched:finish) continue ;;
			esac
			refused 1 "topocert: c/ca: cannot $stage: $next" \
				ca $stage c.ini
		done
	done <<-'END'
		settled no rotation is under way; it starts with begin
		begun the rotation has begun; next is switch, or abort
		switched the new CA signs already; next is finish
	END
}

@test "finish is refused while a valid leaf is not replaced, unless forced" {
	local serial
	from begun
	sed -i '/^\[host node2]/,+1d' c.ini
	serial=$(openssl x509 -in c/hosts/node2/certs/node.crt -noout -serial |
		cut -d= -f2)
	topocert rotate ca switch -q c.ini
	refused 1 "topocert: hosts/node2/certs/node.crt: signed by the former \
CA, serial number $serial, still valid and not replaced
topocert: c/ca: cannot finish: whoever uses these would be shut out: wanted \
them revoked (topocert revoke, or generate --prune), or --force" ca finish c.ini
	cp -a c forced
	topocert generate -q --prune c.ini
	grep "^R.*$serial" c/ca/old/1/index.txt
	topocert rotate ca finish -q c.ini
	[ ! -e c/ca/rotation.txt ]
	topocert rotate ca finish -q --force -o forced c.ini
	cmp forced/hosts/node1/certs/ca.crt forced/ca/ca.crt
	run -0 topocert plan -o forced c.ini
	assert_output_has 'unwanted hosts/node2/certs/node.crt  still valid'
}

@test "finish does not wait for leaves that have expired or were revoked" {
	from settled
	sed -i 's/^\[host node2]/&\ndays = 20/' c.ini
	topocert generate -q c.ini
	sed -i '/^\[host node2]/,+2d' c.ini
	topocert rotate ca begin -q c.ini
	topocert rotate ca switch -q c.ini
	# the first one of node2, which the second one had replaced
	run -1 topocert rotate ca finish c.ini
	assert_equal "$(grep -c 'still valid' <<<"$output")" 2
	(cd c/ca/old/1 && openssl ca -config ca.conf -revoke "newcerts/$(
		awk -F'\t' '/node2/ { print $4; exit }' index.txt).pem")
	run -1 topocert rotate ca finish c.ini
	assert_equal "$(grep -c 'still valid' <<<"$output")" 1
	faketime '30 days' "$TOPOCERT" rotate ca finish -q c.ini
}

@test "where there is no CA yet, it is said what makes it" {
	from settled
	rm -r c
	refused 1 'topocert: c/ca: there is no CA yet: topocert generate makes it' \
		ca begin c.ini
	topocert render -q c.ini
	refused 1 'topocert: c/ca: there is no CA yet: topocert generate makes it' \
		ca finish c.ini
}

# A profile of one's own without a plain CA.
two_named_cas() {
	local name
	sed -n '/^\[profile]/,/^\[option ca_file]/p' "$SRCDIR/profiles/generic.ini" |
		sed '$d' >mine.ini
	cat >>mine.ini <<-'END'
		[ca one]
		common_name = One CA
		key = ec:P-256
		days = 3660
		template = ca.conf
		file = one.crt
		mode = 0644
		[ca two]
		common_name = Two CA
		key = ec:P-256
		days = 3660
		template = ca.conf
		file = two.crt
		mode = 0644
	END
	for name in one two; do
		sed -n '/^\[certificate client]/,/^$/p' \
			"$SRCDIR/profiles/generic.ini" |
			sed "s/{{option.client_\(key_\)*file}}/$name-user.\1crt/
				s/^file .*/&\nca = $name/; s/client]/$name]/
				s/signing_client_req/signing_${name}_req/"
	done >>mine.ini
	rm -r c
	printf '%s\n' '[cluster]' 'name = c' 'profile = ./mine.ini' \
		'key = ec:P-256' '[user app]' >c.ini
}

@test "a CA that does not exist, and one of several that is not named" {
	from settled
	refused 2 'topocert: rotate: there is no CA of the name x: wanted --ca with one of:
  ca' ca begin --ca x c.ini
	two_named_cas
	topocert generate -q c.ini
	refused 2 'topocert: rotate: which CA?: wanted --ca with one of:
  one
  two' ca begin c.ini
	refused 2 'topocert: rotate: there is no CA of the name ca: wanted --ca with one of:
  one
  two' ca begin --ca ca c.ini
	topocert rotate ca begin -q --ca two c.ini
	[ -e c/ca-two/next/ca.crt ]
}

@test "wrong words, and options of another stage" {
	from settled
	refused 2 "topocert: rotate: 'host': wanted ca" host begin c.ini
	refused 2 "topocert: rotate: 'undo': wanted begin, switch, finish or abort" \
		ca undo c.ini
	refused 2 "topocert: rotate: '': wanted begin, switch, finish or abort" \
		ca '' c.ini
	refused 2 "topocert: rotate: 'begin': --force is for finish" \
		ca begin --force c.ini
	refused 2 "topocert: rotate: 'switch': --reuse-key is for begin" \
		ca switch --reuse-key c.ini
	run -2 topocert rotate ca begin
	assert_output_has 'rotate: which topology?'
	assert_output_has 'usage: topocert rotate ca begin|switch|finish|abort '
	run -2 topocert rotate ca begin c.ini more
	run -2 topocert rotate ca begin --only node1 c.ini
	assert_output_has "rotate: option '--only' does not exist"
}

@test "a wrong topology is refused before the CA is looked at" {
	from settled
	sed -i 's/^ip = 10.0.0.12.*/ip = 10.0.0.312/' c.ini
	rm c/ca/ca.crt
	refused 3 "c.ini:10: ip = 10.0.0.312: not an IP address: wanted IPv4 as \
10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone" \
		ca begin c.ini
}

@test "a kind of key, and a name, that the next CA cannot have" {
	from settled
	sed -i '/^\[ca\]/,/^\[host/s/^key.*/key = ec:P-384/' c.ini
	refused 1 'topocert: c/ca: cannot reuse the key: it is ec:P-256, and the topology wants key = ec:P-384' \
		ca begin --reuse-key c.ini
	cp "$BATS_FILE_TMPDIR/c.ini" .
	rm -r c
	sed -i "s/^\[ca]/&\ncommon_name = $(printf 'ä%.0s' {1..62})/" c.ini
	topocert generate -q c.ini
	refused 1 "topocert: c/ca: cannot begin: the next CA would be called \
'$(printf 'ä%.0s' {1..62}) G2', and a common name has 64 characters at most: \
wanted another common_name in the topology" ca begin c.ini
	sed -i 's/ääää$//' c.ini
	topocert rotate ca begin -q c.ini
}
