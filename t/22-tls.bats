#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real handshakes with the certificates of the example, both sides verifying.

load common

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	topocert generate --quiet -o o "$EXAMPLE"
	small_topology
	topocert generate --quiet -o stranger c.ini
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
	leaves=(o/hosts/node{1..3}/certs/node.crt
		o/users/root/certs/client.root.crt
		o/users/maxroach/certs/client.maxroach.crt)
}

teardown() {
	stop_server
}

# start_server HOST TLS: wants a client certificate; sets server and port.
start_server() {
	local certs=o/hosts/$1/certs out=$BATS_TEST_TMPDIR/server
	openssl s_server -accept 127.0.0.1:0 "-$2" -www -Verify 1 \
		-verify_return_error -CAfile "$certs/ca.crt" \
		-cert "$certs/node.crt" -key "$certs/node.key" \
		</dev/null >"$out" 2>&1 3>&- &
	server=$!
	until port=$(sed -n 's/^ACCEPT .*://p' "$out") && [ "$port" ]; do
		kill -0 "$server" || return
		sleep 0.02
	done
}

stop_server() {
	[ -z "${server-}" ] || kill "$server" || true
	server=
}

# ask CERTIFICATE OPTION...: a page from the server, as this client; without
# one where CERTIFICATE is empty.
ask() {
	printf 'GET / HTTP/1.0\r\n\r\n' |
		timeout 10 openssl s_client -connect "127.0.0.1:$port" -quiet \
			-verify_return_error -CAfile o/ca/ca.crt \
			${1:+-cert "$1" -key "${1%.crt}.key"} "${@:2}" 2>&1
}

# assert_served TLS CERTIFICATE OPTION...: the server knows who asks.
assert_served() {
	run ask "${@:2}"
	# the server may be gone before its last word is read
	[[ $status -eq 0 || $output == *errno=104* ]] || assert_status 0
	assert_output_has 'HTTP/1.0 200 ok'
	assert_output_has "Protocol  : TLSv1.${1#tls1_}"
	assert_output_has "$(cat "$2")"
}

# assert_refused MESSAGE CERTIFICATE OPTION...
assert_refused() {
	run -1 ask "${@:2}"
	assert_output_has "$1"
	[[ $output != *HTTP/1.0* ]]
}

# serves_all TLS: every host is reached by every name and address it has.
serves_all() {
	local n name address
	for n in 1 2 3; do
		start_server node$n "$1"
		for name in node$n node$n.db.example.com lb.db.example.com \
			localhost; do
			assert_served "$1" "${leaves[n % 3]}" \
				-verify_hostname "$name"
		done
		for address in 10.0.0.1$n 127.0.0.1; do
			assert_served "$1" "${leaves[3]}" \
				-verify_ip "$address"
			assert_served "$1" "${leaves[4]}" \
				-verify_ip "$address"
		done
		stop_server
	done
}

# refuses_others TLS ALERT: ALERT is for a client without a certificate.
refuses_others() {
	local host=(-verify_hostname node1) root=${leaves[3]} name address
	start_server node1 "$1"
	for name in node2 node1.example.com x.node1.db.example.com; do
		assert_refused 'hostname mismatch' "$root" \
			-verify_hostname "$name"
	done
	for address in 10.0.0.12 10.0.0.1 ::1; do
		assert_refused 'IP address mismatch' "$root" \
			-verify_ip "$address"
	done
	assert_refused 'alert unknown ca' \
		stranger/users/root/certs/client.root.crt "${host[@]}"
	assert_refused "$2" '' "${host[@]}"
	assert_refused 'certificate verify failed' "$root" "${host[@]}" \
		-CAfile stranger/ca/ca.crt
	assert_served "$1" "$root" "${host[@]}"
}

@test "mutual TLS 1.2 by every name and address of every host" {
	serves_all tls1_2
}

@test "mutual TLS 1.3 by every name and address of every host" {
	serves_all tls1_3
}

@test "TLS 1.2 with another name, address, CA or no certificate fails" {
	refuses_others tls1_2 'alert handshake failure'
}

@test "TLS 1.3 with another name, address, CA or no certificate fails" {
	refuses_others tls1_3 'alert certificate required'
}
