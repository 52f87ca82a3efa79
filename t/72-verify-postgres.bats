#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify --connect --starttls postgres, with a real PostgreSQL server.

load common
load servers

ADDRESS=127.72.1.1

setup_file() {
	local programs=(/usr/lib/postgresql/*/bin)
	PATH=${programs[-1]}:$PATH
	have postgres initdb setpriv || return 0
	become=()
	[ "$(id -u)" -ne 0 ] || become=(setpriv --reuid=postgres
		--regid=postgres --init-groups)
	cd "$BATS_FILE_TMPDIR" || return
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	printf '%s\n' '[cluster]' 'name = c' 'profile = postgresql' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host pg1]' "ip = $ADDRESS" '[user alice]' >c.ini
	topocert generate --quiet -o c c.ini
	mkdir pg1
	[ "$(id -u)" -ne 0 ] || chown postgres: pg1
	server
}

# Clients need certificates.
server() {
	"${become[@]}" initdb -D pg1/data -N -A reject --locale=C >log 2>&1
	"${become[@]}" tar -xz -C pg1/data <c/hosts/pg1.tar.gz
	"${become[@]}" tee pg1/data/postgresql.conf >>log <<-END
		listen_addresses = '$ADDRESS'
		unix_socket_directories = ''
		fsync = off
		ssl = on
		ssl_cert_file = 'certs/server.crt'
		ssl_key_file = 'certs/server.key'
		ssl_ca_file = 'certs/root.crt'
	END
	"${become[@]}" tee pg1/data/pg_hba.conf >>log \
		<<<'hostssl all all 127.0.0.0/8 cert clientcert=verify-full'
	start pg1 "${become[@]}" postgres -D "$PWD/pg1/data"
	until_ready pg1 openssl s_client -starttls postgres \
		-connect "$ADDRESS:5432"
}

teardown_file() {
	stop_all
}

setup() {
	[ -e "$BATS_FILE_TMPDIR/pg1.pid" ] || need postgres initdb setpriv
	cd "$BATS_FILE_TMPDIR" || return
}

shows() {
	topocert verify --json --starttls postgres --connect "$ADDRESS" -- c.ini |
		jq -r '.servers[] | [.host, .port, .status, .path] | @tsv'
}

@test "the server shows its certificate behind SSLRequest" {
	run -0 shows
	assert_equal "$output" $'pg1\t5432\tcurrent\thosts/pg1/certs/server.crt'
}

@test "without --starttls it is told that this may be missing" {
	run -4 topocert verify --connect "$ADDRESS" -- c.ini
	assert_output_has "pg1 $ADDRESS:5432 no TLS: "
	assert_output_has 'does it speak TLS from the start (--starttls)?'
}

@test "it shows the old one until it is reloaded" {
	sed -i 's/^\[host pg1\]/&\ndays = 300/' c.ini
	topocert generate --quiet -o c c.ini
	run -0 shows
	assert_equal "$output" $'pg1\t5432\treplaced\thosts/pg1/certs/server.crt'
	tar -xz -C pg1/data <c/hosts/pg1.tar.gz
	[ "$(id -u)" -ne 0 ] || chown -R postgres: pg1/data/certs
	kill -HUP "$(<pg1.pid)"
	until_shows current
}

# until_shows STATUS: the reload takes a moment.
until_shows() {
	local i
	for ((i = 0; i < 50; i++)); do
		[[ $(shows) == *$'\t'$1$'\t'* ]] && return
		sleep 0.1
	done
	shows
	return 1
}

@test "a server without TLS says so" {
	printf 'ssl = off\n' >>pg1/data/postgresql.conf
	kill -HUP "$(<pg1.pid)"
	until_shows unreachable
	run -4 topocert verify --starttls postgres --connect "$ADDRESS" -- c.ini
	assert_output_has 'no TLS: the server does not offer TLS'
}
