# SPDX-License-Identifier: Apache-2.0
# What the tests of variants of CockroachDB share, and those of TiDB: load
# common first.

# variant FILE LINE...: a topology FILE of two nodes and a user, whose [cluster]
# section has these lines besides. All keys are quick ones.
variant() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' "${@:2}" \
		'[ca]' 'key = ec:P-256' \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' 'dns = localhost' \
		'[host node2]' 'ip = 10.0.0.12, 127.0.0.1' 'dns = localhost' \
		'[user maxroach]' >"$1"
}

# quick_ca FILE NAME...: quick keys for these further CAs, too.
quick_ca() {
	local name
	for name in "${@:2}"; do
		printf '%s\n' "[ca $name]" 'key = ec:P-256' >>"$1"
	done
}

# assert_bundle BUNDLE NAME...: beside CONFIG.txt it holds these files in
# certs/, and nothing else. What is a key has mode 0600, the rest 0644.
assert_bundle() {
	local name
	assert_equal "$(tar -tzf "$1" | grep -v '/$' | sort)" "$(
		echo CONFIG.txt
		printf 'certs/%s\n' "${@:2}" | sort
	)"
	for name in "${@:2}"; do
		case $name in
		*.key) assert_mode "$1" "$name" -rw------- ;;
		*) assert_mode "$1" "$name" -rw-r--r-- ;;
		esac
	done
}

# assert_mode BUNDLE NAME MODE
assert_mode() {
	assert_equal "$(tar -tvzf "$1" "certs/$2" | cut -d ' ' -f 1)" "$3"
}

# cn FILE
cn() {
	openssl x509 -in "$1" -noout -subject -nameopt multiline,-align |
		sed -n 's/^ *commonName = //p'
}

# extension FILE NAME: its value, without blanks after commas.
extension() {
	openssl x509 -in "$1" -noout -ext "$2" 2>/dev/null |
		sed '1d; s/^ *//; s/IP Address:/IP:/g; s/, /,/g'
}

# assert_certificate FILE CA CN NAMES USAGE: FILE has this CN, these names
# (none where empty), is for a server, a client or both, and was signed by CA.
assert_certificate() {
	local usage
	case $5 in
	server) usage='TLS Web Server Authentication' ;;
	client) usage='TLS Web Client Authentication' ;;
	both) usage='TLS Web Server Authentication,'\
'TLS Web Client Authentication' ;;
	esac
	assert_equal "$(cn "$1")" "$3"
	assert_equal "$(extension "$1" subjectAltName)" "$4"
	assert_equal "$(extension "$1" extendedKeyUsage)" "$usage"
	openssl verify -x509_strict -partial_chain -trusted "$2" "$1"
	assert_equal "$(openssl x509 -in "$1" -noout -issuer -nameopt RFC2253)" \
		"issuer=$(openssl x509 -in "$2" -noout -subject \
			-nameopt RFC2253 | cut -d = -f 2-)"
	assert_equal "$(openssl pkey -in "${1%.crt}.key" -pubout)" \
		"$(openssl x509 -in "$1" -noout -pubkey)"
}

# public_ca NAMES: root.crt, an intermediate and under it ui.crt with the chain
# and ui.key, for the given subjectAltName; made by stock openssl.
public_ca() {
	new_key root && new_key middle && new_key ui
	openssl req -x509 -key root.key -subj '/O=Public/CN=Public Root' \
		-days 3650 -out root.crt
	sign middle '/O=Public/CN=Public Issuing CA' root 1000 \
		basicConstraints=critical,CA:TRUE,pathlen:0 \
		keyUsage=critical,keyCertSign
	public_ui "$1" 90
}

# public_ui NAMES DAYS: ui.crt anew.
public_ui() {
	sign ui /CN=console.example.com middle "$2" "subjectAltName=$1" \
		basicConstraints=critical,CA:FALSE extendedKeyUsage=serverAuth
	cp ui.crt leaf.crt
	cat leaf.crt middle.crt >ui.crt
}

new_key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$1.key"
	chmod 0600 "$1.key"
}

# sign NAME SUBJECT CA DAYS EXTENSION...: NAME.crt for NAME.key.
sign() {
	printf '%s\n' "${@:5}" >extensions
	openssl req -new -key "$1.key" -subj "$2" |
		openssl x509 -req -CA "$3.crt" -CAkey "$3.key" -days "$4" \
			-extfile extensions -out "$1.crt"
}
