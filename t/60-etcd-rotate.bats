#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The CA of three running etcd members is rotated, while a client writes and
# another one reads. The tests are the steps of one procedure.

load common
load servers
load etcd
load steady

# upload NAME: as scp and tar do, but file by file as it is; a member reads
# certificate and key with each connection, and has to find a pair.
upload() {
	unpack "o/hosts/$1.tar.gz" "$1.new"
	mkdir -p "$1/certs"
	mv "$1.new"/certs/* "$1/certs"
	mv "$1.new/CONFIG.txt" "$1"
	rm -r "$1.new"
}

# restart NAME: as CONFIG.txt asks for after a change of the CA; then wait for
# it to serve, so that never more than one member is away.
restart() {
	stop "$1"
	cat "$1.log" >>"$1.logs"
	member "$1"
	until_ready "$1" healthy "$1"
}

healthy() {
	as_app ETCDCTL_ENDPOINTS="https://127.60.1.${1#etcd}:2379" \
		etcdctl --command-timeout 2s endpoint health
}

# write NUMBER: by any of the members.
write() {
	as_app etcdctl --command-timeout 10s put "n$1" "$1"
}

# read_on NUMBER ATTEMPT: by one member after another, through its gateway.
read_on() {
	cd -P "$BATS_FILE_TMPDIR/app" || return
	curl -sS --http1.1 --noproxy '*' --max-time 10 --fail-with-body \
		--cacert certs/ca.crt --cert certs/client.crt \
		--key certs/client.key --data '{"key": "YQ=="}' \
		"https://127.60.1.$((($1 + $2) % 3 + 1)):2379/v3/kv/range"
}

# shown ADDRESS: the serial number that the server there shows.
shown() {
	openssl s_client -connect "$1" -cert app/certs/client.crt \
		-key app/certs/client.key </dev/null 2>/dev/null |
		openssl x509 -noout -serial
}

# serial_of NAME: what its bundle has.
serial_of() {
	openssl x509 -in "o/hosts/$1/certs/server.crt" -noout -serial
}

# seen STATUS TEXT: verify exits with STATUS, and says this of each member.
seen() {
	local name
	run "-$1" topocert verify -o o c.ini --connect \
		127.60.1.1:2379 127.60.1.2:2379 127.60.1.3:2379
	# shellcheck disable=SC2154 # set by etcd.bash
	for name in "${members[@]}"; do
		assert_output_has "$name 127.60.1.${name#etcd}:2379 serves $2"
	done
}

setup_file() {
	local name
	have etcd etcdctl curl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	etcd_topology 127.60.1 '[ca]' 'key = ec:P-256' >c.ini
	topocert generate --quiet -o o c.ini
	exchange o/users/app.tar.gz app
	cp -r app/ first
	for name in "${members[@]}"; do
		upload "$name"
		member "$name"
	done
	for name in "${members[@]}"; do
		until_ready "$name" healthy "$name"
	done
	steady writer write
	steady reader read_on
}

teardown_file() {
	stop_all
}

setup() {
	need etcd etcdctl curl
	cd "$BATS_FILE_TMPDIR" || return
}

@test "begin: members restart one by one and then trust both CAs" {
	local name
	goes_on writer reader
	topocert rotate ca begin --quiet -o o c.ini
	seen 0 'the certificate of hosts/etcd'
	for name in "${members[@]}"; do
		upload "$name"
		goes_on writer reader
		restart "$name"
		goes_on writer reader
	done
	exchange o/users/app.tar.gz app
	assert_equal "$(grep -c BEGIN app/certs/ca.crt)" 2
	goes_on writer reader
}

# The first one restarts as well: with a certificate of the new CA it connects
# to members that have certificates of the former one.
@test "switch: members take new certificates by themselves, one after another" {
	local name address
	topocert rotate ca switch --quiet -o o c.ini
	seen 4 'a certificate of hosts/etcd'
	assert_output_has 'that was replaced since'
	assert_output_has 'signed in ca/old/1/'
	assert_output_has ': upload hosts/etcd3.tar.gz and reload'
	for name in "${members[@]}"; do
		address=127.60.1.${name#etcd}:2379
		run ! diff <(serial_of "$name") <(shown "$address")
		upload "$name"
		[ "$name" != etcd1 ] || restart "$name"
		goes_on writer reader
		diff <(serial_of "$name") <(shown "$address")
		run topocert verify -o o c.ini --connect "$address"
		assert_status 0
	done
	seen 0 'the certificate of hosts/etcd'
	exchange o/users/app.tar.gz app
	run -1 cmp first/certs/client.crt app/certs/client.crt
	goes_on writer reader
}

@test "finish: members restart one by one and trust the new CA alone" {
	local name
	topocert rotate ca finish --quiet -o o c.ini
	exchange o/users/app.tar.gz app
	assert_equal "$(grep -c BEGIN app/certs/ca.crt)" 1
	for name in "${members[@]}"; do
		upload "$name"
		restart "$name"
		goes_on writer reader
	done
	goes_on writer reader
}

@test "all the while, no request failed for a reason of TLS" {
	local name
	stop writer
	stop reader
	never_for_tls writer reader
	# verify looks at a member without a certificate of its own
	for name in "${members[@]}"; do
		cat "$name.logs" "$name.log" |
			grep -v "client didn't provide a certificate" >members.log
		run -1 grep -E 'tls:|x509:' members.log
	done
}

@test "what was written is there" {
	[ "$(wc -l <writer.done)" -ge 100 ]
	as_app etcdctl get --prefix n --keys-only | grep . | sort >keys
	run -0 comm -23 <(sed 's/ .*//; s/^/n/' writer.done | sort) keys
	assert_equal "$output" ''
}

@test "with the first bundle, nobody gets in any more" {
	run ! as_app ETCDCTL_CACERT="$PWD/app/certs/ca.crt" \
		ETCDCTL_CERT="$PWD/first/certs/client.crt" \
		ETCDCTL_KEY="$PWD/first/certs/client.key" \
		etcdctl --command-timeout 2s get n1
	run ! as_app ETCDCTL_CACERT="$PWD/first/certs/ca.crt" \
		etcdctl --command-timeout 2s get n1
	run -0 as_app etcdctl get n1
}
