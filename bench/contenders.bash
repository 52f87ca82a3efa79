# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # what bench/run has, and what it reads
#
# Who is compared. For each NAME there is NAME_ready, which is not timed: in an
# empty folder with ca.crt and ca.key, for $kind, $hosts and $jobs, it leaves in
# the array "command" what makes hosts/nodeN.tar.gz for all N, each with ca.crt,
# a certificate and a key; topocert makes a CA of its own, and all of it in c/.

# NAME, the program that it needs, the kinds it serves, and its title.
contenders=(
	'topocert    -           both topocert'
	'stock       -           rsa  topocert, keygen = openssl'
	'guide       openssl     both the guide, one by one'
	'shell       openssl     both openssl req, xargs -P'
	'certtool    certtool    both GnuTLS certtool, xargs -P'
	'easyrsa     easyrsa     both easy-rsa, one by one'
	'cfssl       cfssljson   both cfssl, xargs -P'
	'mkcert      mkcert      both mkcert, xargs -P'
	'inprocess   go          both Go program, in process'
	'generation  -           rsa  limit: OpenSSL keys alone'
	'limit       -           both limit: the arithmetic'
)

# Where Debian has it.
easyrsa=$(command -v easyrsa || :)
easyrsa=${easyrsa:-/usr/share/easy-rsa/easyrsa}

# has PROGRAM
has() {
	case $1 in
	-) ;;
	easyrsa) [ -x "$easyrsa" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# authority KIND: ca.crt and ca.key, as those have it who are given them.
authority() {
	local new=(-newkey rsa:2048)
	[ "$1" = rsa:2048 ] || new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
	openssl req -x509 -config "$bench/ca.conf" "${new[@]}" -nodes -days 3660 \
		-keyout ca.key -out ca.crt 2>/dev/null
}

# 250 hosts share a section, for the sake of their addresses.
topology() {
	local i last
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'organization = Cockroach' 'domain = db.example.com' \
		"key = $kind" "$@" '[ca]' "key = $kind"
	for ((i = 1; i <= hosts; i += 250)); do
		last=$((i + 249 < hosts ? 249 : hosts - i))
		printf '%s\n' "[host node{$i..$((i + last))}]" \
			"ip = 10.$((i / 250 >> 8)).$((i / 250 & 255)).{1..$((last + 1))}"
	done
}

topocert_ready() {
	topology >c.ini
	command=("$topocert" generate --quiet c.ini)
}

stock_ready() {
	topology 'keygen = openssl' >c.ini
	command=("$topocert" generate --quiet c.ini)
}

guide_ready() {
	cp "$bench/ca.conf" .
	command=(bash "$bench/guide.bash" "$kind" "$hosts")
}

# each_host PROCESSES SCRIPT: "command" runs the script for all hosts, that is
# for each $i with the address $ip. A shell serves several.
each_host() {
	seq "$hosts" >numbers
	mkdir hosts
	command=(xargs -a numbers -P "$1" -n $(((hosts + 4 * $1 - 1) / (4 * $1)))
		sh -ec '
		for i; do
			ip=10.$((i >> 16)).$((i >> 8 & 255)).$((i & 255))
			out=hosts/node$i
			mkdir $out
			'"$2"'
			cp ca.crt $out/ca.crt
			tar -czf $out.tar.gz -C $out ca.crt node.crt node.key
		done >>log 2>&1' sh)
}

shell_ready() {
	local key=rsa:2048
	[ "$kind" = rsa:2048 ] || key='ec -pkeyopt ec_paramgen_curve:P-256'
	cat >leaf.conf <<-'END'
		[ req ]
		prompt = no
		distinguished_name = name
		x509_extensions = leaf

		[ name ]
		organizationName = Cockroach
		commonName = node

		[ leaf ]
		basicConstraints = critical,CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth,clientAuth
		subjectAltName = $ENV::SAN
	END
	# the file of the system is then not read, each time
	export OPENSSL_CONF=$PWD/leaf.conf
	each_host "$jobs" '
		SAN=DNS:node$i,DNS:node$i.db.example.com,IP:$ip \
		openssl req -x509 -newkey '"$key"' -nodes -days 1830 \
			-CA ca.crt -CAkey ca.key \
			-keyout $out/node.key -out $out/node.crt'
}

certtool_ready() {
	local key='--key-type=rsa --bits=2048'
	[ "$kind" = rsa:2048 ] || key='--key-type=ecdsa --curve=secp256r1'
	each_host "$jobs" '
		printf "%s\n" "organization = Cockroach" "cn = node" \
			"expiration_days = 1830" signing_key \
			tls_www_server tls_www_client "dns_name = node$i" \
			"dns_name = node$i.db.example.com" \
			"ip_address = $ip" >$out.conf
		certtool --generate-privkey '"$key"' --no-text \
			--outfile $out/node.key
		certtool --generate-certificate --template $out.conf \
			--load-privkey $out/node.key --no-text \
			--load-ca-certificate ca.crt --load-ca-privkey ca.key \
			--outfile $out/node.crt'
}

easyrsa_ready() {
	export EASYRSA_PKI=$PWD/pki EASYRSA_BATCH=1
	if [ "$kind" = ec:P-256 ]; then
		export EASYRSA_ALGO=ec EASYRSA_CURVE=prime256v1
	fi
	"$easyrsa" init-pki >log 2>&1
	EASYRSA_REQ_CN=CA "$easyrsa" build-ca nopass >>log 2>&1
	cp pki/ca.crt ca.crt
	each_host 1 '
		"'"$easyrsa"'" --subject-alt-name=DNS:node$i,IP:$ip \
			build-server-full node$i nopass
		cp pki/issued/node$i.crt $out/node.crt
		cp pki/private/node$i.key $out/node.key'
}

cfssl_ready() {
	local key='{ \"algo\": \"rsa\", \"size\": 2048 }'
	[ "$kind" = rsa:2048 ] || key='{ \"algo\": \"ecdsa\", \"size\": 256 }'
	echo '{ "signing": { "default": { "expiry": "43920h", "usages": [
		"digital signature", "server auth", "client auth" ] } } }' \
		>signing.json
	each_host "$jobs" '
		echo "{ \"CN\": \"node\", \"key\": '"$key"', \"hosts\": [
			\"node$i\", \"node$i.db.example.com\", \"$ip\" ] }" |
		cfssl gencert -ca ca.crt -ca-key ca.key -config signing.json - |
		cfssljson -bare $out/node
		mv $out/node.pem $out/node.crt
		mv $out/node-key.pem $out/node.key'
}

mkcert_ready() {
	local option=
	[ "$kind" = rsa:2048 ] || option=-ecdsa
	export CAROOT=$PWD TRUST_STORES=none
	cp ca.crt rootCA.pem
	cp ca.key rootCA-key.pem
	each_host "$jobs" '
		mkcert '"$option"' -cert-file $out/node.crt \
			-key-file $out/node.key \
			node$i node$i.db.example.com $ip'
}

inprocess_ready() {
	command=("$tools/inprocess" "$kind" "$hosts" "$jobs")
}
