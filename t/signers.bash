# SPDX-License-Identifier: Apache-2.0
# Three CAs that know nothing of topocert, each in a folder of its own: what
# they sign is the requests of a folder, what they leave is in another. Needs
# external.

signers='openssl certtool easyrsa'

# make_signer NAME: NAME/ca.crt
make_signer() {
	mkdir "$1"
	(cd "$1" && "make_$1" >log 2>&1) || {
		cat "$1/log" >&2
		return 1
	}
}

# sign_by NAME REQUESTS FOLDER
sign_by() {
	local requests folder
	requests=$(realpath "$2")
	mkdir -p "$3"
	folder=$(realpath "$3")
	(cd "$1" && "sign_by_$1" "$requests" "$folder" >log 2>&1) || {
		cat "$1/log" >&2
		return 1
	}
}

make_openssl() {
	foreign_ca ca '/O=Corp/CN=Plain CA'
	mkdir newcerts
	: >index.txt
	cat >ca.cnf <<-'END'
		[ ca ]
		default_ca = corp
		[ corp ]
		database = index.txt
		new_certs_dir = newcerts
		rand_serial = yes
		default_md = sha256
		default_days = 300
		policy = policy
		unique_subject = no
		copy_extensions = copy
		x509_extensions = leaf
		[ policy ]
		organizationName = optional
		commonName = supplied
		[ leaf ]
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	END
}

sign_by_openssl() {
	rm -f newcerts/*
	openssl ca -config ca.cnf -cert ca.crt -keyfile ca.key -batch \
		-infiles "$1"/*.csr && mv newcerts/* "$2"
}

make_certtool() {
	printf '%s\n' 'organization = Corp' 'cn = GnuTLS CA' ca \
		cert_signing_key crl_signing_key 'expiration_days = 3000' \
		>template
	certtool --generate-privkey --ecc --outfile ca.key &&
		certtool --generate-self-signed --load-privkey ca.key \
			--template template --outfile ca.crt
	printf '%s\n' honor_crq_extensions 'expiration_days = 300' >template
}

# In DER, as it can as well.
sign_by_certtool() {
	local request
	for request in "$1"/*.csr; do
		certtool --generate-certificate --load-request "$request" \
			--load-ca-certificate ca.crt --load-ca-privkey ca.key \
			--template template --outder \
			--outfile "$2/$(basename "$request" .csr).der" ||
			return
	done
}

easyrsa() {
	EASYRSA=$PWD EASYRSA_BATCH=1 EASYRSA_PKI=$PWD/pki \
		/usr/share/easy-rsa/easyrsa "$@"
}

make_easyrsa() {
	cp -r /usr/share/easy-rsa/{x509-types,*.cnf} . &&
		easyrsa init-pki && easyrsa --req-cn='Easy CA' \
		build-ca nopass && cp pki/ca.crt .
}

# Usages are a matter of its types.
sign_by_easyrsa() {
	local request name type
	for request in "$1"/*.csr; do
		name=$(basename "$request" .csr)
		case $(openssl req -in "$request" -noout -text) in
		*'TLS Web Server Authentication, TLS Web Client'*)
			type=serverClient
			;;
		*'TLS Web Server Authentication'*) type=server ;;
		*) type=client ;;
		esac
		easyrsa import-req "$request" "$name" &&
			easyrsa --copy-ext sign-req "$type" "$name" &&
			mv "pki/issued/$name.crt" "$2" || return
	done
}

need_signers() {
	need openssl certtool
	[ -x /usr/share/easy-rsa/easyrsa ] || need easyrsa
}

# external_by NAME TOPOLOGY FOLDER: bundles in FOLDER as generate makes them,
# signed by NAME.
external_by() {
	sed "s|^\[ca\]|&\nexternal = yes\ncert_file = $PWD/$1/ca.crt|" "$2" |
		sed '/^external/,/^\[/{/^key/d}' >"$1.ini"
	topocert csr -q -o "$3" "$1.ini" &&
		sign_by "$1" "$3/requests" "$1.signed" &&
		topocert import -o "$3" "$1.ini" "$1.signed"
}
