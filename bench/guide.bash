#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guide.bash KIND HOSTS: the procedure of CockroachDB's guide to certificates
# with OpenSSL, one node after the other; ca.conf, ca.crt and ca.key are there.
# tar is in the place of ssh and scp.

set -eu
mkdir certs hosts
: >index.txt
echo 01 >serial.txt

for ((i = 1; i <= $2; i++)); do
	cat >node.conf <<-END
		[ req ]
		prompt=no
		distinguished_name = distinguished_name
		req_extensions = extensions

		[ distinguished_name ]
		organizationName = Cockroach
		commonName = node$i

		[ extensions ]
		subjectAltName = DNS:node$i,DNS:node$i.db.example.com,IP:10.$((i >> 16)).$((i >> 8 & 255)).$((i & 255))
	END
	if [ "$1" = ec:P-256 ]; then
		openssl ecparam -name prime256v1 -genkey -noout \
			-out certs/node.key
	else
		openssl genrsa -out certs/node.key 2048
	fi
	chmod 400 certs/node.key
	openssl req -new -config node.conf -key certs/node.key \
		-out certs/node.csr -batch
	openssl ca -config ca.conf -keyfile ca.key -cert ca.crt \
		-policy signing_policy -extensions signing_node_req \
		-out certs/node.crt -outdir certs -in certs/node.csr \
		-days 1830 -batch
	cp ca.crt certs/ca.crt
	tar -czf "hosts/node$i.tar.gz" -C certs ca.crt node.crt node.key
	rm -f certs/node.crt certs/node.key
done 2>guide.log
