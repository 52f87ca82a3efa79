#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify --connect tells what running servers show from what was issued.

load common
load servers

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	write_topology
	topocert generate --quiet -o c c.ini
	topocert generate --quiet -o stranger c.ini
	cp -r c old
	# node3 is issued again, node4 revoked and issued again
	sed -i 's/^\[host node3\]/&\ndays = 300/' c.ini
	(cd c/ca && openssl ca -config ca.conf \
		-revoke "newcerts/$(serial_of node4).pem" 2>/dev/null)
	topocert generate --quiet -o c c.ini
	sign_unrecorded
	serve node1 c 127.72.0.1
	serve tls12 c 127.72.0.2 node2 -tls1_2 -Verify 1 -CAfile c/ca/ca.crt
	serve tls13 c 127.72.0.2:26258 node2 -tls1_3 -Verify 1 \
		-CAfile c/ca/ca.crt -cert_chain c/ca/ca.crt
	serve node3 old 127.72.0.3
	serve node4 old 127.72.0.4
	serve node5 stranger 127.72.0.5
	serve node6 c '[::1]' node6
	serve wrong c 127.72.0.1:26258 node2
	serve nobody x 127.72.0.1:26259 unrecorded
	serve localhost c 127.0.0.1:36257 localhost
	serve silent c 127.72.0.7 node1
	wait_for_servers
}

write_topology() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host node{1..2}]' 'ip = 127.72.0.{1..2}' \
		'[host node3]' 'ip = 127.72.0.3' \
		'[host node{4..5}]' 'ip = 127.72.0.{4..5}' \
		'[host node6]' 'ip = ::1' '[host localhost]' '[user root]' >c.ini
}

serial_of() {
	grep "/$1/" "${2:-.}/index.txt" | tail -n 1 | cut -f4
}

# By the same CA, in a copy of its folder.
sign_unrecorded() {
	cp -r c copy
	mkdir -p x/hosts/unrecorded/certs
	(cd copy/ca && openssl ca -batch -config ca.conf -notext \
		-extensions signing_node_req -in ../hosts/node1/conf/node.csr \
		-out ../../x/hosts/unrecorded/certs/node.crt 2>/dev/null)
	cp c/hosts/node1/certs/node.key x/hosts/unrecorded/certs
}

# serve NAME FOLDER ADDRESS[:PORT] [HOST [OPTION...]]: the certificate of HOST.
serve() {
	local name=$1 folder=$2 address=$3 host=${4:-$1}
	[[ $address =~ :[0-9]+$ ]] || address+=:26257
	folder+=/hosts/$host/certs
	start "$name" openssl s_server -quiet -accept "$address" \
		-cert "$folder/node.crt" -key "$folder/node.key" "${@:5}"
	echo "$address" >>addresses
}

wait_for_servers() {
	local address
	while read -r address; do
		address=${address//[\[\]]/}
		until_ready node1 bash -c ": </dev/tcp/${address%:*}/${address##*:}"
	done <addresses
}

teardown_file() {
	stop_all
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# shows STATUS LINE SERVER [OPTION...]: verify ends with STATUS and says this of
# the server; SERIAL and DATE stand for what they are.
shows() {
	run "-$1" topocert verify "${@:4}" --connect "$3" -- c.ini
	assert_equal "$(sed -E '$d; s/[0-9A-F]{32}/SERIAL/g
		s/20[0-9-]{8}/DATE/g' <<<"$output")" "$2"
}

CURRENT='valid from DATE (current), signed in ca/'

@test "a server that shows what was issued last, by each of its names" {
	local host name
	for name in node1:26257 127.72.0.1 127.72.0.1:26257; do
		host=node1
		[ "$name" != node1:26257 ] || continue
		shows 0 "$host 127.72.0.1:26257 serves the certificate of \
hosts/node1/certs/node.crt, $CURRENT" "$name"
	done
	assert_equal "${lines[1]}" \
		'c: 1 server, each with the certificate that was issued last'
	shows 0 "node6 [::1]:26257 serves the certificate of \
hosts/node6/certs/node.crt, $CURRENT" '[::1]:26257'
	shows 0 "node6 [::1]:26257 serves the certificate of \
hosts/node6/certs/node.crt, $CURRENT" '0:0::1'
}

@test "a server that demands a certificate of its clients" {
	shows 0 "node2 127.72.0.2:26257 serves the certificate of \
hosts/node2/certs/node.crt, $CURRENT, chain /O=Cockroach/CN=Cockroach CA" \
		127.72.0.2
	shows 0 "node2 127.72.0.2:26258 serves the certificate of \
hosts/node2/certs/node.crt, $CURRENT, chain /O=Cockroach/CN=Cockroach CA" \
		127.72.0.2:26258
}

@test "a server that was not reloaded since" {
	shows 4 'node3 127.72.0.3:26257 serves a certificate of hosts/node3/certs/node.crt that was replaced since (serial number SERIAL, until DATE), signed in ca/: upload hosts/node3.tar.gz and reload' \
		127.72.0.3
	shows 4 'node4 127.72.0.4:26257 serves a certificate of hosts/node4/certs/node.crt that was revoked (serial number SERIAL, until DATE), signed in ca/: upload hosts/node4.tar.gz and reload' \
		127.72.0.4
	[[ $output == *"$(serial_of node4 old/ca)"* ]]
}

@test "a server with a certificate of another CA, or of none on record" {
	shows 4 'node5 127.72.0.5:26257 serves a certificate that topocert did not issue (subject /O=Cockroach/CN=node, issuer /O=Cockroach/CN=Cockroach CA): upload hosts/node5.tar.gz and reload' \
		127.72.0.5
	shows 4 'node1 127.72.0.1:26259 serves a certificate that the CA in ca/ signed but has no record of (serial number SERIAL, subject /O=Cockroach/CN=node): upload hosts/node1.tar.gz and reload' \
		127.72.0.1:26259
}

@test "a server with the certificate of another host" {
	shows 4 "node1 127.72.0.1:26258 serves a certificate of hosts/node2/certs/node.crt that is not this host's (serial number SERIAL, until DATE), signed in ca/: upload hosts/node1.tar.gz and reload" \
		127.72.0.1:26258
}

@test "as of a later day it has expired, as of an earlier one is not valid" {
	shows 4 'node1 127.72.0.1:26257 serves a certificate of hosts/node1/certs/node.crt that has expired (serial number SERIAL, until DATE), signed in ca/: upload hosts/node1.tar.gz and reload' \
		127.72.0.1 --at 2036-01-01
	shows 4 'node1 127.72.0.1:26257 serves a certificate of hosts/node1/certs/node.crt that is not valid yet (serial number SERIAL, until DATE), signed in ca/: upload hosts/node1.tar.gz and reload' \
		127.72.0.1 --at 2020-01-01
}

@test "a name that the certificate is not made out to" {
	shows 4 '127.0.0.1 127.0.0.1:36257 serves a certificate of hosts/localhost/certs/node.crt that is not made out to that name (serial number SERIAL, until DATE), signed in ca/: add the name to [host] in the topology, topocert generate, upload hosts/NAME.tar.gz and reload' \
		127.0.0.1:36257
}

@test "a server with the certificate of a host that was removed" {
	sed 's/node{1..2}/node1/; s/127.72.0.{1..2}/127.72.0.1/' c.ini >less.ini
	run -4 topocert verify --connect 127.72.0.2 -- less.ini
	assert_output_has '127.72.0.2 127.72.0.2:26257 serves a certificate of hosts/node2/certs/node.crt that is no longer in the topology ('
}

@test "a server with an imported certificate" {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout ui.key -out ui.crt -days 100 -subj /CN=ui \
		-addext 'subjectAltName=DNS:node1,IP:127.72.0.8' \
		-addext basicConstraints=critical,CA:FALSE 2>/dev/null
	printf '%s\n' '[cluster]' 'name = ui' 'profile = cockroachdb' \
		'key = ec:P-256' 'ui = import' '[ca]' 'key = ec:P-256' \
		'[host node1]' 'ip = 127.72.0.8' 'ui_cert = ui.crt' \
		'ui_key = ui.key' >ui.ini
	topocert generate --quiet ui.ini
	start ui openssl s_server -quiet -accept 127.72.0.8:8080 -cert ui.crt \
		-key ui.key
	until_ready ui bash -c ': </dev/tcp/127.72.0.8/8080'
	run -0 topocert verify --connect 127.72.0.8:8080 -- ui.ini
	assert_output_has 'node1 127.72.0.8:8080 serves the certificate of hosts/node1/certs/ui.crt, valid from '
	assert_output_has ' (imported)'
}

@test "a server that is down, or speaks no TLS" {
	shows 4 '127.72.0.9 127.72.0.9:26257 not reached: Connection refused: is it up, and is this its address?' \
		127.72.0.9
	run -4 topocert verify --connect no.such.host.invalid:1 -- c.ini
	assert_output_has 'no.such.host.invalid no.such.host.invalid:1 not reached: '
}

@test "a server that says nothing is given up after some seconds" {
	local pid
	pid=$(<silent.pid)
	kill -STOP "$pid"
	SECONDS=0
	shows 4 '127.72.0.7 127.72.0.7:26257 no TLS: Connection timed out: is it the right port, and does it speak TLS from the start (--starttls)?' \
		127.72.0.7 || { kill -CONT "$pid"; false; }
	kill -CONT "$pid"
	[ "$SECONDS" -lt 9 ]
}

@test "all hosts of the topology, at the profile's port or another" {
	run -4 topocert verify c.ini --connect
	assert_equal "${#lines[@]}" 8
	assert_equal "${lines[7]}" 'c: 7 of 7 servers are not as they should be'
	run -4 topocert verify c.ini --connect :36257
	assert_output_has "localhost 127.0.0.1:36257 serves the certificate of hosts/localhost/certs/node.crt"
	assert_output_has 'c: 6 of 7 servers are not as they should be'
}

@test "several servers as JSON, and nothing on disk is changed or looked at" {
	local before
	before=$(snapshot c)
	chmod 644 c/ca/ca.key
	topocert verify --json --connect 127.72.0.1 127.72.0.3 127.72.0.9:1 -- \
		c.ini >json || [ $? -eq 4 ]
	chmod 400 c/ca/ca.key
	assert_equal "$(snapshot c)" "$before"
	assert_equal "$(jq -r '.command, (.servers[] |
		[.host, .port, .status, .good, .ca, .path, .tls] | @tsv)' json)" \
		"$(printf '%s\n' verify \
		$'node1\t26257\tcurrent\ttrue\tca\thosts/node1/certs/node.crt\tTLSv1.3' \
		$'node3\t26257\treplaced\tfalse\tca\thosts/node3/certs/node.crt\tTLSv1.3' \
		$'127.72.0.9\t1\tunreachable\tfalse\t\t\t')"
	assert_equal "$(jq -r '.servers[1].serial' json)" \
		"$(serial_of node3 old/ca)"
	run -4 topocert verify --quiet --connect 127.72.0.3 -- c.ini
	assert_equal "$output" ''
}

@test "what is wrong on the command line" {
	local word
	for word in x:y :0 :65536 '[::1' 'a b' '*.x' ''; do
		run -2 topocert verify --connect "$word" -- c.ini
		assert_output_has "verify: --connect $word: wanted HOST, HOST:PORT or, for all hosts, :PORT"
	done
	run -2 topocert verify --starttls postgres c.ini
	assert_output_has 'verify: --starttls goes with --connect'
	run -2 topocert verify --starttls postgress --connect x -- c.ini
	assert_output_has "verify: --starttls postgress: nearest is 'postgres'"
	printf '%s\n' '[cluster]' 'name = c' 'profile = etcd' '[host node1]' >e.ini
	run -2 topocert verify -o c --connect node1 -- e.ini
	assert_output_has 'verify: --connect node1: which port? The profile does not say: wanted node1:PORT, or :PORT for all hosts'
}
