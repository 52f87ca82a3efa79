#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The six hosts of TiDB's guide to certificates: the files it lists, with its
# keys, lifetimes and addresses, a key per host and component or one for all.

load common
load cockroachdb
load servers

example=$SRCDIR/examples/tidb.ini

# The example, but with quick keys.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	sed 's/^\[cluster\]/&\nkey = ec:P-256/; $a [ca]\nkey = ec:P-256' \
		"$example" >c.ini
	sed 's/^;shared.*/shared = yes/' c.ini >shared.ini
	topocert generate --quiet -o own c.ini
	topocert generate --quiet -o shared shared.ini
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# bundles FOLDER: who gets what, by the table of the guide.
bundles() {
	local node
	assert_bundle "$1/hosts/node1.tar.gz" root.crt pd.crt pd.key \
		tidb.crt tidb.key
	for node in node2 node3; do
		assert_bundle "$1/hosts/$node.tar.gz" root.crt pd.crt pd.key
	done
	for node in node4 node5 node6; do
		assert_bundle "$1/hosts/$node.tar.gz" root.crt tikv.crt tikv.key
	done
	assert_bundle "$1/users/admin.tar.gz" root.crt client.crt client.key
}

# component FOLDER HOST NAME NAMES
component() {
	assert_certificate "$1/hosts/$2/certs/$3.crt" "$1/hosts/$2/certs/root.crt" \
		tidb-cluster "$4" both
}

@test "a key for each host and component: the files, each its own names" {
	local n
	bundles own
	for n in 1 2 3; do
		component own node$n pd \
			"DNS:node$n,IP:172.16.10.1$n,IP:127.0.0.1"
	done
	component own node1 tidb DNS:node1,IP:172.16.10.11,IP:127.0.0.1
	for n in 4 5 6; do
		component own node$n tikv \
			"DNS:node$n,IP:172.16.10.1$n,IP:127.0.0.1"
	done
	assert_certificate own/users/admin/certs/client.crt \
		own/users/admin/certs/root.crt tidb-cluster '' client
	assert_equal "$(sha256sum own/hosts/*/certs/*.key | cut -c -64 |
		sort -u | wc -l)" 7
}

@test "shared = yes: one per component, with the addresses of all its hosts" {
	local n
	bundles shared
	for n in 1 2 3; do
		component shared node$n pd DNS:node1,IP:172.16.10.11,\
DNS:node2,IP:172.16.10.12,DNS:node3,IP:172.16.10.13,IP:127.0.0.1
	done
	component shared node1 tidb DNS:node1,IP:172.16.10.11,IP:127.0.0.1
	for n in 4 5 6; do
		component shared node$n tikv DNS:node4,IP:172.16.10.14,\
DNS:node5,IP:172.16.10.15,DNS:node6,IP:172.16.10.16,IP:127.0.0.1
		cmp shared/hosts/node4/certs/tikv.key \
			shared/hosts/node$n/certs/tikv.key
	done
	assert_equal "$(sha256sum shared/hosts/*/certs/*.key | cut -c -64 |
		sort -u | wc -l)" 3
}

@test "shared certificates: another host means another certificate for all" {
	local before
	cp shared.ini more.ini
	cp -r shared more
	before=$(sha256sum more/hosts/*/certs/pd.* more/users/*/certs/*)
	printf '%s\n' '[host node7]' 'ip = 172.16.10.17' \
		'services = tikv, tidb' >>more.ini
	run -4 topocert plan -o more more.ini
	assert_output_has '+IP 172.16.10.17'
	topocert generate --quiet -o more more.ini
	assert_equal "$(sha256sum more/hosts/*/certs/pd.* \
		more/users/*/certs/*)" "$before"
	cmp more/hosts/node4/certs/tikv.crt more/hosts/node7/certs/tikv.crt
	component more node7 tidb DNS:node1,IP:172.16.10.11,\
DNS:node7,IP:172.16.10.17,IP:127.0.0.1
	cmp more/hosts/node1/certs/tidb.key more/hosts/node7/certs/tidb.key
	topocert plan -o more more.ini
}

@test "keys and lifetimes are those of the guide" {
	local file
	printf '%s\n' '[cluster]' 'name = c' 'profile = tidb' '[host n]' \
		'services = pd' '[user admin]' >guide.ini
	topocert generate --quiet -o guide guide.ini
	assert_key guide/ca/ca.crt 4096 1000
	for file in guide/hosts/n/certs/pd.crt guide/users/*/certs/client.crt; do
		assert_key "$file" 2048 365
		run -0 openssl x509 -in "$file" -noout -text
		assert_output_has 'Version: 3 (0x2)'
	done
}

# assert_key FILE BITS DAYS: an RSA key, valid for so many days from now on.
assert_key() {
	run -0 openssl x509 -in "$1" -noout -text
	assert_output_has "Public Key Algorithm: rsaEncryption"
	assert_output_has "Public-Key: ($2 bit)"
	openssl x509 -in "$1" -noout -checkend $((($3 - 1) * 86400))
	run -1 openssl x509 -in "$1" -noout -checkend $(($3 * 86400))
}

@test "the configuration of each component names its files and the one CN" {
	local CN='["tidb-cluster"]'
	assert_lines pd.toml node1 "cacert-path = \"/etc/tidb/certs/root.crt\"" \
		'cert-path = "/etc/tidb/certs/pd.crt"' \
		'key-path = "/etc/tidb/certs/pd.key"' "cert-allowed-cn = $CN" \
		'advertise-client-urls = "https://172.16.10.11:2379"' \
		'initial-cluster = "node1=https://172.16.10.11:2380,'\
'node2=https://172.16.10.12:2380,node3=https://172.16.10.13:2380"'
	assert_lines tikv.toml node5 'ca-path = "/etc/tidb/certs/root.crt"' \
		'cert-path = "/etc/tidb/certs/tikv.crt"' \
		'key-path = "/etc/tidb/certs/tikv.key"' "cert-allowed-cn = $CN" \
		'advertise-addr = "172.16.10.15:20160"' \
		'  "https://172.16.10.13:2379",'
	assert_lines tidb.toml node1 \
		'cluster-ssl-ca = "/etc/tidb/certs/root.crt"' \
		'cluster-ssl-cert = "/etc/tidb/certs/tidb.crt"' \
		'cluster-ssl-key = "/etc/tidb/certs/tidb.key"' \
		"cluster-verify-cn = $CN" \
		'ssl-ca = "/etc/tidb/certs/root.crt"' \
		'ssl-cert = "/etc/tidb/certs/tidb.crt"' \
		'ssl-key = "/etc/tidb/certs/tidb.key"' \
		'path = "172.16.10.11:2379,172.16.10.12:2379,172.16.10.13:2379"'
	run ! part pd.toml own/hosts/node5/CONFIG.txt
	run ! part tikv.toml own/hosts/node1/CONFIG.txt
}

# assert_lines TITLE HOST LINE...: in this part of the host's CONFIG.txt.
assert_lines() {
	local line
	for line in "${@:3}"; do
		part "$1" "own/hosts/$2/CONFIG.txt" | grep -Fx -- "$line"
	done
}

@test "the user's commands name files of the bundle" {
	local title
	mkdir -p "$BATS_TEST_TMPDIR/admin"
	tar -xzf own/users/admin.tar.gz -C "$BATS_TEST_TMPDIR/admin"
	cd "$BATS_TEST_TMPDIR/admin"
	for title in pd-ctl tikv-ctl tidb-ctl mysql; do
		run -0 part $title CONFIG.txt
		[ "${lines[0]%% *}" = $title ]
		assert_equal "$(grep -oE 'certs/[a-z.]+' <<<"$output" |
			sort | xargs ls -1)" $'certs/client.crt
certs/client.key\ncerts/root.crt'
	done
	assert_output_has '--host=172.16.10.11 --port=4000'
}

@test "another CN for all, where the topology asks for it" {
	sed 's/^\[cluster\]/&\ncomponent_cn = orders/' c.ini >cn.ini
	topocert generate --quiet -o cn cn.ini
	assert_equal "$(for file in cn/{hosts,users}/*/certs/[pct]*.crt; do
		cn "$file"
	done | sort | uniq -c | xargs)" '8 orders'
	grep -F 'cert-allowed-cn = ["orders"]' cn/hosts/node4/CONFIG.txt
}

@test "services that the profile does not have, or that a host leaves out" {
	cd "$BATS_TEST_TMPDIR"
	printf '%s\n' '[cluster]' 'name = c' 'profile = tidb' \
		'[host n1]' 'services = pd, tikb' '[host n2]' >c.ini
	run -3 topocert generate c.ini
	assert_output_has \
		'c.ini:5: services = tikb: no such service: nearest is tikv'
	assert_output_has 'c.ini:6: [host n2] without services of tidb: wanted'
	[ ! -e c ]
}
