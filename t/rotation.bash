# SPDX-License-Identifier: Apache-2.0
# For tests of rotations: load common, stock and tree first. The folder has
# c.ini, and c/ that is made from it.

# rotate STAGE [OPTION...]
rotate() {
	topocert rotate ca "$@" c.ini
}

# names FILE: the common names of the certificates in it.
names() {
	openssl crl2pkcs7 -nocrl -certfile "$1" |
		openssl pkcs7 -print_certs -noout |
		sed -n 's/^subject=.*CN = //p' | paste -sd,
}

# verified CAS FILE...: stock openssl trusts these certificates.
verified() {
	openssl verify -x509_strict -no-CApath -no-CAstore -CAfile "$@"
}

# refused_by CAS FILE...: none of them.
refused_by() {
	local file
	for file in "${@:2}"; do
		run ! verified "$1" "$file"
	done
}

# The certificates of all hosts and users, in the variable leaves.
leaves=()
find_leaves() {
	# shellcheck disable=SC2034 # for those who load this
	leaves=(c/hosts/*/certs/node.crt c/users/*/certs/client.*.crt)
}

# keys_and_leaves: what they are, to compare.
keys_and_leaves() {
	sha256sum c/{hosts,users}/*/certs/*.key c/hosts/*/certs/node.crt \
		c/users/*/certs/client.*.crt
}

# assert_trust FILE...: all bundles hold these CAs' certificates, in this order,
# and nothing else as ca.crt.
assert_trust() {
	local folder
	cat "$@" >trusted
	for folder in c/{hosts,users}/*/certs; do
		cmp trusted "$folder/ca.crt"
	done
	assert_bundles c
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
}

# assert_stage STAGE TEXT: so says plan, which has nothing to do.
assert_stage() {
	run -0 topocert plan c.ini
	if [ "$1" = settled ]; then
		# shellcheck disable=SC2154 # from run
		[[ $output != *rotate* ]]
	else
		assert_output_has "rotate   ca  under way: $1; next is $2"
		assert_equal "$(cat c/ca/rotation.txt)" "$1"
	fi
	assert_output_has 'nothing to do'
	run -0 topocert plan --json c.ini
	assert_equal "$(jq -r '.cas[0].stage, .ca.stage, .work' <<<"$output" |
		paste -sd' ')" "$1 $1 0"
}

# assert_ca FOLDER ROWS: a directory of openssl ca, which knows that many
# certificates, can revoke and sign.
assert_ca() (
	cd "$1" || return
	assert_equal "$(stat -c %a . ca.key ca.crt | paste -sd' ')" \
		'700 400 644'
	assert_equal "$(openssl pkey -in ca.key -pubout)" \
		"$(openssl x509 -in ca.crt -noout -pubkey)"
	assert_equal "$(wc -l <index.txt)" "$2"
	[ "$2" -eq 0 ] || assert_index_agrees
	while IFS= read -r serial; do
		run openssl ca -config ca.conf -status "$serial"
		assert_output_has "$serial=Valid (V)"
		verified ca.crt "newcerts/$serial.pem"
	done < <(cut -f 4 index.txt)
	# on a copy, which stays as it is
	cp -a . "$BATS_TEST_TMPDIR/ca.copy"
	cd "$BATS_TEST_TMPDIR/ca.copy" || return
	mkdir -p newcerts
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout new.key -subj "/O=Cockroach/CN=node" -out new.csr
	openssl ca -config ca.conf -batch -notext -in new.csr -out new.crt
	verified ca.crt new.crt
	openssl ca -config ca.conf -revoke new.crt
	openssl ca -config ca.conf -gencrl -out crl.pem
	openssl crl -in crl.pem -noout -CAfile ca.crt
	run ! openssl verify -crl_check -CRLfile crl.pem -CAfile ca.crt new.crt
	assert_output_has 'certificate revoked'
	rm -r "$BATS_TEST_TMPDIR/ca.copy"
)

# unpack BUNDLE FOLDER: over what is there.
unpack() {
	mkdir -p "$2" && tar -xzf "$1" -C "$2"
}
