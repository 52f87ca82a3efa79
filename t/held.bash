# SPDX-License-Identifier: Apache-2.0
# For tests of bundles that are made again where each host has two certificates,
# node.crt and peer.crt, and each bundle therefore may keep one of them: load
# common, profiles and tree first.

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's|cockroachdb|./mine.ini|' c.ini
	two_certificates >mine.ini
	"$TOPOCERT" generate -q c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini,mine.ini} .
}

again() {
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/c" .
}

# revoke NAME: the certificate NAME of node2, by its CA's openssl.
revoke() {
	local serial
	serial=$(serial_of "$1")
	(cd c/ca && openssl ca -config ca.conf -revoke "newcerts/$serial.pem")
}

serial_of() {
	openssl x509 -in "c/hosts/node2/certs/$1.crt" -noout -serial | cut -d= -f2
}

# assert_whole ROWS: all bundles are right, and the CA has issued that many.
assert_whole() {
	local name
	assert_bundles c
	for name in c/hosts/node{1,2}/certs/{node,peer} \
		c/users/root/certs/client.root; do
		[ -e "$name.crt" ] || continue
		openssl verify -x509_strict -CAfile c/ca/ca.crt "$name.crt"
		assert_pair "$name.crt"
		recorded c "$name.crt" "$serial"
		assert_equal "$(stat -c %a "$name.key")" 600
		assert_equal "$(head -1 "$name.key")" \
			'-----BEGIN PRIVATE KEY-----'
	done
	assert_equal "$(find c/hosts/node2/c* -type f -printf '%f\n' | sort |
		xargs)" \
		'ca.crt node.conf node.crt node.csr node.key peer.conf peer.crt peer.csr peer.key'
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	assert_equal "$(wc -l <c/ca/index.txt)" "$1"
	assert_equal "$(find c/ca/newcerts -type f | wc -l)" "$1"
	run -0 topocert plan c.ini
	assert_output_has 'nothing to do'
}
