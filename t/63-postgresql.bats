#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL: two servers run on what CONFIG.txt says, pg2 and its standby pg1.
# Names have no DNS here: PGHOSTADDR has the addresses of pg1 and pg2.

load common
load servers
load renewal
load postgresql

setup_file() {
	find_server
	cd "$BATS_FILE_TMPDIR" || return
	export PGHOSTADDR=127.63.0.1,127.63.0.2 PGCONNECT_TIMEOUT=10
	export HOME=$PWD/nobody
	chmod a+x "${PWD%/*/*}" "${PWD%/*}" "$PWD"
	write_topology
	topocert generate --quiet -o o accounts.ini
	topocert generate --quiet -o stranger accounts.ini
	take_bundles
	cp -r pg2/certs own # libpq wants its keys to be the user's own
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

# connect [OPTION]: who and where one is, with the connection string of alice;
# an option counts more.
connect() {
	local query="select current_user, ssl, client_dn, inet_server_addr()
		from pg_stat_ssl where pid = pg_backend_pid()"
	psql -XAtw -c "$query" "$(string alice) ${1:-}" 2>&1
}

alice='alice|t|/O=Example/CN=alice|127.63.0.2'

@test "the connection string of a user leads to the primary" {
	run -0 connect
	assert_equal "$output" "$alice"
	run -0 connect 'host=pg2 hostaddr=127.63.0.2'
	assert_equal "$output" "$alice"
	run -0 connect 'host=127.63.0.2 hostaddr=127.63.0.2'
	assert_equal "$output" "$alice"
}

@test "the service file of a user does, with relative and absolute paths" {
	local user
	for user in bob alice; do
		part pg_service.conf "$user/CONFIG.txt" >services
		PGSERVICEFILE=$PWD/services run -0 env -C "$user" psql -XAtwc \
			'select current_user' service=accounts
		assert_equal "$output" "$user"
	done
}

@test "in ~/.postgresql, libpq finds the files by their names" {
	mkdir -p home
	cp -r alice/certs home/.postgresql
	HOME=$PWD/home PGHOSTADDR=127.63.0.2 run -0 psql -XAtwc \
		'select current_user' 'host=pg2.db.example.com dbname=postgres
		sslmode=verify-full user=alice'
	assert_equal "$output" alice
}

# It reads no PGHOSTADDR: the addresses take the place of the names.
@test "the JDBC driver gets in with its string and key" {
	local jar=/usr/share/java/postgresql.jar url
	need java
	[ -e "$jar" ] || need postgresql.jar
	cat >Login.java <<-'END'
		class Login {
			public static void main(String[] args) throws Exception {
				var row = java.sql.DriverManager.getConnection(args[0])
					.createStatement().executeQuery("select current_user");
				row.next();
				System.out.println(row.getString(1));
			}
		}
	END
	url=$(part JDBC bob/CONFIG.txt |
		sed 's/pg\([12]\)\.db\.example\.com/127.63.0.\1/g')
	run -0 java -cp "$jar" Login.java "$url"
	assert_equal "$output" bob
}

@test "the standby streams from the primary, which it knows by certificate" {
	until_ready pg1 grep 'started streaming' pg1.log
	run -0 psql -XAtwc 'select usename, state, client_dn
		from pg_stat_replication join pg_stat_ssl using (pid)' \
		"$(string alice)"
	assert_equal "$output" 'replicator|streaming|/O=Example/CN=replicator'
}

@test "clients and standbys refuse the server under another name" {
	local wrong='host=pg1.db.example.com hostaddr=127.63.0.2'
	local message='does not match host name "pg1.db.example.com"'
	run -2 connect "$wrong"
	assert_output_has "$message"
	PGSERVICEFILE=$PWD/services run -2 env -C alice psql -w \
		"service=accounts $wrong"
	assert_output_has "$message"
	run -2 as_postgres psql -w "$(conninfo pg1) replication=true $wrong"
	assert_output_has "$message"
}

@test "a certificate is no login for another user" {
	run -2 connect user=bob
	assert_output_has 'certificate authentication failed for user "bob"'
}

@test "the certificate of a server is no login" {
	run -2 connect 'user=pg2 sslcert=own/server.crt sslkey=own/server.key'
	assert_output_has 'alert unsupported certificate'
}

@test "the same user of another CA is refused" {
	run -2 connect "sslcert=$stranger/postgresql.crt \
		sslkey=$stranger/postgresql.key"
	assert_output_has 'alert unknown ca'
}

@test "a server of another CA is refused" {
	run -2 connect "sslrootcert=$stranger/root.crt"
	assert_output_has 'certificate verify failed'
}

@test "a client without a certificate is refused" {
	run -2 connect 'sslcert= sslkey='
	assert_output_has 'connection requires a valid client certificate'
}

@test "a client without TLS is refused" {
	run -2 connect 'sslmode=disable'
	assert_output_has 'no encryption'
}

@test "the server takes new certificates with the reload command" {
	local command server=(127.63.0.2:5432 -starttls postgres)
	command=$(reload_line "or, as the server's user: " pg2/CONFIG.txt)
	renew accounts.ini pg2
	run ! serves pg2/certs/server.crt "${server[@]}"
	as_postgres bash -c "${command/FOLDER/pg2/data}"
	until_ready pg2 serves pg2/certs/server.crt "${server[@]}"
	run -0 connect
	assert_equal "$output" "$alice"
}
