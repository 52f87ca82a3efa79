#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three real etcd members run on the bundles as CONFIG.txt says, and let in
# whom they should: clients on port 2379, each other on port 2380.

load common
load refusal
load servers
load etcd

setup_file() {
	have etcd etcdctl curl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	etcd_topology 127.60.0 '[ca]' 'key = ec:P-256' >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	cluster
}

teardown_file() {
	stop_all
}

setup() {
	need etcd etcdctl curl
	cd "$BATS_FILE_TMPDIR" || return
	app=$PWD/app/certs
	other=$PWD/stranger
}

# get ADDRESS:PORT/PATH [FOLDER/NAME [OPTION...]]: with NAME.crt and NAME.key.
get() {
	curl -sS --http1.1 --noproxy '*' --max-time 30 --cacert "$app/ca.crt" \
		"https://$1" ${2:+--cert "$2.crt" --key "$2.key"} "${@:3}"
}

@test "the members of the topology are one cluster" {
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	run -0 as_app etcdctl member list
	local number
	for number in 1 2 3; do
		assert_output_has "started, etcd$number, \
https://127.60.0.$number:2380, https://127.60.0.$number:2379"
	done
}

@test "what a user puts at one member, every member has" {
	local number
	run -0 as_app etcdctl put colour green
	assert_equal "$output" OK
	for number in 1 2 3; do
		run -0 as_app ETCDCTL_ENDPOINTS=https://127.60.0.$number:2379 \
			etcdctl get colour --print-value-only
		assert_equal "$output" green
	done
}

# It calls its own member with the certificate for clients.
@test "the gateway from HTTP to gRPC gets in" {
	local number
	run -0 as_app etcdctl put a b
	for number in 1 2 3; do
		run -0 get 127.60.0.$number:2379/v3/kv/range "$app/client" \
			--data '{"key": "YQ=="}'
		assert_output_has '"value":"Yg=="'
	done
}

@test "a client refuses a member under an address that is not its own" {
	run -60 get 127.60.0.2:2379/version "$app/client" \
		--connect-to 127.60.0.2:2379:127.60.0.1:2379
	assert_output_has 'no alternative certificate subject name matches'
}

@test "a user of another CA is refused" {
	refused etcd1 'tls: failed to verify client certificate: x509:' \
		as_app ETCDCTL_ENDPOINTS=https://127.60.0.1:2379 \
		ETCDCTL_CERT="$other/users/app/certs/client.crt" \
		ETCDCTL_KEY="$other/users/app/certs/client.key" \
		etcdctl --command-timeout 2s get colour
}

@test "a client without a certificate is refused" {
	refused etcd1 "tls: client didn't provide a certificate" \
		as_app -u ETCDCTL_CERT -u ETCDCTL_KEY \
		ETCDCTL_ENDPOINTS=https://127.60.0.1:2379 \
		etcdctl --command-timeout 2s get colour
}

@test "a client refuses a member of another CA" {
	refused etcd1 'remote error: tls: bad certificate' \
		as_app ETCDCTL_CACERT="$other/ca/ca.crt" \
		ETCDCTL_ENDPOINTS=https://127.60.0.1:2379 \
		etcdctl --command-timeout 2s get colour
}

@test "a member speaks to the others" {
	run -0 get 127.60.0.1:2380/members etcd2/certs/peer
	assert_output_has '"peerURLs":["https://127.60.0.2:2380"]'
}

@test "a member of another CA is refused" {
	refused etcd1 'tls: failed to verify client certificate: x509:' \
		get 127.60.0.1:2380/members "$other/hosts/etcd2/certs/peer"
}

@test "a member without a certificate is refused" {
	refused etcd1 "tls: client didn't provide a certificate" \
		get 127.60.0.1:2380/members
}

@test "a certificate that is not for members is refused as one" {
	local name
	for name in app/certs/client etcd2/certs/server; do
		refused etcd1 'client certificate authentication failed' \
			get 127.60.0.1:2380/members $name
	done
}

@test "a member at an address that is not its own is refused" {
	refused etcd1 'does not match any of DNSNames' \
		get 127.60.0.1:2380/members etcd2/certs/peer \
		--interface 127.60.0.9
}
