#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How clients are told to connect: topocert uri, and the lines of CONFIG.txt.

load common
load cockroachdb
load servers

# It prints the parts of each URI that it reads, one a line.
build_parser() {
	cat >parse.go <<-'END'
		package main

		import (
			"bufio"
			"fmt"
			"net/url"
			"os"
			"sort"
		)

		func main() {
			lines := bufio.NewScanner(os.Stdin)
			for lines.Scan() {
				u, err := url.ParseRequestURI(lines.Text())
				if err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				query, err := url.ParseQuery(u.RawQuery)
				if err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				fmt.Printf("%s %s %s %s %s\n", u.Scheme,
					u.User, u.Hostname(), u.Port(), u.Path)
				var keys []string
				for key := range query {
					keys = append(keys, key)
				}
				sort.Strings(keys)
				for _, key := range keys {
					fmt.Printf("%s=%s\n", key, query[key][0])
				}
			}
		}
	END
	GO111MODULE=off GOENV=off GOFLAGS='' GOCACHE=$PWD/cache GOPATH=$PWD/go \
		go build -o parse parse.go
}

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	command -v go >/dev/null && build_parser
	variant c.ini
	echo '[user a.b]' >>c.ini
	topocert generate --quiet c.ini
}

setup() {
	command -v go >/dev/null || skip 'Go is not installed'
	cd "$BATS_FILE_TMPDIR" || return
}

# parsed COMMAND...: what it prints, parsed, is in output and lines.
parsed() {
	local text
	text=$("$@")
	run -0 ./parse <<<"$text"
}

@test "a URI for each user and host, one a line" {
	local user host wanted=
	run -0 topocert uri c.ini
	assert_equal "${#lines[@]}" 4
	for user in maxroach a.b; do
		for host in 10.0.0.11 10.0.0.12; do
			wanted+="postgresql $user $host 26257 /defaultdb
sslcert=certs/client.$user.crt
sslkey=certs/client.$user.key
sslmode=verify-full
sslrootcert=certs/ca.crt
"
		done
	done
	parsed topocert uri c.ini
	assert_equal "$output" "${wanted%$'\n'}"
}

@test "the files that a URI names are those of the bundle" {
	local name
	unpack c/users/a.b.tar.gz a.b
	parsed topocert uri --user a.b --host node1 c.ini
	assert_equal "${lines[0]}" 'postgresql a.b node1 26257 /defaultdb'
	for name in sslcert sslkey sslrootcert; do
		[ -f "a.b/$(sed -n "s/^$name=//p" <<<"$output")" ]
	done
	assert_equal "$(part URL c/users/a.b/CONFIG.txt | ./parse)" \
		"$(topocert uri --user a.b --host 10.0.0.11 c.ini | ./parse)"
}

@test "host, port, database and folder are as they are asked for" {
	local database='a/b c?d&e=f%#+\xc3\xbc'
	database=$(printf '%b' "${database//%/%%}")
	parsed topocert uri --user maxroach --host ::1 --port 5432 \
		--database "$database" --certs-dir '/my certs/50% & more=' c.ini
	assert_equal "$output" "postgresql maxroach ::1 5432 /$database
sslcert=/my certs/50% & more=/client.maxroach.crt
sslkey=/my certs/50% & more=/client.maxroach.key
sslmode=verify-full
sslrootcert=/my certs/50% & more=/ca.crt"
	run -0 topocert uri --user maxroach --host ::1 --port 5432 \
		--database "$database" c.ini
	[[ $output = 'postgresql://maxroach@[::1]:5432/a%2Fb%20c%3Fd%26e%3D'* ]]
}

@test "hosts of a domain are called by their full names" {
	sed '/^name/a domain = db.example.com' c.ini >domain.ini
	parsed topocert uri --user maxroach domain.ini
	assert_equal "${lines[0]}" \
		'postgresql maxroach node1.db.example.com 26257 /defaultdb'
}

@test "split_ca and ui = ca: servers are verified by ca.crt all the same" {
	variant split.ini 'split_ca = yes' 'ui = ca'
	parsed topocert uri --host node1 split.ini
	assert_equal "$output" 'postgresql maxroach node1 26257 /defaultdb
sslcert=certs/client.maxroach.crt
sslkey=certs/client.maxroach.key
sslmode=verify-full
sslrootcert=certs/ca.crt'
}

@test "a changefeed's URI holds the very files, and goes to a file" {
	local file=c/users/maxroach/changefeed.uri certs=c/users/maxroach/certs
	umask 0
	run -0 topocert uri --user maxroach --changefeed kafka1:9093 c.ini
	assert_output_has "$file: written, mode 0600"
	[[ $output != *tls_enabled* ]]
	assert_equal "$(stat -c %a "$file")" 600
	assert_equal "$(wc -l <"$file")" 1
	parsed cat "$file"
	assert_equal "${lines[0]}" 'kafka  kafka1 9093 '
	assert_equal "${lines[4]}" tls_enabled=true
	assert_equal "${#lines[@]}" 5
	cmp $certs/ca.crt <(base64 -d <<<"${lines[1]#ca_cert=}")
	cmp $certs/client.maxroach.crt \
		<(base64 -d <<<"${lines[2]#client_cert=}")
	cmp $certs/client.maxroach.key \
		<(base64 -d <<<"${lines[3]#client_key=}")
	run -0 topocert uri --user maxroach --changefeed kafka1:9093 --show c.ini
	assert_equal "$output" "$(cat "$file")"
	topocert plan c.ini
}

@test "a changefeed's URI over an older one, or a link, is a new file" {
	local file=c/users/maxroach/changefeed.uri
	rm -f $file
	echo other >other
	ln -s "$PWD/other" $file
	topocert uri --quiet --user maxroach --changefeed k:1 c.ini
	[ -f $file ] && [ ! -L $file ]
	assert_equal "$(cat other)" other
	chmod 0644 $file
	topocert uri --quiet --user maxroach --changefeed k:2 c.ini
	assert_equal "$(stat -c %a $file)" 600
	grep -q '^kafka://k:2?' $file
}

@test "what cannot be told" {
	local row
	while IFS='|' read -r status row message; do
		# shellcheck disable=SC2086 # these are several words
		run "-$status" topocert uri $row c.ini
		assert_equal "$output" "topocert: uri: $message"
	done <<-'END'
		1|--user nobody|--user nobody: no such user; nearest is a.b
		1|--changefeed k:1|--changefeed: whose key? wanted --user NAME
		2|--changefeed k|--changefeed: wanted HOST:PORT of the broker
		2|--show|--show: only with --changefeed is anything held back
		2|--port 0|--port: wanted a number from 1 to 65535
		2|--port 26257x|--port: wanted a number from 1 to 65535
		2|--host a/b|--host: wanted a host name or an address
		2|--host a@b|--host: wanted a host name or an address
	END
	run -1 topocert uri "$SRCDIR/examples/tidb.ini"
	assert_output_has 'the profile tidb does not say how clients connect'
}
