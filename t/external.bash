# SPDX-License-Identifier: Apache-2.0
# For CAs that others run: here stock openssl is the others.

# external_topology [LINE...]: c.ini, two hosts and a user, whose certificates
# the CA of corp.crt signs, and the lines given at its end.
# shellcheck disable=SC2120 # tests give them
external_topology() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' 'days = 365' '[ca]' 'external = yes' \
		'cert_file = corp.crt' \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' \
		'[host node2]' 'ip = 10.0.0.12, 127.0.0.1' \
		'[user root]' "$@" >c.ini
}

# foreign_ca NAME [SUBJECT [KEY]]: NAME.crt and NAME.key.
foreign_ca() {
	openssl req -x509 -newkey "${3:-ec}" -nodes \
		-pkeyopt "$([ -n "$3" ] && echo rsa_keygen_pubexp:65537 ||
			echo ec_paramgen_curve:P-256)" \
		-keyout "$1.key" -out "$1.crt" -subj "${2:-/O=Corp/CN=$1}" \
		-days 3000 -addext keyUsage=critical,keyCertSign,cRLSign \
		2>openssl.log || {
		cat openssl.log >&2
		return 1
	}
}

# foreign_intermediate NAME ISSUER: a CA that another one has signed.
foreign_intermediate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/O=Corp/CN=$1" \
		2>openssl.log
	printf '%s\n' basicConstraints=critical,CA:TRUE \
		keyUsage=critical,keyCertSign,cRLSign \
		subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >ext
	openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" \
		-days 2000 -extfile ext -out "$1.crt" 2>openssl.log
}

# sign CA REQUEST CERTIFICATE [OPTION...]: what the request asks for.
sign() {
	openssl x509 -req -in "$2" -CA "$1.crt" -CAkey "$1.key" -days 300 \
		-copy_extensions copyall -out "$3" "${@:4}" 2>openssl.log || {
		cat openssl.log >&2
		return 1
	}
}

# sign_all CA FOLDER: all that is in c/requests/.
sign_all() {
	local request
	mkdir -p "$2"
	for request in c/requests/*.csr; do
		sign "$1" "$request" "$2/$(basename "$request" .csr).crt"
	done
}

# signed_by_corp: for setup_file: requests that are out, and what corp has
# signed of them.
signed_by_corp() {
	cd "$BATS_FILE_TMPDIR" || return
	# shellcheck disable=SC2119
	external_topology
	foreign_ca corp
	topocert csr -q c.ini
	sign_all corp signed
}

# key_of FILE: the public key of a request, certificate or private key.
key_of() {
	case $(sed -n 's/^-----BEGIN \(.*\)-----/\1/p;T;q' "$1") in
	*REQUEST) openssl req -in "$1" -noout -pubkey ;;
	CERTIFICATE) openssl x509 -in "$1" -noout -pubkey ;;
	*) openssl pkey -in "$1" -pubout ;;
	esac
}
