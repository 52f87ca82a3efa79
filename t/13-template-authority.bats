#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever a CA's template says, only what the topology asks for is issued.

load common
load topologies
load profiles

# refuse_ca SOURCE SED STATUS MESSAGE: SOURCE, changed by SED, as the CA's
# template makes generate fail with one line that has MESSAGE, and leave nothing
# behind.
refuse_ca() {
	local before
	rm -rf mine
	mkdir mine
	sed "$2" "$1" >mine/ca.conf
	run ! cmp -s mine/ca.conf "$1"
	before=$(ls -AlR --full-time)
	run topocert generate --templates mine c.ini
	assert_status "$3"
	assert_output_has "$4"
	assert_equal "${#lines[@]}" 1
	assert_equal "$(ls -AlR --full-time)" "$before"
}

# refuse_signing SED REASON: the same for 13-ca.conf, changed in the section
# that signs for hosts.
refuse_signing() {
	refuse_ca "$BATS_TEST_DIRNAME/13-ca.conf" \
		"/^\[ signing_node_req \]/,/^\$/$1" \
		1 'topocert: host node1: refused: '
	assert_output_has "$2"
}

# refuse_beside SED STATUS MESSAGE: the same for the built-in ca.conf, whose
# sections come from {{signing_sections}}.
refuse_beside() {
	refuse_ca "$TOPOCERT_DATADIR/templates/ca.conf" \
		"s/^{{signing_sections}}$/$1/" "$2" "$3"
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

@test "lines beside {{signing_sections}} change none of these sections" {
	refuse_beside '' 3 'topocert: mine/ca.conf: no section [signing_node_req], which the profile names for signing'
	refuse_beside '&\n[ signing_node_req ]\nbasicConstraints = critical,CA:TRUE' \
		3 "topocert: mine/ca.conf:60: [signing_node_req] basicConstraints does not read back the value 'critical,CA:FALSE' that was put in"
	refuse_beside '&\n[ signing_node_req ]\nextendedKeyUsage = serverAuth' \
		3 "topocert: mine/ca.conf:60: [signing_node_req] extendedKeyUsage does not read back"
	refuse_beside '[ signing_node_req ]\nsubjectAltName = DNS:root\n&' \
		1 ' names changed: +DNS node1 -DNS root +IP 10.0.0.11 +IP 127.0.0.1'
	refuse_beside '&\n[ signing_node_req ]\n2.5.29.19 = critical,DER:30030101ff' \
		1 ': basicConstraints is CA:TRUE, wanted none or CA:FALSE'
}

@test "addresses of the CA that the template leaves out are missed" {
	local start="topocert: host node1: refused: what $TOPOCERT_DATADIR/templates/node.conf and [signing_node_req] of mine/ca.conf make is not what the topology asks for:"
	printf '%s\n' '[ca]' 'ocsp = http://ocsp.example.com' >>c.ini
	refuse_templates ca.conf 2 <<-END
		1|#|# no address|$start OCSP address is not there, wanted http://ocsp.example.com
		3|extendedKey|crlDistributionPoints = {{crl_distribution_points}}|@: {{crl_distribution_points}} has no value: the topology gives no crl
	END
	printf '%s\n' 'crl = http://crl.example.com/c.crl' >>c.ini
	sed 's/^extendedKeyUsage.*/&\
authorityInfoAccess = {{authority_information}}\
crlDistributionPoints = {{crl_distribution_points}}/' \
		"$BATS_TEST_DIRNAME/13-ca.conf" >mine/ca.conf
	topocert generate --quiet --templates mine c.ini
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout \
		-ext authorityInfoAccess,crlDistributionPoints
	assert_output_has 'OCSP - URI:http://ocsp.example.com'
	assert_output_has 'URI:http://crl.example.com/c.crl'
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
