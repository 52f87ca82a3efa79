#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify --connect --starttls mysql, with a real MariaDB server.

load common
load servers

ADDRESS=127.64.1.1

setup_file() {
	have mariadbd mariadb-install-db openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	printf '%s\n' '[cluster]' 'name = c' 'profile = mysql' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host db1]' "ip = $ADDRESS" "directory = $PWD/db1/certs" \
		'[user alice]' >c.ini
	topocert generate --quiet -o c c.ini
	unpack c/hosts/db1.tar.gz db1
	server
}

server() {
	local owner=
	if [ "$(id -u)" -eq 0 ]; then
		owner=mysql
		chown -R mysql: db1
	fi
	{
		part my.cnf db1/CONFIG.txt
		printf '%s\n' "datadir = $PWD/db1/data" "tmpdir = $PWD/db1" \
			"socket = $PWD/db1/socket" "pid_file = $PWD/db1/pid" \
			"bind_address = $ADDRESS" ${owner:+"user = $owner"}
	} >db1/my.cnf
	mariadb-install-db --defaults-file=db1/my.cnf --skip-test-db \
		--auth-root-authentication-method=normal >install.log 2>&1 ||
		{ cat install.log; return 1; }
	start db1 mariadbd --defaults-file="$PWD/db1/my.cnf"
	until_ready db1 openssl s_client -starttls mysql \
		-connect "$ADDRESS:3306"
}

teardown_file() {
	stop_all
}

setup() {
	need mariadbd mariadb-install-db openssl
	cd "$BATS_FILE_TMPDIR" || return
}

shows() {
	topocert verify --json --starttls mysql --connect "$ADDRESS:3306" -- \
		c.ini | jq -r '.servers[] | [.host, .status, .path] | @tsv'
}

@test "the server shows its certificate behind its greeting" {
	run -0 shows
	assert_equal "$output" \
		$'db1\tcurrent\thosts/db1/certs/server-cert.pem'
}

@test "without --starttls it is told that this may be missing" {
	run -4 topocert verify --connect "$ADDRESS:3306" -- c.ini
	assert_output_has 'does it speak TLS from the start (--starttls)?'
	run -4 topocert verify --starttls postgres --connect "$ADDRESS:3306" \
		-- c.ini
	assert_output_has 'no TLS: the server speaks another protocol'
}

@test "it shows the old one until it loads the new one" {
	sed -i 's/^\[host db1\]/&\ndays = 300/' c.ini
	topocert generate --quiet -o c c.ini
	run -0 shows
	assert_equal "$output" \
		$'db1\treplaced\thosts/db1/certs/server-cert.pem'
	unpack c/hosts/db1.tar.gz db1
	[ "$(id -u)" -ne 0 ] || chown -R mysql: db1/certs
	mariadb --no-defaults --socket=db1/socket -e 'flush ssl'
	run -0 shows
	assert_equal "$output" \
		$'db1\tcurrent\thosts/db1/certs/server-cert.pem'
}
