#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MySQL: a MariaDB server runs on what CONFIG.txt says, with the accounts that
# it says.

load common
load servers
load renewal

ADDRESS=127.64.0.1

setup_file() {
	have mariadbd mariadb mariadb-install-db openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
	topocert generate --quiet -o o shop.ini
	topocert generate --quiet -o stranger shop.ini
	unpack o/hosts/db1.tar.gz db1
	unpack o/users/alice.tar.gz alice
	unpack o/users/bob.tar.gz bob
	unpack stranger/users/alice.tar.gz stranger
	server
}

# An organization that is hard to write in SQL and in a subject.
write_topology() {
	cat >shop.ini <<-END
		[cluster]
		name = shop
		profile = mysql
		organization = Bücher & O'Reilly
		domain = db.example.com
		key = ec:P-256
		[ca]
		key = ec:P-256
		[host db1]
		ip = $ADDRESS
		directory = $PWD/db1/certs
		[user alice]
		directory = $PWD/alice/certs
		[user bob]
	END
}

server() {
	local owner=
	if [ "$(id -u)" -eq 0 ]; then
		owner=mysql
		chown mysql: db1
	fi
	{
		part my.cnf db1/CONFIG.txt
		printf '%s\n' "datadir = $PWD/db1/data" \
			"tmpdir = $PWD/db1" "socket = $PWD/db1/socket" \
			"pid_file = $PWD/db1/pid" \
			"bind_address = $ADDRESS,127.64.0.2" \
			${owner:+"user = $owner"}
	} >db1/my.cnf
	mariadb-install-db --defaults-file=db1/my.cnf --skip-test-db \
		--auth-root-authentication-method=normal >install.log 2>&1 ||
		{ cat install.log; return 1; }
	start db1 mariadbd --defaults-file="$PWD/db1/my.cnf" \
		--log-warnings=2
	until_ready db1 as_root -e 'select 1'
	part accounts.sql db1/CONFIG.txt | as_root --batch
	as_root -e "create user plain identified by 'plain'"
}

# As the administrator on the host itself.
as_root() {
	mariadb --no-defaults --socket="$BATS_FILE_TMPDIR/db1/socket" "$@"
}

teardown_file() {
	stop_all
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# connect USER [OPTION...]: who one is, by the my.cnf of its bundle; there is
# no DNS for the server's name here.
connect() {
	local user=$1
	shift
	part 'my.cnf for MariaDB' "$user/CONFIG.txt" >"$user/my.cnf"
	env -C "$user" mariadb --defaults-file=my.cnf -h "$ADDRESS" -N "$@" \
		-e "select substring_index(current_user(), '@', 1),
			variable_value <> '' from information_schema.session_status
			where variable_name = 'ssl_cipher'" 2>&1
}

@test "the users get in, with relative and absolute paths" {
	local user
	for user in alice bob; do
		run -0 connect "$user"
		assert_equal "$output" "$user"$'\t1'
	done
}

@test "the server says its host name" {
	part 'my.cnf for MariaDB' alice/CONFIG.txt |
		grep -x 'host = db1.db.example.com'
	openssl s_client -starttls mysql -connect "$ADDRESS:3306" \
		-CAfile alice/certs/ca.pem -verify_return_error \
		-verify_hostname db1.db.example.com </dev/null >out 2>&1
	grep 'Verification: OK' out
}

@test "a client refuses the server at an address that is not its own" {
	run -1 connect alice -h 127.64.0.2
	assert_output_has 'Validation of SSL server certificate failed'
}

@test "another user of the same CA is refused for the account" {
	run -1 connect bob -u alice
	assert_output_has "Access denied for user 'alice'"
	assert_mismatch bob
}

@test "the certificate of a server is refused for the account" {
	run -1 connect alice --ssl-cert="$PWD/db1/certs/server-cert.pem" \
		--ssl-key="$PWD/db1/certs/server-key.pem"
	assert_output_has "Access denied for user 'alice'"
	assert_mismatch db1
}

# assert_mismatch NAME: what the server says of the last certificate.
assert_mismatch() {
	grep 'X509 subject mismatch' db1.log | tail -n 1 |
		grep "should be '.*/CN=alice' but is '.*/CN=$1'"
}

# With TLS 1.3 the client would learn of it later, or not at all.
@test "the same user of another CA is refused" {
	run -1 connect alice --ssl-cert="$PWD/stranger/certs/client-cert.pem" \
		--ssl-key="$PWD/stranger/certs/client-key.pem" \
		--tls-version=TLSv1.2
	assert_output_has 'alert unknown ca'
}

@test "a server of another CA is refused" {
	run -1 connect alice --ssl-ca="$PWD/stranger/certs/ca.pem"
	assert_output_has 'self-signed certificate in certificate chain'
}

@test "a client without a certificate is refused" {
	run -1 mariadb --no-defaults -h "$ADDRESS" -u alice \
		--ssl-ca=alice/certs/ca.pem --ssl-verify-server-cert -e 'select 1'
	assert_output_has "Access denied for user 'alice'"
}

# MariaDB says no more than that; the account is no other with TLS.
@test "a client without TLS is refused, whatever its account asks for" {
	export MYSQL_PWD=plain
	run -0 mariadb --no-defaults -h "$ADDRESS" -u plain \
		--ssl-ca=alice/certs/ca.pem --ssl-verify-server-cert -e 'select 1'
	run -1 mariadb --no-defaults -h "$ADDRESS" -u plain \
		--skip-ssl -e 'select 1'
	assert_output_has "Access denied for user 'plain'"
}

@test "the server takes new certificates with the reload command" {
	local command server=("$ADDRESS:3306" -starttls mysql)
	command=$(reload_line 'MariaDB: mariadb' db1/CONFIG.txt)
	renew shop.ini db1
	run ! serves db1/certs/server-cert.pem "${server[@]}"
	eval "as_root $command"
	serves db1/certs/server-cert.pem "${server[@]}"
	run -0 connect alice
	assert_equal "$output" $'alice\t1'
}
