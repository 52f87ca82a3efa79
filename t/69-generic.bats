#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The profile generic, with file names of the topology's own: stock openssl is
# server and client on the files that CONFIG.txt lists.

load common
load refusal
load servers

write_topology() {
	cat <<-END
		[cluster]
		name = sensors
		profile = generic
		key = ec:P-256
		ca_file = root.pem
		server_file = tls.pem
		client_key_file = id.key
		[ca]
		key = ec:P-256
		[host one]
		ip = 127.69.0.1
		directory = $PWD/one/certs
		server_key_file = tls-key.pem
		[host two]
		ip = 127.69.0.2
		directory = $PWD/two/certs
		server_file = two.pem
		peer = yes
		[user alice]
		client_file = alice.pem
	END
}

# setting KEY FOLDER: what CONFIG.txt lists.
setting() {
	part files "$2/CONFIG.txt" | sed -n "s/^$1 = //p"
}

# server NAME ADDRESS
server() {
	unpack "o/hosts/$1.tar.gz" "$1"
	start "$1" openssl s_server -accept "$2:4433" -www \
		-cert "$(setting certificate "$1")" \
		-key "$(setting key "$1")" -CAfile "$(setting ca "$1")" \
		-Verify 1 -verify_return_error
	until_ready "$1" grep -x ACCEPT "$1.log"
}

setup_file() {
	have openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	server one 127.69.0.1
	server two 127.69.0.2
	unpack o/users/alice.tar.gz alice
	unpack stranger/users/alice.tar.gz stranger-alice
}

teardown_file() {
	stop_all
}

setup() {
	need openssl
	cd "$BATS_FILE_TMPDIR" || return
}

# get FOLDER ADDRESS [OPTION...]: a page, by the files of the bundle that was
# unpacked into FOLDER. A later option counts more than an earlier one.
get() (
	cd "$1" || return
	printf 'GET / HTTP/1.0\r\n\r\n' |
		openssl s_client -connect "$2:4433" -verify_ip "$2" \
			-cert "$(setting certificate .)" \
			-key "$(setting key .)" -CAfile "$(setting ca .)" \
			-verify_return_error -quiet "${@:3}" 2>&1
)

# get() without -cert and -key
bare_get() {
	printf 'GET / HTTP/1.0\r\n\r\n' |
		openssl s_client -connect 127.69.0.1:4433 \
			-CAfile alice/certs/root.pem -quiet
}

@test "the files have the names of the topology, and no others are there" {
	assert_equal "$(ls one/certs)" \
		"$(printf '%s\n' root.pem tls-key.pem tls.pem)"
	assert_equal "$(ls two/certs)" \
		"$(printf '%s\n' root.pem server.key two.pem)"
	assert_equal "$(ls alice/certs)" \
		"$(printf '%s\n' alice.pem id.key root.pem)"
}

@test "CONFIG.txt lists the files by their places" {
	assert_equal "$(setting certificate one)" "$PWD/one/certs/tls.pem"
	assert_equal "$(setting key one)" "$PWD/one/certs/tls-key.pem"
	assert_equal "$(setting ca one)" "$PWD/one/certs/root.pem"
	assert_equal "$(setting certificate two)" "$PWD/two/certs/two.pem"
	assert_equal "$(setting certificate alice)" certs/alice.pem
	assert_equal "$(setting key alice)" certs/id.key
}

@test "a client of the topology gets in" {
	local address
	for address in 127.69.0.1 127.69.0.2; do
		run -0 get alice $address
		assert_output_has 'HTTP/1.0 200 ok'
		assert_output_has 'Subject: O=Example, CN=alice'
	done
}

@test "a client refuses a server under an address that is not its own" {
	run -1 get alice 127.69.0.1 -verify_ip 127.69.0.2
	assert_output_has 'verify error:num=64:IP address mismatch'
}

@test "a client of another CA is refused" {
	refused one 'unable to get local issuer certificate' \
		get stranger-alice 127.69.0.1 -CAfile ../one/certs/root.pem
}

@test "a client without a certificate is refused" {
	refused one 'peer did not return a certificate' bare_get
}

@test "a client refuses a server of another CA" {
	run -1 get stranger-alice 127.69.0.1
	assert_output_has 'verify error:num=19:self-signed certificate in'
}

@test "a server is a client of others only where it is a peer" {
	run -0 get two 127.69.0.1
	assert_output_has 'Subject: O=Example, CN=two'
	refused two 'unsuitable certificate purpose' get one 127.69.0.2
}
