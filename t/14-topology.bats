#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a topology may say of names, as the certificates have it.

load common
load topologies

# host NAME LINE...: one more host in c.ini.
host() {
	printf '%s\n' "[host $1]" "${@:2}" >>c.ini
}

@test "a range pads its numbers when the first has a leading zero" {
	small_topology '[host a{08..11}]' '[host b{9..11}]' '[host c{0..1}]' \
		'[host d{001..002}.rack]' '[user u{01..02}]'
	topocert generate --quiet c.ini
	assert_equal "$(cd c/hosts && printf '%s ' */)" \
		'a08/ a09/ a10/ a11/ b10/ b11/ b9/ c0/ c1/ d001.rack/ d002.rack/ node1/ node2/ '
	assert_equal "$(cd c/users && printf '%s ' */)" 'root/ u01/ u02/ '
	run -0 openssl x509 -in c/users/u02/certs/client.u02.crt -noout -subject
	assert_equal "$output" 'subject=O = Cockroach, CN = u02'
}

@test "ranges in values run in step with that of the name" {
	small_topology
	host 'n{1..3}' 'ip = 10.0.0.{11..13}, 127.0.0.1' \
		' fd00::{01..03}' 'dns = lb, lb{07..09}.example.com' \
		'uri = spiffe://example.com/{101..103}/x' 'email = op{9..11}@example.com'
	run -0 names n1
	assert_equal "$output" 'DNS:n1, DNS:lb, DNS:lb07.example.com, IP:10.0.0.11, IP:127.0.0.1, IP:FD00:0:0:0:0:0:0:1, URI:spiffe://example.com/101/x, email:op9@example.com'
	run -0 names n3
	assert_equal "$output" 'DNS:n3, DNS:lb, DNS:lb09.example.com, IP:10.0.0.13, IP:127.0.0.1, IP:FD00:0:0:0:0:0:0:3, URI:spiffe://example.com/103/x, email:op11@example.com'
}

@test "IPv6 is the same address however it is written" {
	local form
	small_topology
	for form in fd00::aa:1 FD00::AA:1 fd00:0:0:0:0:0:aa:1 \
		fd00:0000::00aa:0001 fd00::0.170.0.1; do
		printf '%s\n' '[host node3]' "ip = $form" >node3
		small_topology
		cat node3 >>c.ini
		run -0 names node3
		assert_equal "$output" 'DNS:node3, IP:FD00:0:0:0:0:0:AA:1'
	done
	# it was issued once, and kept
	assert_equal "$(grep -c hosts/node3 c/ca/index.txt)" 1
}

@test "a wildcard, a URI and an email address" {
	small_topology
	host node3 'dns = *.db.example.com, *.a.b' \
		'uri = spiffe://example.com/ns/a%20b?x=1&y=(2), urn:uuid:6e8bc430' \
		'email = dba@example.com, a.b+c_d-e@x.example'
	run -0 names node3
	assert_equal "$output" 'DNS:node3, DNS:*.db.example.com, DNS:*.a.b, URI:spiffe://example.com/ns/a%20b?x=1&y=(2), URI:urn:uuid:6e8bc430, email:dba@example.com, email:a.b+c_d-e@x.example'
	openssl verify -CAfile c/ca/ca.crt -verify_hostname x.db.example.com \
		c/hosts/node3/certs/node.crt
	run ! openssl verify -CAfile c/ca/ca.crt \
		-verify_hostname db.example.com c/hosts/node3/certs/node.crt
}

@test "an international name is written in its A-label form" {
	small_topology
	host bücher 'dns = bücher.example, *.FAß.example, xn--mnchen-3ya.example' \
		'email = dba@bücher.example'
	run -0 names xn--bcher-kva
	assert_equal "$output" 'DNS:xn--bcher-kva, DNS:xn--bcher-kva.example, DNS:*.xn--fa-hia.example, DNS:xn--mnchen-3ya.example, email:dba@xn--bcher-kva.example'
}

@test "commas, indented lines and repeated keys make the same list" {
	local host
	small_topology
	host a 'dns = x, y,z' 'ip = 10.0.0.1, 10.0.0.2'
	host b 'dns = x' ' y' '	z' 'ip = 10.0.0.1,' '     10.0.0.2'
	host c 'dns = x' 'ip = 10.0.0.1' 'dns = y, z' 'ip = 10.0.0.2'
	host d 'dns=x,' '' '; comment' ' y, z ; comment' 'ip=10.0.0.1,10.0.0.2'
	for host in a b c d; do
		run -0 names "$host"
		assert_equal "$output" \
			"DNS:$host, DNS:x, DNS:y, DNS:z, IP:10.0.0.1, IP:10.0.0.2"
	done
}

@test "in a domain each host has its full name, once" {
	small_topology
	sed -i '2i domain = db.example.com' c.ini
	host node3 'dns = node3.db.example.com, NODE3, x'
	host node4.db.example.com 'dns = node4'
	host node5.elsewhere
	run -0 names node1
	assert_equal "$output" 'DNS:node1, DNS:node1.db.example.com, IP:10.0.0.11, IP:127.0.0.1'
	run -0 names node3
	assert_equal "$output" 'DNS:node3, DNS:node3.db.example.com, DNS:x'
	run -0 names node4.db.example.com
	assert_equal "$output" 'DNS:node4.db.example.com, DNS:node4'
	run -0 names node5.elsewhere
	assert_equal "$output" \
		'DNS:node5.elsewhere, DNS:node5.elsewhere.db.example.com'
}

@test "names may be as long as DNS has them" {
	local label name
	label=$(printf '%63s' '' | tr ' ' a)
	small_topology
	sed -i "2i domain=$label.$label.${label:2}" c.ini
	host "$label"
	run -0 names "$label"
	# 253 octets
	assert_equal "$output" "DNS:$label, DNS:$label.$label.$label.${label:2}"
	rm -r c
	name=$label.${label:5}.db.example.com
	small_topology
	host "$name" "dns = *.$label.$label.${label:4}"
	run -0 names "$name"
	assert_equal "$output" "DNS:$name, DNS:*.$label.$label.${label:4}"
	run -0 tar -tzf "c/hosts/$name.tar.gz"
	assert_output_has certs/node.key
}
