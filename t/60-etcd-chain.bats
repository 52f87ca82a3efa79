#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three etcd members with certificates of a CA below a root whose key is gone,
# which all of them and their users trust. A fourth joins afterwards.

load common
load refusal
load servers

net=127.86.0

write_topology() {
	local number
	printf '%s\n' '[cluster]' 'name = c' 'profile = etcd' \
		'key = ec:P-256' '[ca root]' 'key = ec:P-384' \
		'[ca issuing]' 'key = ec:P-256' 'issuer = root' \
		'name_constraints = topology' '[user app]'
	for number in 1 2 3; do
		printf '%s\n' "[host etcd$number]" \
			"ip = $net.$number, 127.0.0.1" \
			"directory = $BATS_FILE_TMPDIR/etcd$number/certs"
	done
}

# member NAME: with the lines of its CONFIG.txt.
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

setup_file() {
	local name
	have etcd etcdctl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	mv o/ca-root/ca.key away
	topocert generate --quiet -o o --renew etcd2,app c.ini
	unpack o/users/app.tar.gz app
	part environment app/CONFIG.txt >app/env
	for name in etcd1 etcd2 etcd3; do
		member $name
	done
	for name in etcd1 etcd2 etcd3; do
		until_ready $name grep -F 'ready to serve client requests' \
			$name.log
	done
}

teardown_file() {
	stop_all
}

setup() {
	need etcd etcdctl
	cd "$BATS_FILE_TMPDIR" || return
}

as_app() (
	cd app || return
	# shellcheck source=/dev/null
	. ./env
	exec env "$@"
)

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
