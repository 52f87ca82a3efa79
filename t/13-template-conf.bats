#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What plan and generate find wrong with a rendered template before anything
# is made.

load common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	small_topology
	mkdir mine
}

# broken FILE SCRIPT MESSAGE: a template that spells out its lines, changed by
# sed.
broken() {
	broken_from "$BATS_TEST_DIRNAME/13-$1" "$@"
}

# broken_built_in FILE SCRIPT MESSAGE: the built-in template FILE, changed.
broken_built_in() {
	broken_from "$TOPOCERT_DATADIR/templates/$1" "$@"
}

# broken_from SOURCE FILE SCRIPT MESSAGE
broken_from() {
	local source=$1
	shift
	sed "$2" "$source" >"mine/$1"
	run cmp "mine/$1" "$source"
	assert_status 1
	for command in plan generate; do
		run topocert "$command" --templates mine c.ini
		assert_status 3
		assert_output_has "$3"
		[ ! -e c ]
	done
	rm "mine/$1"
}

@test "a request's template that OpenSSL cannot read is wrong" {
	broken node.conf 's/^string_mask.*/&\nx = $nowhere/' \
		'topocert: mine/node.conf: the rendered file is no OpenSSL configuration'
	broken node.conf 's/^prompt.*//' \
		'topocert: mine/node.conf: [req] without prompt = no'
	broken client.conf 's/^distinguished_name = .*/distinguished_name = x/' \
		'topocert: mine/client.conf: [req] distinguished_name: wanted'
	broken node.conf 's/^commonName.*/nonsense = {{common_name}}/' \
		'topocert: mine/node.conf: [distinguished_name] nonsense = node'
	broken_built_in node.conf '/^{{subject}}/d' \
		'topocert: mine/node.conf: [req] distinguished_name: wanted'
	broken_built_in client.conf 's/^{{subject}}/&\nnonsense = x/' \
		'topocert: mine/client.conf: [distinguished_name] nonsense = x'
}

@test "a CA's template lacks nothing that openssl ca or the profile needs" {
	broken ca.conf '/^default_md/d' \
		'topocert: mine/ca.conf: [CA_default] without default_md: openssl ca needs it'
	broken ca.conf 's/^\[ signing_policy \]/[ other ]/' \
		'topocert: mine/ca.conf: no section [signing_policy], which the profile names for signing'
	broken ca.conf 's/^\[ signing_node_req \]/[ other ]/' \
		'topocert: mine/ca.conf: no section [signing_node_req], which the profile names for signing'
	broken_built_in ca.conf '/^{{signing_sections}}/d' \
		'topocert: mine/ca.conf: no section [signing_node_req], which the profile names for signing'
	broken_built_in ca.conf '/^default_md/d' \
		'topocert: mine/ca.conf: [CA_default] without default_md: openssl ca needs it'
	small_topology '[host node3]' 'key = rsa:2048'
	broken ca.conf 's/^\[ signing_node_req_rsa \]/[ other ]/' \
		'topocert: mine/ca.conf: no section [signing_node_req_rsa], which the profile names for signing'
}

@test "a host is one section, by its short name or the one in its domain" {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'domain = db.example.com' '[host node1]' 'ip = 10.0.0.1' \
		'[host NODE1.db.example.com]' 'ip = 10.0.0.2' >c.ini
	run topocert plan c.ini
	assert_status 3
	assert_equal "$output" 'c.ini:7: host NODE1.db.example.com is NODE1.db.example.com, and so is host node1 of line 5: wanted one section for a host'
}
