#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A real PostgreSQL server runs on the bundles, and lets in whom it should.

load common

find_server() {
	local programs=(/usr/lib/postgresql/*/bin)
	[ -x "${programs[-1]}/postgres" ] || return
	PATH=${programs[-1]}:$PATH
}

# The server refuses to run as root.
as_postgres() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# A data folder made from the bundle of node1, where roles need certificates.
prepare_server() {
	as_postgres initdb -D data -N -A reject -E UTF8 --locale=C
	as_postgres tar -xz -C data <"$1"
	as_postgres tee -a data/postgresql.conf <<-'END'
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		fsync = off
		ssl = on
		ssl_cert_file = 'certs/node.crt'
		ssl_key_file = 'certs/node.key'
		ssl_ca_file = 'certs/ca.crt'
	END
	as_postgres tee data/pg_hba.conf \
		<<<'hostssl all all 127.0.0.1/32 cert clientcert=verify-full'
	as_postgres postgres --single -D data postgres \
		<<<'create role maxroach login; create role other login;'
}

# Finds a free port by trying; keeps it and the server's pid.
start_server() {
	local try port
	for try in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 10000))
		if as_postgres pg_ctl start -w -D data -l data/log \
			-o "-p $port" 3>&-; then
			head -n 1 data/postmaster.pid >../pid
			echo "$port" >../port
			return
		fi
		echo "attempt $try on port $port"
	done
	cat data/log
	return 1
}

setup_file() {
	find_server || return 0
	cd "$BATS_FILE_TMPDIR" || return
	topocert generate --quiet -o o "$EXAMPLE"
	small_topology '[user maxroach]'
	topocert generate --quiet -o stranger c.ini
	mkdir maxroach server
	tar -xzf o/users/maxroach.tar.gz -C maxroach
	if [ "$(id -u)" -eq 0 ]; then
		chmod a+x "$BATS_RUN_TMPDIR" "${PWD%/*}" "$PWD"
		chown postgres: server
	fi
	cd server || return
	prepare_server ../o/hosts/node1.tar.gz
	start_server
}

teardown_file() {
	cd "$BATS_FILE_TMPDIR" || return
	[ -e pid ] || return 0
	kill -INT "$(<pid)"
	timeout 10 sh -c 'while [ -e server/data/postmaster.pid ]; do
		sleep 0.05
	done'
}

setup() {
	find_server || skip 'PostgreSQL is not installed'
	cd "$BATS_FILE_TMPDIR" || return
	certs=$PWD/maxroach/certs
}

# connect NAME OPTION...: who the server, addressed as NAME, says we are. A
# later option counts more than an earlier one.
connect() {
	local user=maxroach host=$1 option
	local sslcert=$certs/client.maxroach.crt
	local sslkey=$certs/client.maxroach.key sslrootcert=$certs/ca.crt
	for option in "${@:2}"; do
		local "$option"
	done
	env -i PATH="$PATH" HOME="$PWD/nobody" PGCONNECT_TIMEOUT=10 psql -XAtw \
		-c 'select current_user, ssl, client_dn
			from pg_stat_ssl where pid = pg_backend_pid()' \
		"host=$host hostaddr=127.0.0.1 port=$(<port)
		dbname=postgres sslmode=verify-full user=$user
		sslcert=$sslcert sslkey=$sslkey sslrootcert=$sslrootcert" 2>&1
}

@test "a user of the topology gets in by every name of the server" {
	local name
	for name in node1 node1.db.example.com lb.db.example.com localhost \
		10.0.0.11 127.0.0.1; do
		run -0 connect "$name"
		assert_equal "$output" 'maxroach|t|/O=Cockroach/CN=maxroach'
	done
}

@test "a client refuses the server under a name that is not its own" {
	local name
	for name in node2 node2.db.example.com 10.0.0.12; do
		run -2 connect "$name"
		assert_output_has "does not match host name \"$name\""
	done
}

@test "a certificate is no login for another user" {
	local user
	for user in other postgres; do
		run -2 connect node1 user=$user
		assert_output_has \
			"certificate authentication failed for user \"$user\""
	done
}

@test "the same user of another CA is refused" {
	local other=$PWD/stranger/users/maxroach/certs/client.maxroach
	run -2 connect node1 "sslcert=$other.crt" "sslkey=$other.key"
	assert_output_has 'alert unknown ca'
}

@test "a server of another CA is refused" {
	run -2 connect node1 "sslrootcert=$PWD/stranger/ca/ca.crt"
	assert_output_has 'certificate verify failed'
}

@test "a client without a certificate is refused" {
	run -2 connect node1 sslcert= sslkey=
	assert_output_has 'connection requires a valid client certificate'
}
