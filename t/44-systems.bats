#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hosts and users that belong to another system than the cluster, or to
# several.

load common
load topologies

# contents BUNDLE: what it holds besides folders, in one line.
contents() {
	tar -tzf "$1" | grep -v '/$' | sed 's|^certs/||' | LC_ALL=C sort |
		tr '\n' ' '
}

# usages CERTIFICATE: the extended ones, in one line.
usages() {
	openssl x509 -in "$1" -noout -ext extendedKeyUsage |
		sed '1d; s/^ *//; s/TLS Web //g; s/ Authentication//g'
}

@test "a load balancer of another system has its own files under the same CA" {
	small_topology '[host lb1]' 'profile = nginx' 'ip = 10.0.0.5' \
		'dns = db.example.com' 'client_certificates = yes' \
		'[user web]' 'profile = nginx'
	topocert generate --quiet c.ini
	assert_equal "$(contents c/hosts/lb1.tar.gz)" \
		'CONFIG.txt ca.crt fullchain.crt server.crt server.key '
	assert_equal "$(contents c/hosts/node1.tar.gz)" \
		'CONFIG.txt ca.crt node.crt node.key '
	assert_equal "$(contents c/users/web.tar.gz)" \
		'CONFIG.txt ca.crt client.crt client.key client.p12 client.p12.password '
	openssl verify -x509_strict -CAfile c/ca/ca.crt -purpose sslserver \
		-verify_hostname db.example.com c/hosts/lb1/certs/server.crt
	assert_equal "$(usages c/hosts/lb1/certs/server.crt)" Server
	assert_equal "$(usages c/hosts/node1/certs/node.crt)" 'Server, Client'
	grep -x 'ssl_client_certificate /etc/nginx/certs/ca.crt;' \
		c/hosts/lb1/CONFIG.txt
	run ! grep nginx c/hosts/node1/CONFIG.txt
	# who unpacks it finds each system's own user
	tar -tvzf c/hosts/lb1.tar.gz | grep 'root/root .*server.key'
	tar -tvzf c/hosts/node1.tar.gz | grep 'cockroach/cockroach .*node.key'
	[ -e c/hosts/lb1/conf/nginx-server.conf ]
	grep -F '[ nginx_signing_server_req ]' c/ca/ca.conf
	topocert plan --quiet c.ini
}

@test "hosts of another system are no members of the cluster" {
	sed 's/^\[cluster\]/&\nkey = ec:P-256/' "$SRCDIR/examples/etcd.ini" >c.ini
	printf '%s\n' '[host lb1]' 'profile = nginx' '[ca]' 'key = ec:P-256' >>c.ini
	topocert generate --quiet -o c c.ini
	assert_equal "$(grep -c '^etcd[123]=https' c/hosts/etcd1/CONFIG.txt)" 3
	run ! grep lb1 c/hosts/etcd1/CONFIG.txt
}

@test "one host in two systems has all files of both, and the CA's once" {
	small_topology '[host both]' 'profile = etcd, kafka' 'ip = 10.0.0.5'
	topocert generate --quiet c.ini
	assert_equal "$(contents c/hosts/both.tar.gz)" \
		'CONFIG.txt broker.crt broker.key ca.crt keystore.p12 peer.crt peer.key server.crt server.key store.password truststore.p12 '
	cmp c/hosts/both/certs/ca.crt c/ca/ca.crt
	openssl verify -x509_strict -CAfile c/hosts/both/certs/ca.crt \
		c/hosts/both/certs/{broker,peer,server}.crt
	tar -tvzf c/hosts/both.tar.gz | grep 'etcd/etcd .*server.key'
	tar -tvzf c/hosts/both.tar.gz | grep 'kafka/kafka .*broker.key'
	# each part with the place of its own system
	grep -x ETCD_KEY_FILE=/etc/etcd/certs/server.key c/hosts/both/CONFIG.txt
	grep -x ssl.keystore.location=/etc/kafka/certs/keystore.p12 \
		c/hosts/both/CONFIG.txt
	topocert plan --quiet c.ini
}

@test "the cluster itself can be of two systems, with options of both" {
	small_topology
	sed -i 's/^profile .*/profile = etcd, kafka\npem = yes/' c.ini
	sed -i 's/^\[user root\]/[user admin]\nprofile = kafka/' c.ini
	topocert generate --quiet c.ini
	assert_equal "$(contents c/hosts/node1.tar.gz)" \
		'CONFIG.txt broker.crt broker.key ca.crt keystore.pem peer.crt peer.key server.crt server.key '
	assert_equal "$(contents c/users/admin.tar.gz)" \
		'CONFIG.txt ca.crt client.crt client.key keystore.pem '
	openssl x509 -in c/ca/ca.crt -noout -subject | grep 'CN = etcd CA'
}

@test "two systems that want the same file on one host are refused" {
	small_topology '[host both]' 'profile = nginx, etcd'
	refused 3 c.ini "c.ini:12: host both: profile nginx, [certificate server], and profile etcd, [certificate server], both want the file certs/server.crt: wanted other names, or two hosts
c.ini:12: host both: profile nginx, [certificate server], and profile etcd, [certificate server], both want the file certs/server.key: wanted other names, or two hosts"
}

@test "an option can part two systems that want the same file" {
	small_topology '[host both]' 'profile = generic, mosquitto'
	run -3 topocert generate c.ini
	printf '%s\n' 'server_file = own.crt' 'server_key_file = own.key' >>c.ini
	topocert generate --quiet c.ini
	assert_equal "$(contents c/hosts/both.tar.gz)" \
		'CONFIG.txt ca.crt own.crt own.key server.crt server.key '
}

@test "services and options that a host's system does not know are refused" {
	refuse_table 11 <<-'END'
		[host t]
		profile = tidb
		services = pd, tikw
		! services = tikw: no such service: nearest is tikv

		[host t]
		! [host t] without services of tidb: wanted services = pd, ...
		profile = tidb

		[host t]
		services = pd
		! services = pd: the profile has no services

		[host k]
		profile = kafka
		ui = none
		! unknown key 'ui' in [host k]: nearest is 'uri'

		[host k]
		pem = yes
		! unknown key 'pem' in [host k]: nearest is 'key'

		[host k]
		profile = kafka
		[host j]
		pem = yes
		! unknown key 'pem' in [host j]: nearest is 'key'

		[host k]
		split_nodes = yes
		! unknown key 'split_nodes' in [host k]: nearest is 'split_node'

		[host k]
		split_ca = yes
		! split_ca in [host k]: wanted it in [cluster]

		[host k]
		profile = kafka
		java8 = maybe
		! java8 = maybe: wanted yes or no

		[host k]
		profile = kafka
		pem = yes
		java8 = yes
		! java8 = yes: has no effect without !pem

		[host k]
		profile = kafkas
		! profile = kafkas: no such profile; nearest is kafka
	END
	small_topology '[host k]' 'profile = kafka, kafka'
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:13: profile = kafka: twice in the list'
	[ ! -e c ]
}

@test "a section for a CA that no system has is refused" {
	refuse_table 2 <<-'END'
		[ca quorum]
		! [ca quorum]: there is no such CA in the profile; wanted [ca]
		days = 10

		[ca client]
		! [ca client]: there is no such CA with these options; wanted [ca]
		days = 10
	END
}
