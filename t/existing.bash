# SPDX-License-Identifier: Apache-2.0
# For tests of CAs that were there before us: load common first.

# issuing NAME [SECTION]: pki/NAME.crt with the root above it, and pki/NAME.key,
# signed by [SECTION] of pki.conf.
issuing() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout "pki/$1.key" -out "pki/$1.csr" -subj "/O=Org/CN=CA $1" \
		-config "$BATS_TEST_DIRNAME/80-pki.conf" 2>/dev/null
	chmod 400 "pki/$1.key"
	certify "$@"
}

# certify NAME [SECTION] [OPTION...]: a certificate for the request of NAME.
certify() {
	openssl x509 -req -in "pki/$1.csr" -CA pki/root.crt -CAkey pki/root.key \
		-days 5000 "${@:3}" -extensions "${2:-issuing}" \
		-extfile "$BATS_TEST_DIRNAME/80-pki.conf" \
		-out "pki/$1.pem" 2>/dev/null
	cat "pki/$1.pem" pki/root.crt >"pki/$1.crt"
}

# organisation: pki/ with a root and the CA called a.
organisation() {
	mkdir pki
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout pki/root.key -out pki/root.crt -days 7300 \
		-subj '/O=Org/CN=Org Root' -extensions root \
		-config "$BATS_TEST_DIRNAME/80-pki.conf" 2>/dev/null
	issuing a
}

# existing_topology [LINE...]: c.ini with these lines in [ca].
existing_topology() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' '[host node1]' 'ip = 10.0.0.11, 127.0.0.1' \
		'[user root]' '[ca]' "$@" >c.ini
}

# refused STATUS TEXT [COMMAND...]: that (by default generate) ends with STATUS
# and says TEXT, and nothing is changed.
refused() {
	local wanted=$1 text=$2
	shift 2
	[ $# -gt 0 ] || set -- topocert generate c.ini
	snapshot c >before
	run "$@"
	assert_status "$wanted"
	assert_output_has "$text"
	snapshot c | diff before -
}
