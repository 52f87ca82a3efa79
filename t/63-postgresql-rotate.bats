#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The CA of a running PostgreSQL primary and its standby is rotated, with
# reloads alone, while clients connect anew all the time. The tests are the
# steps of one procedure.

load common
load servers
load renewal
load postgresql
load steady

net=127.63.1
servers=(pg1 pg2)

setup_file() {
	local owner
	find_server
	cd "$BATS_FILE_TMPDIR" || return
	export PGHOSTADDR=$net.1,$net.2 PGCONNECT_TIMEOUT=10
	export HOME=$PWD/nobody
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
	topocert generate --quiet -o o accounts.ini
	for owner in hosts/pg1 hosts/pg2 users/alice; do
		unpack "o/$owner.tar.gz" "${owner#*/}"
	done
	[ "$(id -u)" -ne 0 ] || chown postgres: pg1 pg2
	primary 'create table numbers (n int primary key); grant all on numbers to alice;'
	standby
	mkdir clients
	exchange o/users/alice.tar.gz clients/alice
	cp -r clients/alice/ first
	steady writer write
	steady reader read_on
}

teardown_file() {
	stop_all
}

setup() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
}

# as_alice SQL [OPTION]: over a new connection, with verify-full as in the
# connection string, from the folder of the bundle; OPTION counts more.
as_alice() (
	cd -P "$BATS_FILE_TMPDIR/clients/alice" || return
	psql -XAtw -c "$1" "$(part 'connection string' CONFIG.txt) ${2:-}"
)

write() {
	as_alice "insert into numbers values ($1) on conflict do nothing"
}

# read_on NUMBER ATTEMPT: from the one and the other, for one of them restarts.
read_on() {
	local place=$((($1 + $2) % 2 + 1))
	as_alice 'select max(n) from numbers' "target_session_attrs=any \
		host=pg$place.db.example.com hostaddr=$net.$place"
}

# upload NAME: and reload, as CONFIG.txt says.
upload() {
	local command
	unpack "o/hosts/$1.tar.gz" "$1"
	command=$(reload_line "or, as the server's user: " "$1/CONFIG.txt")
	loaded=$(load_time "$1")
	as_postgres bash -c "${command/FOLDER/$1/data}"
	until_ready "$1" is_reloaded "$1"
}

load_time() {
	as_alice 'select pg_conf_load_time()' "target_session_attrs=any \
		host=$1.db.example.com hostaddr=$net.${1#pg}"
}

is_reloaded() {
	[ "$(load_time "$1")" != "$loaded" ]
}

# streams: the standby has what was written until now.
streams() {
	local number
	number=$(as_alice 'select max(n) from numbers')
	until_ready pg1 has_number "$number"
}

has_number() {
	[ "$(as_alice "select count(*) from numbers where n = $1" \
		"target_session_attrs=any host=pg1.db.example.com \
		hostaddr=$net.1")" = 1 ]
}

@test "begin: with a reload, servers trust both CAs" {
	local name
	goes_on writer reader
	topocert rotate ca begin --quiet -o o accounts.ini
	for name in "${servers[@]}"; do
		upload "$name"
		assert_equal "$(grep -c BEGIN "$name/certs/root.crt")" 2
		goes_on writer reader
	done
	exchange o/users/alice.tar.gz clients/alice
	assert_equal "$(grep -c BEGIN clients/alice/certs/root.crt)" 2
	goes_on writer reader
}

# The standby starts anew in the middle, as does its connection to a primary
# that has a certificate of the other CA.
@test "switch: with a reload, servers take new certificates one after another" {
	local name
	topocert rotate ca switch --quiet -o o accounts.ini
	seen 4 'a certificate of hosts/pg'
	assert_output_has 'signed in ca/old/1/'
	assert_output_has ': upload hosts/pg1.tar.gz and reload'
	for name in "${servers[@]}"; do
		run ! serves "o/hosts/$name/certs/server.crt" \
			"$net.${name#pg}:5432" -starttls postgres
		upload "$name"
		until_ready "$name" serves "o/hosts/$name/certs/server.crt" \
			"$net.${name#pg}:5432" -starttls postgres
		goes_on writer reader
		[ "$name" = pg2 ] || restart_standby
		streams
	done
	seen 0 'the certificate of hosts/pg'
	exchange o/users/alice.tar.gz clients/alice
	run -1 cmp first/certs/postgresql.crt clients/alice/certs/postgresql.crt
	goes_on writer reader
}

# seen STATUS TEXT: verify exits with STATUS, and says this of each server.
seen() {
	local name
	run "-$1" topocert verify -o o accounts.ini --starttls postgres \
		--connect $net.1:5432 $net.2:5432
	for name in "${servers[@]}"; do
		assert_output_has "$name $net.${name#pg}:5432 serves $2"
	done
}

restart_standby() {
	stop pg1
	cat pg1.log >>pg1.logs
	# shellcheck disable=SC2154 # from find_server
	start pg1 "${become[@]}" postgres -D "$PWD/pg1/data"
	until_ready pg1 load_time pg1
}

@test "finish: with a reload, servers trust the new CA alone" {
	local name
	topocert rotate ca finish --quiet -o o accounts.ini
	exchange o/users/alice.tar.gz clients/alice
	assert_equal "$(grep -c BEGIN clients/alice/certs/root.crt)" 1
	for name in "${servers[@]}"; do
		upload "$name"
		goes_on writer reader
	done
	restart_standby
	streams
	goes_on writer reader
}

@test "all the while, no request failed for a reason of TLS" {
	stop writer
	stop reader
	never_for_tls writer reader
	run -1 grep -hE 'SSL (connection|error)|certificate' pg1.logs pg1.log pg2.log
}

@test "what was written is there" {
	[ "$(wc -l <writer.done)" -ge 100 ]
	as_alice 'select n from numbers' | sort >numbers
	run -0 comm -23 <(sed 's/ .*//' writer.done | sort) numbers
	assert_equal "$output" ''
}

@test "with the first bundle, nobody gets in any more" {
	run -2 as_alice 'select 1' "sslcert=$PWD/first/certs/postgresql.crt \
		sslkey=$PWD/first/certs/postgresql.key"
	assert_output_has 'alert unknown ca'
	run -2 as_alice 'select 1' "sslrootcert=$PWD/first/certs/root.crt"
	assert_output_has 'certificate verify failed'
	as_alice 'select 1'
}
