#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL primary and its standby on certificates that stock openssl ca,
# GnuTLS's certtool and easy-rsa have signed.

load common
load external
load servers
load postgresql
load signers

net=127.63.6

setup() {
	need_signers
	find_server
	cd "$BATS_TEST_TMPDIR" || return
	export BATS_FILE_TMPDIR=$PWD # where servers leave what they have
	export PGHOSTADDR=$net.1,$net.2 PGCONNECT_TIMEOUT=10
	export HOME=$PWD/nobody
	chmod a+x "${PWD%/*/*/*}" "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
}

teardown() {
	stop_all
}

# login AS [OPTION]
login() {
	psql -XAtwc 'select current_user, ssl, client_dn from pg_stat_ssl
		where pid = pg_backend_pid()' "$(string "$1") ${2:-}" 2>&1
}

# serves SIGNER: servers on its certificates do what they should.
serves() {
	make_signer "$1"
	external_by "$1" accounts.ini o
	run -0 topocert verify -o o "$1.ini"
	topocert generate -q -o stranger accounts.ini
	take_bundles
	primary
	standby
	run -0 login alice
	assert_equal "$output" 'alice|t|/O=Example/CN=alice'
	run -0 login bob
	# a user is who the certificate says
	run -2 login alice user=bob
	assert_output_has 'certificate authentication failed for user "bob"'
	# neither side takes a certificate of another CA
	run -2 login alice "sslrootcert=$PWD/stranger/ca/ca.crt"
	assert_output_has 'certificate verify failed'
	run -2 login alice "sslcert=$PWD/stranger/users/alice/certs/client.crt
		sslkey=$PWD/stranger/users/alice/certs/client.key"
}

@test "a primary and its standby run on what openssl ca has signed" {
	serves openssl
}

@test "a primary and its standby run on what certtool has signed" {
	serves certtool
}

@test "a primary and its standby run on what easy-rsa has signed" {
	serves easyrsa
}
