#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A client CA for a cluster in the cloud, and the users whom it signs.

load common
load cockroachdb
load servers

# Commands of CONFIG.txt run these: they print what they are given.
ccloud() {
	printf '%s\n' "$@"
}

cockroach() {
	printf '%s\n' "$@"
}

@test "in the cloud: client-ca.crt to upload, a year for users, no hosts" {
	sed 's/^\[cluster\]/&\nkey = ec:P-256/; s/^;cluster_id/cluster_id/
		$a [ca]\nkey = ec:P-256' \
		"$SRCDIR/examples/cockroachdb-cloud.ini" >c.ini
	topocert generate --quiet -o c c.ini
	assert_bundle c/users/app.tar.gz client-ca.crt client.app.crt \
		client.app.key
	cmp c/ca/ca.crt c/users/app/certs/client-ca.crt
	assert_certificate c/users/app/certs/client.app.crt c/ca/ca.crt app \
		'' client
	openssl x509 -in c/users/app/certs/client.app.crt -noout \
		-checkend $((364 * 86400))
	run -1 openssl x509 -in c/users/app/certs/client.app.crt -noout \
		-checkend $((365 * 86400))
	run -0 eval "$(part ccloud c/users/app/CONFIG.txt)"
	assert_output_has $'cert\nset-client-ca\n0c5e8a9e-'
	assert_output_has $'\n--cert-file\ncerts/client-ca.crt'
	HOME=/home/app run -0 \
		eval "$(part 'cockroach sql' c/users/app/CONFIG.txt)"
	assert_equal "${lines[2]}" "postgresql://app@orders-1234.\
aws-eu-west-1.cockroachlabs.cloud:26257/defaultdb?sslmode=verify-full\
&sslrootcert=/home/app/.postgresql/root.crt\
&sslcert=certs/client.app.crt&sslkey=certs/client.app.key"
}
