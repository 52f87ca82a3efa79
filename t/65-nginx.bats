#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# nginx: two servers run on what CONFIG.txt says; only admin wants client
# certificates.

load common
load servers
load renewal

setup_file() {
	have nginx curl openssl certutil pk12util || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology
	topocert generate --quiet -o o intranet.ini
	topocert generate --quiet -o stranger intranet.ini
	unpack o/hosts/www.tar.gz www
	unpack o/hosts/admin.tar.gz admin
	unpack o/users/alice.tar.gz alice
	unpack o/users/bob.tar.gz bob
	server www 127.65.0.1
	server admin 127.65.0.2
}

write_topology() {
	cat >intranet.ini <<-END
		[cluster]
		name = intranet
		profile = nginx
		organization = Example
		domain = example.com
		key = ec:P-256
		[ca]
		key = ec:P-256
		[host www]
		ip = 127.65.0.1
		dns = example.com
		directory = $PWD/www/certs
		[host admin]
		ip = 127.65.0.2
		directory = $PWD/admin/certs
		client_certificates = yes
		[user alice]
		[user bob]
		directory = $PWD/bob/certs
		pkcs12 = legacy
	END
}

# server NAME ADDRESS: it answers with who the client is.
server() {
	{
		echo "pid $PWD/$1/pid; error_log stderr; events {}"
		echo 'http { access_log off; server {'
		part 'server block' "$1/CONFIG.txt" |
			sed "s/^listen /&$2:/"
		echo 'location / { return 200 "hello $ssl_client_s_dn"; }'
		echo '} }'
	} >"$1/nginx.conf"
	start "$1" nginx -p "$PWD/$1" -c "$PWD/$1/nginx.conf" \
		-g 'daemon off;'
	until_ready "$1" curl -sk "https://$2/"
}

teardown_file() {
	stop_all
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# fetch FOLDER OPTION...: without the configuration of this machine.
fetch() {
	env -C "$1" curl -qsS --noproxy '*' \
		--resolve www.example.com:443:127.65.0.1 \
		--resolve www:443:127.65.0.1 \
		--resolve example.com:443:127.65.0.1 \
		--resolve admin.example.com:443:127.65.0.2 "${@:2}" 2>&1
}

@test "clients get in with full verification, by name and by address" {
	local host
	for host in www www.example.com example.com 127.65.0.1; do
		run -0 fetch . --cacert alice/certs/ca.crt "https://$host/"
		assert_equal "$output" 'hello '
	done
}

@test "users get in where certificates are wanted, as CONFIG.txt says" {
	local user
	for user in alice bob; do
		part curlrc "$user/CONFIG.txt" >"$user/curlrc"
		run -0 fetch "$user" -K curlrc https://admin.example.com/
		assert_equal "$output" "hello CN=$user,O=Example"
	done
}

# As the legacy form needs a provider that OpenSSL does not load by itself,
# only alice has a file for curl.
@test "the PKCS#12 file gets in, too" {
	printf 'cert = "certs/client.p12:%s"\ncert-type = P12\n' \
		"$(<alice/certs/client.p12.password)" >alice/p12
	run -0 fetch alice --cacert certs/ca.crt -K p12 \
		https://admin.example.com/
	assert_equal "$output" 'hello CN=alice,O=Example'
}

@test "browsers import the PKCS#12 files, of either form" {
	local user
	for user in alice bob; do
		mkdir "$user/nss"
		certutil -N -d "sql:$user/nss" --empty-password
		pk12util -d "sql:$user/nss" -i "$user/certs/client.p12" \
			-w "$user/certs/client.p12.password"
		certutil -L -d "sql:$user/nss" -n client -a |
			openssl x509 -noout -subject | grep "CN = $user\$"
		certutil -K -d "sql:$user/nss" -n client
	done
	openssl pkcs12 -in bob/certs/client.p12 -info -noout -legacy \
		-passin file:bob/certs/client.p12.password 2>&1 | grep 3-KeyTripleDES
}

@test "a server refuses a client without a certificate" {
	run -0 fetch . --cacert alice/certs/ca.crt https://admin.example.com/
	assert_output_has '400 No required SSL certificate was sent'
}

@test "a server refuses the same user of another CA" {
	run -0 fetch . --cacert alice/certs/ca.crt \
		--cert stranger/users/alice/certs/client.crt \
		--key stranger/users/alice/certs/client.key \
		https://admin.example.com/
	assert_output_has '400 The SSL certificate error'
}

@test "a server refuses the certificate of a server" {
	run -0 fetch . --cacert alice/certs/ca.crt --cert www/certs/server.crt \
		--key www/certs/server.key https://admin.example.com/
	assert_output_has '400 The SSL certificate error'
}

@test "a client refuses a server of another CA" {
	run -60 fetch . --cacert stranger/ca/ca.crt https://www.example.com/
	assert_output_has 'SSL certificate problem'
}

@test "a client refuses a server under a name that is not its own" {
	run -60 fetch . --cacert alice/certs/ca.crt https://www.example.com/ \
		--connect-to ::127.65.0.2:443
	assert_output_has \
		"no alternative certificate subject name matches target host name"
}

@test "the server takes new certificates with the reload command" {
	local command
	command=$(reload_line 'nginx -t' www/CONFIG.txt)
	renew intranet.ini www
	run ! serves www/certs/server.crt 127.65.0.1:443
	nginx() {
		command nginx -p "$PWD/www" -c "$PWD/www/nginx.conf" "$@"
	}
	eval "nginx -t$command"
	until_ready www serves www/certs/server.crt 127.65.0.1:443
	run -0 fetch . --cacert alice/certs/ca.crt https://www.example.com/
	assert_equal "$output" 'hello '
}
