#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Chromium opens the DB Console's certificate, served by nginx, if it trusts
# the CA that signed it. The CAs that it comes with do not know ours.

load common
load servers

setup_file() {
	have chromium certutil nginx curl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	console issue 127.66.0.1
	console ca 127.66.0.2
	trust nobody
	trust node-ca issue/user/certs/ca.crt
	trust node-ca-only ca/user/certs/ca.crt
	trust ui-ca ca/user/certs/ca-ui.crt
	trust stranger issue/stranger/ca/ca.crt
}

# console UI ADDRESS: a node with this option ui, and a page in its place.
console() {
	mkdir "$1"
	cat >"$1/c.ini" <<-END
		[cluster]
		name = c
		profile = cockroachdb
		domain = db.example.com
		key = ec:P-256
		ui = $1
		[ca]
		key = ec:P-256
		[host node1]
		ip = $2
		[user root]
	END
	topocert generate --quiet -o "$1/o" "$1/c.ini"
	topocert generate --quiet -o "$1/stranger" "$1/c.ini"
	unpack "$1/o/hosts/node1.tar.gz" "$1/host"
	unpack "$1/o/users/root.tar.gz" "$1/user"
	cat >"$1/nginx.conf" <<-END
		pid $PWD/$1/pid;
		error_log stderr;
		events { }
		http {
			access_log off;
			server {
				listen $2:8080 ssl;
				ssl_certificate $PWD/$1/host/certs/ui.crt;
				ssl_certificate_key $PWD/$1/host/certs/ui.key;
				default_type text/html;
				location / { return 200 "<p>Console by $1</p>"; }
			}
		}
	END
	start "$1" nginx -p "$PWD/$1" -c "$PWD/$1/nginx.conf" -g 'daemon off;'
	until_ready "$1" curl -sk "https://$2:8080/"
}

# trust BROWSER [CA]: the home of a browser that trusts this CA, too.
trust() {
	local store=$PWD/$1/.pki/nssdb
	mkdir -p "$store"
	certutil -N -d "sql:$store" --empty-password
	[ $# -eq 1 ] || certutil -A -d "sql:$store" -n ours -t C,, -i "$2"
}

teardown_file() {
	stop_all
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# browse BROWSER URL: the page; on standard error, why there is none.
browse() {
	HOME=$PWD/$1 timeout 60 chromium --headless --no-sandbox --disable-gpu \
		--disable-background-networking --disable-component-update \
		--no-first-run --no-proxy-server --user-data-dir="$PWD/$1/data" \
		--host-resolver-rules='MAP *.example.com 127.66.0.1' \
		--dump-dom "$2" 2>error 3>&- 4>&-
}

opens() {
	run -0 browse "$1" "$2"
	assert_output_has "<p>Console by $3</p>"
}

# refuses BROWSER URL REASON
refuses() {
	run browse "$1" "$2"
	assert_equal "$output" ''
	grep -oE 'Page load failed: net::[A-Z_]+' error >reason || cat error
	assert_equal "$(<reason)" "Page load failed: net::$3"
}

@test "a browser that trusts the node CA opens ui = issue" {
	opens node-ca https://127.66.0.1:8080/ issue
	opens node-ca https://node1.db.example.com:8080/ issue
}

@test "a browser that trusts the CA for the console opens ui = ca" {
	opens ui-ca https://127.66.0.2:8080/ ca
}

@test "a browser without our CA refuses both" {
	refuses nobody https://127.66.0.1:8080/ ERR_CERT_AUTHORITY_INVALID
	refuses nobody https://127.66.0.2:8080/ ERR_CERT_AUTHORITY_INVALID
}

@test "a browser that trusts a foreign CA of the same name refuses" {
	refuses stranger https://127.66.0.1:8080/ ERR_CERT_AUTHORITY_INVALID
}

@test "with ui = ca, the CA of the nodes is not enough" {
	refuses node-ca-only https://127.66.0.2:8080/ ERR_CERT_AUTHORITY_INVALID
}

@test "a browser refuses a name that the certificate has not" {
	refuses node-ca https://node2.db.example.com:8080/ \
		ERR_CERT_COMMON_NAME_INVALID
}
