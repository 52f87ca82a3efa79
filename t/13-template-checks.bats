#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever a template says, only what the topology asks for is issued.

load common
load topologies
load profiles

# what_is_asked FILE...: subjects and extensions of certificates, but for the
# names of keys.
what_is_asked() {
	local file
	for file; do
		openssl x509 -in "$file" -noout -subject
		openssl x509 -in "$file" -noout -text |
			sed -n '/X509v3 extensions/,/Signature Algorithm/p' |
			sed '/Key Identifier/{n;d;}'
	done
}

@test "templates that spell out what the built-in ones make give the same" {
	local name files=(hosts/node1/certs/node.crt
		users/root/certs/client.root.crt)
	mkdir mine
	for name in ca node client; do
		cp "$BATS_TEST_DIRNAME/13-$name.conf" mine/$name.conf
	done
	topocert generate --quiet --templates mine -o own c.ini
	topocert generate --quiet -o c c.ini
	openssl verify -x509_strict -CAfile own/ca/ca.crt "${files[@]/#/own/}"
	what_is_asked "${files[@]/#/own/}" >own.txt
	what_is_asked "${files[@]/#/c/}" | diff own.txt -
	[ "$(grep -cE 'subject=O = Test|X509v3 (Ext|Basic|Key)' own.txt)" -eq 8 ]
}

@test "a request's template cannot change names, subject or usages" {
	local start="topocert: host node1: refused: what mine/node.conf and [signing_node_req] of $TOPOCERT_DATADIR/templates/ca.conf make is not what the topology asks for:"
	local twice='does not read back the value'
	refuse_templates node.conf 17 <<-END
		1|{{alt_names|{{alt_names}}\\nDNS.9 = root|$start names changed: -DNS root
		1|{{alt_names|{{alt_names}}\\nIP.9 = 10.0.0.99|$start names changed: -IP 10.0.0.99
		1|{{alt_names|{{alt_names}}\\nRID.1 = 1.2.3.4|$start a name of a type that is not in the topology
		1|{{alt_names|{{alt_names}}\\notherName.1 = 1.2.3.4;UTF8:x|$start a name of a type that is not in the topology
		1|{{alt_names|{{alt_names}}\\ndirName.1 = distinguished_name|$start a name of a type that is not in the topology
		1|subjectAltName|keyUsage = keyCertSign|$start names changed: +DNS node1 +IP 10.0.0.11 +IP 127.0.0.1
		1|subjectAltName|subjectAltName = {{subject_alt_name}},DNS:root|$start names changed: -DNS root
		1|subjectAltName|2.5.29.17 = DER:30068204726f6f74\\nsubjectAltName = @alt_names|$start names changed: +DNS node1 -DNS root +IP 10.0.0.11 +IP 127.0.0.1
		1|commonName|commonName = root|$start common name is 'root', wanted 'node'
		1|commonName|commonName = x{{common_name}}|$start common name is 'xnode', wanted 'node'
		1|commonName|commonName = node\\n0.commonName = root|$start not exactly one common name
		1|commonName|commonName = node\\n1.CN = root|$start not exactly one common name
		1|organizationName|organizationName = Evil|$start organization is 'Evil', wanted 'Test'
		1|commonName|{{subject}}\\n1.CN = root|$start not exactly one common name
		1|commonName|{{subject}}\\nOU = x|$start organizational unit is 'x', wanted ''
		3|commonName|{{subject}}\\ncommonName = root|topocert: mine/node.conf:15: [distinguished_name] commonName $twice 'node' that was put in
		3|commonName|{{subject}}\\norganizationName = Evil|topocert: mine/node.conf:14: [distinguished_name] organizationName $twice 'Test' that was put in
	END
}

@test "a request's template that asks for a CA gets none" {
	change_template node.conf subjectAltName \
		'basicConstraints = critical,CA:TRUE\nkeyUsage = keyCertSign\nsubjectAltName = @alt_names'
	run -0 topocert generate --templates mine c.ini
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout \
		-ext basicConstraints,keyUsage
	assert_output_has 'CA:FALSE'
	[[ $output != *"Certificate Sign"* ]]
}
