#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The conf files of the CockroachDB guide, which others have in use.

load common
load stock

# The conf files of the CockroachDB guide, as they stand there; two lines end
# in a blank. Only what the guide has in <...> is a placeholder here.
guide_templates() {
	sed -E 's/^(serial|default_md) .*/& /' >ca.conf <<-'END'
		[ ca ]
		default_ca = CA_default

		[ CA_default ]
		default_days = 3660
		database = index.txt
		serial = serial.txt
		default_md = sha256
		copy_extensions = copy

		# Used to generate the CA certificate.
		[ req ]
		prompt=no
		distinguished_name = distinguished_name
		x509_extensions = extensions

		[ distinguished_name ]
		organizationName = Cockroach
		commonName = Cockroach CA

		[ extensions ]
		keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment,keyCertSign
		basicConstraints = critical,CA:true,pathlen:1

		# Common policy for nodes and users.
		[ signing_policy ]
		organizationName = supplied
		commonName = supplied

		# Used to sign node certificates.
		[ signing_node_req ]
		keyUsage = critical,digitalSignature,keyEncipherment
		extendedKeyUsage = serverAuth,clientAuth

		# Used to sign client certificates.
		[ signing_client_req ]
		keyUsage = critical,digitalSignature,keyEncipherment
		extendedKeyUsage = clientAuth
	END
	cat >node.conf <<-'END'
		[ req ]
		prompt=no
		distinguished_name = distinguished_name
		req_extensions = extensions

		[ distinguished_name ]
		organizationName = Cockroach
		commonName = {{common_name}}

		[ extensions ]
		subjectAltName = DNS:{{name}},DNS:{{fqdn}},IP:{{ip}}
	END
	cat >client.conf <<-'END'
		[ req ]
		prompt=no
		distinguished_name = distinguished_name

		[ distinguished_name ]
		organizationName = Cockroach
		commonName = {{common_name}}
	END
}

@test "the conf files of the CockroachDB guide are templates as they stand" {
	mkdir guide
	(cd guide && guide_templates)
	grep -q '^serial = serial.txt $' guide/ca.conf
	printf '%s\n' '[cluster]' 'name = o' 'profile = cockroachdb' \
		'organization = Cockroach' 'domain = db.example.com' \
		'[host node1]' 'ip = 10.0.0.11' '[user maxroach]' >c.ini
	topocert generate --quiet --templates guide c.ini
	cmp guide/ca.conf o/ca/ca.conf
	all_again cmp 2
}
