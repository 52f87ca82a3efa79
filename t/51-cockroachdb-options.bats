#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The options of the profile for CockroachDB: what they do beyond the tables,
# and how they must not be set.

load common
load cockroachdb
load servers
load topologies

# Commands of CONFIG.txt run it: it prints what it is given.
cockroach() {
	printf '%s\n' "$@"
}

@test "ui = issue and ui = ca: a certificate for browsers, not valid too long" {
	local ca days
	for ca in ca ca-ui; do
		variant c.ini "ui = $([ $ca = ca ] && echo issue || echo ca)"
		[ $ca = ca ] || quick_ca c.ini ui
		rm -rf c
		run -0 topocert generate c.ini
		[[ $output != *warning* ]]
		assert_certificate c/hosts/node1/certs/ui.crt "c/$ca/ca.crt" \
			node1 "$(extension c/hosts/node1/certs/node.crt \
				subjectAltName)" server
		days=$(openssl x509 -in c/hosts/node1/certs/ui.crt -noout \
			-startdate -enddate | cut -d = -f 2 |
			date -u -f - +%s | awk 'NR == 1 { start = $1 }
				END { print ($1 - start) / 86400 }')
		[ "$days" -le 825 ]
	done
	assert_bundle c/hosts/node1.tar.gz ca.crt ca-ui.crt node.crt node.key \
		ui.crt ui.key
	assert_bundle c/users/maxroach.tar.gz ca.crt ca-ui.crt \
		client.maxroach.crt client.maxroach.key
}

@test "more than 825 days for browsers is worth a warning" {
	variant c.ini 'ui = issue' 'days = 830'
	run -0 topocert generate c.ini
	assert_output_has 'warning'
	assert_output_has '825'
}

@test "a host sets for itself what is set for the cluster" {
	variant c.ini 'split_node = yes' 'ui = issue'
	sed -i '/host node2/a split_node = no\nui = none' c.ini
	topocert generate --quiet c.ini
	assert_bundle c/hosts/node1.tar.gz ca.crt node.crt node.key \
		client.node.crt client.node.key ui.crt ui.key
	assert_bundle c/hosts/node2.tar.gz ca.crt node.crt node.key
	assert_equal "$(cn c/hosts/node2/certs/node.crt)" node
}

@test "a tenant's host is no node" {
	variant c.ini 'tenants = yes'
	quick_ca c.ini client-tenant
	printf '%s\n' '[host pod1]' 'tenant = 10' 'ip = 10.0.0.21' >>c.ini
	topocert generate --quiet c.ini
	assert_bundle c/hosts/node1.tar.gz ca.crt ca-client-tenant.crt \
		node.crt node.key
	assert_bundle c/hosts/pod1.tar.gz ca.crt ca-client-tenant.crt \
		client-tenant.10.crt client-tenant.10.key
	assert_certificate c/hosts/pod1/certs/client-tenant.10.crt \
		c/ca-client-tenant/ca.crt 10 \
		DNS:pod1,IP:10.0.0.21 both
	run -0 openssl x509 -in c/hosts/pod1/certs/client-tenant.10.crt \
		-noout -subject -nameopt RFC2253
	assert_output_has OU=Tenants
}

@test "CONFIG.txt has the commands that start nodes and tenants' servers" {
	variant c.ini 'tenants = yes' 'directory = /srv/certs'
	quick_ca c.ini client-tenant
	printf '%s\n' '[host pod1]' 'tenant = 10' 'ip = 10.0.0.21' >>c.ini
	topocert generate --quiet c.ini
	run -0 eval "$(part 'cockroach start' c/hosts/node2/CONFIG.txt)"
	assert_equal "$output" "start
--certs-dir=/srv/certs
--join=10.0.0.11:26257
--join=10.0.0.12:26257
--advertise-addr=10.0.0.12:26257"
	run -0 eval "$(part 'cockroach mt start-sql' c/hosts/pod1/CONFIG.txt)"
	assert_equal "$output" "mt
start-sql
--tenant-id=10
--certs-dir=/srv/certs
--kv-addrs=10.0.0.11:26257
--kv-addrs=10.0.0.12:26257
--advertise-addr=10.0.0.21:26257"
	run -0 eval "$(part 'cockroach sql' c/users/maxroach/CONFIG.txt)"
	assert_equal "$output" "sql
--certs-dir=certs
--user=maxroach
--host=10.0.0.11"
}

@test "CONFIG.txt speaks of the DB Console only where there is ui.crt" {
	variant c.ini 'ui = issue'
	sed -i '/host node2/a ui = none' c.ini
	topocert generate --quiet c.ini
	grep -x '# https://10.0.0.11:8080' c/hosts/node1/CONFIG.txt
	run ! grep 8080 c/hosts/node2/CONFIG.txt
	grep -x '# pkill -SIGHUP -x cockroach' c/hosts/node2/CONFIG.txt
}

@test "options that are unknown, misplaced or wrong" {
	refuse_table 8 <<-'END'
		[cluster]
		name = c
		profile = cockroachdb
		split_nodes = yes
		! unknown key 'split_nodes' in [cluster]: nearest is 'split_node'
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		split_node = true
		! split_node = true: wanted yes or no
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		ui = public
		! ui = public: wanted none, issue, ca or import
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		tenants = yes
		tenant = 10
		! tenant in [cluster]: wanted it in [host NAME]
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		tenants = yes
		[host n1]
		tenant = ten
		! tenant = ten: wanted a whole number

		[user x]
		ui = issue
		! ui in [user x]: wanted it in [cluster]

		[host node3]
		ui_cert = x.crt
		! ui_cert = x.crt: has no effect without ui=import

		[host node3]
		! host node3: ui.crt is imported: wanted ui_cert = FILE and ui_key = FILE
		ui = import
	END
}

@test "options of a host that the cluster has to set, and services" {
	local line
	for line in 'tenant = 10|has no effect without tenants' \
		'services = sql|the profile has no services'; do
		variant c.ini
		printf '%s\n' '[host node3]' "${line%|*}" >>c.ini
		run -3 topocert generate c.ini
		assert_output_has "c.ini:15: ${line%|*}: ${line#*|}"
		[ ! -e c ]
	done
	sed -i 's/^services.*/split_ca = yes/' c.ini
	run -3 topocert generate c.ini
	assert_output_has \
		'c.ini:15: split_ca in [host node3]: wanted it in [cluster]'
}
