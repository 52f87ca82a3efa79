#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL runs with keys that were made in the folders of the server and of a
# user and that are nowhere else, also after the CA was rotated.

load common
load servers
load renewal
load postgresql

net=127.63.2

setup_file() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
	export PGHOSTADDR=$net.1,$net.2 PGCONNECT_TIMEOUT=10 HOME=$PWD/nobody
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
	topocert render --quiet -o o accounts.ini
	make_key pg2 server o/hosts/pg2/conf/server.conf
	make_key pg2 replication o/hosts/pg2/conf/replication.conf
	make_key alice postgresql o/users/alice/conf/client.conf
	topocert sign --quiet -o o accounts.ini pg2.*.csr \
		alice.*.csr
	unpack o/hosts/pg2.tar.gz pg2
	unpack o/users/alice.tar.gz alice
	[ "$(id -u)" -ne 0 ] || chown -R postgres: pg2
	primary
}

teardown_file() {
	stop_all
}

setup() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
}

# make_key NAME FILE CONF: what its owner does, in NAME/certs.
make_key() {
	mkdir -p "$1/certs"
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1/certs/$2.key" -config "$3" -out "$1.$2.csr"
}

connect() {
	psql -XAtwc "select current_user, ssl, client_dn from pg_stat_ssl
		where pid = pg_backend_pid()" "$(string alice)"
}

# renewed: the bundles of this moment are on their hosts, and loaded.
renewed() {
	unpack o/hosts/pg2.tar.gz pg2
	unpack o/users/alice.tar.gz alice
	[ "$(id -u)" -ne 0 ] || chown -R postgres: pg2/certs
	as_postgres pg_ctl reload -D pg2/data
	run -0 connect
	assert_equal "$output" 'alice|t|/O=Example/CN=alice'
}

@test "server and client know each other by certificates for such keys" {
	run -0 connect
	assert_equal "$output" 'alice|t|/O=Example/CN=alice'
	run -1 grep -rlE 'PRIVATE KEY' o/hosts/pg2 o/users/alice
	run -2 psql -XAtwc 'select 1' "$(string alice) sslcert= sslkey="
}

@test "they go through a rotation with the keys that they have" {
	local stage keys
	keys=$(sha256sum {pg2,alice}/certs/*.key)
	for stage in begin switch finish; do
		topocert rotate ca "$stage" --quiet -o o accounts.ini
		renewed
	done
	assert_equal "$(sha256sum {pg2,alice}/certs/*.key)" "$keys"
	run -1 grep -rlE 'PRIVATE KEY' o/hosts/pg2 o/users/alice
	openssl verify -CAfile o/ca/ca.crt {pg2,alice}/certs/*.crt
}
