#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A real Redis master and its replica run on the bundles as CONFIG.txt says,
# and let in whom they should.

load common
load refusal
load servers

write_topology() {
	local number
	printf '%s\n' '[cluster]' 'name = c' 'profile = redis' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' '[user app]'
	for number in 1 2; do
		printf '%s\n' "[host redis$number]" "ip = 127.61.0.$number" \
			"directory = $BATS_FILE_TMPDIR/redis$number/certs"
	done
}

# server NAME: with the lines of its CONFIG.txt. We add where its data go, that
# it logs whom it refuses, and that no time is lost before replicas get data.
server() {
	unpack "o/hosts/$1.tar.gz" "$1"
	part redis.conf "$1/CONFIG.txt" >"$1/redis.conf"
	start "$1" redis-server "$1/redis.conf" --dir "$PWD/$1" --save '' \
		--loglevel verbose --repl-diskless-sync-delay 0
}

# app SERVER ARGUMENT...: in the folder of the user's bundle, the command of
# its CONFIG.txt.
app() (
	cd "$BATS_FILE_TMPDIR/app" || return
	eval "$(part "redis-cli $1" CONFIG.txt) "'"${@:2}"'
)

# has REGEX COMMAND...: its output has such a line.
has() {
	"${@:2}" | tr -d '\r' | grep -x "$1"
}

setup_file() {
	have redis-server redis-cli openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	unpack o/users/app.tar.gz app
	server redis1
	until_ready redis1 has PONG app redis1 ping
	server redis2
	until_ready redis2 has master_link_status:up app redis2 info
}

teardown_file() {
	stop_all
}

setup() {
	need redis-server redis-cli openssl
	cd "$BATS_FILE_TMPDIR" || return
	certs=$PWD/app/certs
	other=$PWD/stranger
}

# ping SOURCE ADDRESS [OPTION...]: by a client that checks the server's name.
ping() {
	printf 'PING\r\nQUIT\r\n' | timeout 10 openssl s_client -quiet \
		-bind "$1" -connect 127.61.0.1:6379 -verify_ip "$2" \
		-verify_return_error -CAfile "$certs/ca.crt" \
		-cert "$certs/client.crt" -key "$certs/client.key" "${@:3}" 2>&1
}

@test "what is written to the master arrives at the replica" {
	run -0 app redis1 set colour green
	assert_equal "$output" OK
	# a replica says that it has all before it shows it
	until_ready redis2 has green app redis2 get colour
}

@test "the replica knows its master, and takes no writes" {
	run -0 app redis2 info replication
	assert_output_has 'role:slave'
	assert_output_has 'master_host:127.61.0.1'
	assert_output_has 'master_link_status:up'
	run app redis2 set colour red
	assert_output_has 'READONLY'
}

@test "a client from another address gets in" {
	run -0 ping 127.61.0.9 127.61.0.1
	assert_output_has '+PONG'
}

@test "a client refuses the server under an address that is not its own" {
	run -1 ping 127.61.0.9 127.61.0.2
	assert_output_has 'IP address mismatch'
}

@test "a user of another CA is refused" {
	local client=$other/users/app/certs/client
	refused redis1 'routines::certificate verify failed' \
		app redis1 --cert "$client.crt" --key "$client.key" ping
}

@test "a replica of another CA is refused" {
	local server=$other/hosts/redis2/certs/redis
	refused redis1 'routines::certificate verify failed' \
		app redis1 --cert "$server.crt" --key "$server.key" psync '?' -1
}

@test "a client without a certificate is refused" {
	refused redis1 'routines::peer did not return a certificate' \
		redis-cli -h 127.61.0.1 --tls --cacert "$certs/ca.crt" ping
}

@test "a client without TLS is refused" {
	refused redis1 'routines::wrong version number' \
		redis-cli -h 127.61.0.1 ping
}

@test "a client refuses a server of another CA" {
	run -1 app redis1 --cacert "$other/ca/ca.crt" ping
	assert_output_has 'certificate verify failed'
}

# Last: redis1 has the certificate of redis2 then.
@test "a new certificate is read without a break" {
	local words
	mapfile -t words < <(sed -n 's/^#   \(tls-[^ ]*\) \([^ ]*\).*/\1\n\2/p' \
		redis1/CONFIG.txt)
	assert_equal ${#words[@]} 6
	cp redis2/certs/redis.crt redis2/certs/redis.key redis1/certs
	run -0 ping 127.61.0.9 127.61.0.1
	run -0 app redis1 config set "${words[@]}"
	assert_equal "$output" OK
	run -0 ping 127.61.0.9 127.61.0.2
	assert_output_has 'CN = redis2'
}
