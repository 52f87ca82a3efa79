#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever a template says, only what the topology asks for is issued.

load common
load topologies
load profiles

# refuse_signing SED REASON: the CA's template, changed by SED in the section
# that signs for hosts, makes generate fail with a message that has REASON and
# leave nothing behind.
refuse_signing() {
	local before
	rm -rf mine
	mkdir mine
	sed "/^\[ signing_node_req \]/,/^\$/$1" \
		"$TOPOCERT_DATADIR/templates/ca.conf" >mine/ca.conf
	run ! cmp -s mine/ca.conf "$TOPOCERT_DATADIR/templates/ca.conf"
	before=$(ls -AlR --full-time)
	run topocert generate --templates mine c.ini
	assert_status 1
	assert_output_has 'topocert: host node1: refused: '
	assert_output_has "$2"
	assert_equal "${#lines[@]}" 1
	assert_equal "$(ls -AlR --full-time)" "$before"
}

@test "a request's template cannot change names, subject or usages" {
	local start="topocert: host node1: refused: what mine/node.conf and [signing_node_req] of $TOPOCERT_DATADIR/templates/ca.conf make is not what the topology asks for:"
	refuse_templates node.conf 13 <<-END
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

@test "the CA's template cannot make a host's certificate a CA" {
	refuse_signing 's/CA:FALSE/CA:TRUE/' \
		': basicConstraints is CA:TRUE, wanted none or CA:FALSE'
	refuse_signing 's/^basicC.*/2.5.29.19 = critical,DER:30030101ff/' \
		': basicConstraints is CA:TRUE, wanted none or CA:FALSE'
}

@test "the CA's template cannot add to the usages, nor take away" {
	refuse_signing 's/^keyUsage.*/&,keyCertSign/' \
		': keyUsage is digitalSignature,keyCertSign, wanted digitalSignature'
	refuse_signing 's/^keyUsage.*/&,keyAgreement/' \
		': keyUsage is digitalSignature,keyAgreement, wanted digitalSignature'
	refuse_signing '{/^keyUsage/d;}' ': keyUsage is '
	refuse_signing 's/^extended.*/&,codeSigning/' \
		': extendedKeyUsage is serverAuth,clientAuth,codeSigning, wanted serverAuth,clientAuth'
	refuse_signing 's/^extended.*/&,anyExtendedKeyUsage/' \
		': extendedKeyUsage is serverAuth,clientAuth,anyExtendedKeyUsage, wanted serverAuth,clientAuth'
	refuse_signing 's/,clientAuth//' \
		': extendedKeyUsage is serverAuth, wanted serverAuth,clientAuth'
	refuse_signing '{/^extendedKeyUsage/d;}' \
		': extendedKeyUsage is none, wanted serverAuth,clientAuth'
}

@test "the CA's template cannot bring names of its own" {
	refuse_signing 's/^extended.*/&\nsubjectAltName = DNS:root/' \
		': names changed: +DNS node1 -DNS root +IP 10.0.0.11 +IP 127.0.0.1'
	refuse_signing 's/^extended.*/&\n2.5.29.17 = DER:30068204726f6f74/' \
		': names changed: +DNS node1 -DNS root +IP 10.0.0.11 +IP 127.0.0.1'
	refuse_signing 's/^extended.*/&\nsubjectAltName = email:copy,DNS:node1/' \
		': names changed: +IP 10.0.0.11 +IP 127.0.0.1'
}

@test "a critical extension that nobody knows is refused" {
	refuse_signing 's/^extended.*/&\n1.2.3.4 = critical,DER:0500/' \
		': does not verify: unhandled critical extension'
}

@test "a CA's template that drops what the request asks for is refused" {
	local start="topocert: host node1: refused: what $TOPOCERT_DATADIR/templates/node.conf and [signing_node_req] of mine/ca.conf make is not what the topology asks for:"
	refuse_templates ca.conf 2 <<-END
		1|copy_extensions|copy_extensions = none|$start names changed: +DNS node1 +IP 10.0.0.11 +IP 127.0.0.1
		1|copy_extensions|copy_extensions = yes|topocert: host node1: copy_extensions = yes: wanted none, copy or copyall
	END
}

@test "the CA's own certificate is what the topology asks for" {
	local start='topocert: mine/ca.conf: refused: the certificate is not what the topology asks for:'
	refuse_templates ca.conf 6 <<-END
		1|basicConstraints .*CA:TRUE|basicConstraints = critical,CA:FALSE|$start basicConstraints without CA:TRUE
		1|keyUsage .*keyCertSign|keyUsage = critical,cRLSign|$start keyUsage without keyCertSign
		1|commonName .*{{|commonName = Evil|$start another common name
		1|commonName .*{{|commonName = {{common_name}}\\n1.CN = Evil|$start another common name
		1|organizationName .*{{|organizationName = Evil|$start another organization
		1|organizationName .*{{|OU = x|$start another organization
	END
}
