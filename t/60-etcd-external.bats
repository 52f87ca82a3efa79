#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three etcd members on certificates that stock openssl ca, GnuTLS's certtool
# and easy-rsa have signed.

load common
load external
load refusal
load servers
load signers

members='etcd1 etcd2 etcd3'

# Calls on the loopback net come from 127.0.0.1, whomever they are for.
write_topology() {
	local number
	printf '%s\n' '[cluster]' 'name = c' 'profile = etcd' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' '[user app]'
	for number in 1 2 3; do
		printf '%s\n' "[host etcd$number]" \
			"ip = 127.60.6.$number, 127.0.0.1" \
			"directory = $PWD/etcd$number/certs"
	done
}

setup() {
	need_signers
	need etcd etcdctl
	cd "$BATS_TEST_TMPDIR" || return
	BATS_FILE_TMPDIR=$PWD # where servers leave what they have
	write_topology >c.ini
}

teardown() {
	stop_all
}

member() {
	unpack "o/hosts/$1.tar.gz" "$1"
	part /etc/default/etcd "$1/CONFIG.txt" >"$1/env"
	(
		set -a
		# shellcheck source=/dev/null
		. "$1/env"
		set +a
		start "$1" etcd --data-dir "$PWD/$1/data"
	)
}

# as_app COMMAND...: by env(1), in the folder of the user's bundle.
as_app() (
	cd app || return
	# shellcheck source=/dev/null
	. ./env
	exec env "$@"
)

# serves SIGNER: a cluster on its certificates does what it should.
serves() {
	local name
	make_signer "$1"
	external_by "$1" c.ini o
	run -0 topocert verify -o o "$1.ini"
	topocert generate -q -o stranger c.ini
	unpack o/users/app.tar.gz app
	part environment app/CONFIG.txt >app/env
	for name in $members; do
		member "$name"
	done
	for name in $members; do
		until_ready "$name" \
			grep -F 'ready to serve client requests' "$name.log"
	done
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	run -0 as_app etcdctl put colour green
	run -0 as_app ETCDCTL_ENDPOINTS=https://127.60.6.3:2379 \
		etcdctl get colour --print-value-only
	assert_equal "$output" green
	refused etcd1 'tls: failed to verify client certificate: x509:' \
		as_app ETCDCTL_ENDPOINTS=https://127.60.6.1:2379 \
		ETCDCTL_CERT="$PWD/stranger/users/app/certs/client.crt" \
		ETCDCTL_KEY="$PWD/stranger/users/app/certs/client.key" \
		etcdctl --command-timeout 2s get colour
	refused etcd1 'remote error: tls: bad certificate' \
		as_app ETCDCTL_CACERT="$PWD/stranger/ca/ca.crt" \
		ETCDCTL_ENDPOINTS=https://127.60.6.1:2379 \
		etcdctl --command-timeout 2s get colour
}

@test "a cluster runs on what openssl ca has signed" {
	serves openssl
}

@test "a cluster runs on what certtool has signed" {
	serves certtool
}

@test "a cluster runs on what easy-rsa has signed" {
	serves easyrsa
}

# renewed NAME FOLDER: its bundle has a certificate for another key.
renewed() {
	run ! cmp -s "$2/hosts/$1/certs/server.key" \
		"before/hosts/$1/certs/server.key"
}

@test "members with certificates of the former CA and of another are one cluster" {
	local name
	serves openssl
	make_signer certtool
	cp certtool/ca.crt openssl/ca.crt
	cp -r o before
	topocert generate -q -o o openssl.ini
	# all trust both before any has a certificate of the other
	for name in $members; do
		unpack "o/hosts/$name.tar.gz" "$name"
		stop "$name"
		member "$name"
		until_ready "$name" \
			grep -F 'ready to serve client requests' "$name.log"
	done
	unpack o/users/app.tar.gz app
	topocert csr -q -o o openssl.ini
	sign_by certtool o/requests certtool.signed
	topocert import -q -o o openssl.ini certtool.signed
	renewed etcd1 o
	stop etcd1
	member etcd1
	until_ready etcd1 grep -F 'ready to serve client requests' etcd1.log
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	unpack o/users/app.tar.gz app
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	for name in etcd2 etcd3; do
		stop "$name"
		member "$name"
		until_ready "$name" \
			grep -F 'ready to serve client requests' "$name.log"
	done
	topocert rotate ca finish -q -o o openssl.ini
	run -0 topocert verify -o o openssl.ini
	assert_equal "$(grep -c BEGIN o/hosts/etcd1/certs/ca.crt)" 1
}
