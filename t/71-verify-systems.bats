#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify knows every system: no false alarm with any, and the damages that only
# some can have.

load common
load verify

# example NAME: it, with quick keys where it does not say which.
example() {
	local file=$SRCDIR/examples/$1.ini
	sed '/^key /d; s/^\[cluster\]$/&\nkey = ec:P-256/' "$file" |
		sed 's/^\[ca\]$/&\nkey = ec:P-256/'
	grep -qx '\[ca\]' "$file" || printf '%s\n' '[ca]' 'key = ec:P-256'
}

# All examples, each in a folder of the cluster's name.
setup_file() {
	local file name
	cd "$BATS_FILE_TMPDIR" || return
	for file in "$SRCDIR"/examples/*.ini; do
		name=$(basename "$file" .ini)
		mkdir "$name"
		example "$name" >"$name/c.ini"
		(cd "$name" && topocert generate --quiet -o good c.ini &&
			topocert verify -o good c.ini) >"$name/said" 2>&1 &
		echo "$!" >"$name/pid"
	done
	for name in */; do
		wait "$(<"$name/pid")" || echo "$name" >>failed
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# system NAME: the tree of that example.
system() {
	cd "$BATS_FILE_TMPDIR/$1" || return
	rm -rf c
	cp -a good c
}

@test "no false alarm with any example" {
	local name
	[ ! -e failed ] || { cat failed "$(head -n 1 failed)/said"; false; }
	for name in */; do
		[ "$(wc -l <"$name/said")" -eq 1 ]
		grep -E '^good: [0-9]+ certificates, [0-9]+ bundles: all as the topology says$' \
			"$name/said"
	done
}

UNPACK='tar -xzpf NAME.tar.gz -C NAME restores it'

# mend NAME: how the folder of that host is mended from its bundle.
mend() {
	echo "${UNPACK//NAME/hosts/$1}"
}

# store COMMAND... : a PKCS#12 file with the password of broker1.
store() {
	openssl pkcs12 -export -out "c/$h/keystore.p12" -name broker \
		-passout "file:c/$h/store.password" "$@"
}

@test "Kafka: a password that does not open its stores" {
	system kafka
	local h=hosts/broker1/certs m
	m=$(mend broker1)
	damage "printf other-password >c/$h/store.password" \
		"$h/keystore.p12: does not open with the password in certs/store.password: $m" \
		"$h/truststore.p12: does not open with the password in certs/store.password: $m" \
		"$h/store.password: not what was made: its sum is not that of SHA256SUMS: $m"
	damage "rm c/$h/store.password" "$h/store.password: missing: $m"
}

@test "Kafka: stores with another key, certificate or CA" {
	system kafka
	local h=hosts/broker1/certs other=hosts/broker2/certs m
	m=$(mend broker1)
	damage "cp c/$other/*.p12 c/$other/store.password c/$h" \
		"$h/keystore.p12: does not hold the key of the certificate: $m" \
		"$h/store.password: not what was made: its sum is not that of SHA256SUMS: $m" \
		"$h/truststore.p12: not what was made: its sum is not that of SHA256SUMS: $m"
	damage "store -inkey c/$h/broker.key -in c/$h/broker.crt" \
		"$h/keystore.p12: does not hold the CA's certificate, or others: $m"
	damage "openssl req -x509 -key c/$h/broker.key -subj /CN=x -out x.crt
		store -inkey c/$h/broker.key -in x.crt -certfile c/ca/ca.crt" \
		"$h/keystore.p12: does not hold the certificate that was issued: $m"
	damage "cp c/$h/keystore.p12 c/$h/truststore.p12" \
		"$h/truststore.p12: holds more than the CA's certificate: $m"
	damage "cp c/$other/truststore.p12 c/$h" \
		"$h/truststore.p12: does not open with the password in certs/store.password: $m"
	damage "echo >c/$h/keystore.p12" \
		"$h/keystore.p12: not a PKCS#12 file: $m"
}

@test "Kafka: a store made by openssl with the same in it is as good" {
	system kafka
	local h=hosts/broker1/certs
	harmless "store -inkey c/$h/broker.key -in c/$h/broker.crt \
		-certfile c/ca/ca.crt
		(cd c && tar -C hosts/broker1 -czf hosts/broker1.tar.gz \
			CONFIG.txt certs && cut -c67- SHA256SUMS |
			xargs sha256sum >x && mv x SHA256SUMS)"
}

@test "MongoDB: a combined file that lacks a part, or has one too many" {
	system mongodb
	local file=hosts/mongo1/certs/member.pem
	local what='does not hold what it should: key, fullchain'
	damage "sed -i '/BEGIN CERT/,\$d' c/$file" \
		"$file: $what: $(mend mongo1)"
	damage "cat c/ca/ca.crt >>c/$file" "$file: $what: $(mend mongo1)"
	damage "sed -i '/BEGIN CERT/,\$d' c/$file
		cat c/hosts/mongo2/certs/member.crt >>c/$file" \
		"$file: $what: $(mend mongo1)"
	damage "cp c/hosts/mongo2/certs/member.pem c/$file" \
		"$file: $what: $(mend mongo1)"
}

@test "CockroachDB with split CAs: each certificate of its own CA" {
	system cockroachdb-split
	local h=hosts/crdb1/certs m
	m=$(mend crdb1)
	damage "cp c/$h/ca-client.crt c/$h/ca.crt" \
		"$h/ca.crt: not the certificate of the CA in ca/: $m"
	damage "cp c/$h/ca.crt c/$h/ca-client.crt" \
		"$h/ca-client.crt: not the certificate of the CA in ca-client/: $m"
	damage "cp c/$h/client.node.key c/$h/node.key" \
		"$h/node.key: not the key of the certificate node.crt: $m"
	damage "cp c/$h/client.node.crt c/$h/node.crt" \
		"$h/node.crt: not the one on record, serial number SERIAL: $m"
	damage 'chmod 644 c/ca-client/ca.key' "ca-client/ca.key: mode 0644 lets \
others at the CA's key: chmod 0400 it, and think of who may have read it"
	damage 'cp -p c/ca/ca.key k && mv -f k c/ca-client/ca.key' \
		'ca-client/ca.key: not the key of ca.crt: put the right one back'
	damage 'cp c/ca/ca.crt c/ca-client/newcerts/AB.pem' \
		'ca-client/newcerts/AB.pem: index.txt does not have it: find out who signed it; then restore index.txt from a backup, or delete it'
}

@test "TiDB with a shared certificate: the copy of its service" {
	mkdir -p shared && cd shared
	example tidb | sed 's/^;shared/shared/' >c.ini
	topocert generate --quiet -o good c.ini
	local file
	file=$(cd good && echo services/*/tikv*.crt)
	harmless true
	damage "cp c/ca/ca.crt c/$file" "$file: not the certificate on record, serial number SERIAL: topocert generate --renew services/tikv"
	harmless 'rm -r c/services'
}

@test "a certificate that is imported, and its end" {
	mkdir -p import && cd import
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ui.key -out ui.crt \
		-days 100 -subj /CN=ui -addext 'subjectAltName=DNS:node1' \
		-addext basicConstraints=critical,CA:FALSE 2>/dev/null
	chmod 600 ui.key
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' 'ui = import' '[ca]' 'key = ec:P-256' \
		'[host node1]' 'ui_cert = ui.crt' 'ui_key = ui.key' >c.ini
	topocert generate --quiet -o good c.ini
	harmless true
	local ui=hosts/node1/certs/ui.crt
	damage "cp c/hosts/node1/certs/node.crt c/$ui" \
		"$ui: not the one of ui.crt: $(mend node1)"
	run -4 topocert verify -o good --at "$(date -u -d '+101 days' +%F)" c.ini
	assert_output_has "$ui: expired on $(date -u -d '+100 days' +%F), imported: "
}
