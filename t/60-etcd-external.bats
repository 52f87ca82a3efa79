#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three etcd members on certificates that stock openssl ca, GnuTLS's certtool
# and easy-rsa have signed.

load common
load external
load refusal
load servers
load etcd
load signers

setup() {
	need_signers
	need etcd etcdctl
	cd "$BATS_TEST_TMPDIR" || return
	export BATS_FILE_TMPDIR=$PWD # where servers leave what they have
	etcd_topology 127.60.6 '[ca]' 'key = ec:P-256' >c.ini
}

teardown() {
	stop_all
}

# serves SIGNER: a cluster on its certificates does what it should.
serves() {
	make_signer "$1"
	external_by "$1" c.ini o
	run -0 topocert verify -o o "$1.ini"
	topocert generate -q -o stranger c.ini
	cluster
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

# take NAME: its new bundle, with which it starts again.
take() {
	stop "$1"
	unpack "o/hosts/$1.tar.gz" "$1"
	member "$1"
	until_ready "$1" grep -F 'ready to serve client requests' "$1.log"
}

@test "members with certificates of the former CA and of another are one cluster" {
	local name
	serves openssl
	make_signer certtool
	cp certtool/ca.crt openssl/ca.crt
	cp -r o before
	topocert generate -q -o o openssl.ini
	# all trust both before any has a certificate of the other
	# shellcheck disable=SC2154 # set by etcd.bash
	for name in "${members[@]}"; do
		take "$name"
	done
	unpack o/users/app.tar.gz app
	topocert csr -q -o o openssl.ini
	sign_by certtool o/requests certtool.signed
	topocert import -q -o o openssl.ini certtool.signed
	renewed etcd1 o
	take etcd1
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	unpack o/users/app.tar.gz app
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	take etcd2
	take etcd3
	topocert rotate ca finish -q -o o openssl.ini
	run -0 topocert verify -o o openssl.ini
	assert_equal "$(grep -c BEGIN o/hosts/etcd1/certs/ca.crt)" 1
}
