#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL with certificates of a CA below a root whose key is gone: a primary,
# its standby and users know each other by the root alone.

load common
load servers
load postgresql

net=127.86.1

setup_file() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
	export PGHOSTADDR=$net.1,$net.2 PGCONNECT_TIMEOUT=10
	export HOME=$PWD/nobody
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
	sed -i 's/^\[ca\]/[ca root]\nkey = ec:P-384\n[ca issuing]\nissuer = root/' \
		accounts.ini
	topocert generate --quiet -o o accounts.ini
	topocert generate --quiet -o stranger accounts.ini
	mv o/ca-root/ca.key away
	topocert generate --quiet -o o --renew pg1,alice accounts.ini
	take_bundles
	primary
	standby
}

teardown_file() {
	stop_all
}

setup() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
	stranger=$PWD/stranger/users/alice/certs
}

# connect [OPTION]: who one is; an option counts more.
connect() {
	psql -XAtw -c 'select current_user, ssl from pg_stat_ssl
		where pid = pg_backend_pid()' "$(string alice) ${1:-}" 2>&1
}

@test "a user gets in, and the standby follows its primary" {
	run -0 connect
	assert_equal "$output" 'alice|t'
	assert_equal "$(grep -c BEGIN alice/certs/*.crt | cut -d: -f2 | sort -u |
		paste -sd' ')" '1 2'
	run -0 connect "hostaddr=$PGHOSTADDR target_session_attrs=standby"
	assert_equal "$output" 'alice|t'
}

@test "a user below another root is refused, and one without a certificate" {
	run -2 connect "sslcert=$stranger/postgresql.crt sslkey=$stranger/postgresql.key"
	assert_output_has 'unknown ca'
	run -2 connect 'sslcert=none sslkey=none'
	assert_output_has 'certificate'
	run -2 connect "sslrootcert=$PWD/stranger/ca-root/ca.crt"
	assert_output_has 'certificate verify failed'
}

@test "running servers show what was issued to them" {
	run -0 topocert verify -o o --starttls postgres accounts.ini \
		--connect $net.1:5432 $net.2:5432
}
