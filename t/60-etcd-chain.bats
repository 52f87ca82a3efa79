#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three etcd members with certificates of a CA below a root whose key is gone,
# which all of them and their users trust.

load common
load refusal
load servers
load etcd

net=127.86.0

setup_file() {
	have etcd etcdctl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	etcd_topology $net '[ca root]' 'key = ec:P-384' '[ca issuing]' \
		'key = ec:P-256' 'issuer = root' 'name_constraints = topology' \
		>c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	mv o/ca-root/ca.key away
	topocert generate --quiet -o o --renew etcd2,app c.ini
	cluster
}

teardown_file() {
	stop_all
}

setup() {
	need etcd etcdctl
	cd "$BATS_FILE_TMPDIR" || return
}

@test "members and users know each other by the root alone" {
	assert_equal "$(grep -c BEGIN app/certs/ca.crt)" 1
	cmp app/certs/ca.crt o/ca-root/ca.crt
	assert_equal "$(grep -c BEGIN etcd1/certs/peer.crt)" 2
	run -0 as_app etcdctl --command-timeout 10s endpoint health
	assert_equal "$(grep -c 'is healthy' <<<"$output")" 3
	run -0 as_app etcdctl put colour green
	run -0 as_app ETCDCTL_ENDPOINTS=https://$net.3:2379 \
		etcdctl get colour --print-value-only
	assert_equal "$output" green
	[ ! -e o/ca-root/ca.key ]
}

@test "running members show what was issued to them" {
	run -0 topocert verify -o o c.ini \
		--connect $net.1:2379 $net.2:2379 $net.3:2379
}

@test "a user below another root is refused, and one without a certificate" {
	refused etcd1 'tls: failed to verify client certificate: x509:' \
		as_app ETCDCTL_ENDPOINTS=https://$net.1:2379 \
		ETCDCTL_CERT="$PWD/stranger/users/app/certs/client.crt" \
		ETCDCTL_KEY="$PWD/stranger/users/app/certs/client.key" \
		etcdctl --command-timeout 2s get colour
	refused etcd1 "tls: client didn't provide a certificate" \
		as_app -u ETCDCTL_CERT -u ETCDCTL_KEY \
		ETCDCTL_ENDPOINTS=https://$net.1:2379 \
		etcdctl --command-timeout 2s get colour
	refused etcd1 'remote error: tls: bad certificate' \
		as_app ETCDCTL_CACERT="$PWD/stranger/ca-root/ca.crt" \
		ETCDCTL_ENDPOINTS=https://$net.1:2379 \
		etcdctl --command-timeout 2s get colour
}
