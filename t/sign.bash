# SPDX-License-Identifier: Apache-2.0
# For tests of topocert sign: requests as hosts make them, or somebody else.

# signing_topology [LINE...]: small_topology with one more user.
# shellcheck disable=SC2120 # tests give them
signing_topology() {
	small_topology '[user maxroach]' "$@"
}

# new_key NAME: NAME.key, on P-256.
new_key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$1.key"
}

# ask NAME SUBJECT [OPTION]...: NAME.csr by NAME.key, which is made where it is
# missing, with the options of openssl req.
ask() {
	[ -e "$1.key" ] || new_key "$1" || return
	openssl req -new -config /dev/null -key "$1.key" -subj "$2" \
		-out "$1.csr" "${@:3}" 2>req.err || {
		cat req.err >&2
		return 1
	}
}

# ask_by_conf NAME LINE...: the same, but openssl req is told all by the lines
# of a configuration; those up to "-" are in [req].
ask_by_conf() {
	[ -e "$1.key" ] || new_key "$1" || return
	printf '%s\n' '[req]' 'prompt = no' 'distinguished_name = dn' \
		"${@:2}" >req.conf
	openssl req -new -config req.conf -key "$1.key" -out "$1.csr" \
		2>req.err || {
		cat req.err >&2
		return 1
	}
}

# good_and_bad: for setup_file: what is there before, a good request of node2,
# and the key of one that is bad.
good_and_bad() {
	cd "$BATS_FILE_TMPDIR" || return
	# shellcheck disable=SC2119
	signing_topology
	topocert generate --quiet c.ini
	ask good '/CN=node' -addext subjectAltName=DNS:node2
	new_key bad
}

# length N: N as DER has it, in hexadecimal.
length() {
	if (($1 < 128)); then
		printf '%02x' "$1"
	elif (($1 < 256)); then
		printf '81%02x' "$1"
	else
		printf '82%04x' "$1"
	fi
}

# resign NAME PATTERN REPLACEMENT: in what NAME.csr says, as hexadecimal,
# PATTERN is replaced by as many bytes, and NAME.key signs that.
resign() {
	local body signature algorithm=300a06082a8648ce3d040302
	openssl req -in "$1.csr" -outform DER -out whole.der
	openssl asn1parse -inform DER -in whole.der -strparse \
		"$(openssl asn1parse -inform DER -in whole.der |
			awk -F '[: ]+' 'NR == 2 { print $1 ? $1 : $2 }')" \
		-noout -out body.der
	body=$(od -An -v -tx1 body.der | tr -d ' \n')
	[ "$body" != "${body/$2/$3}" ] || return
	body=${body/$2/$3}
	from_hex "$body" >body.der
	signature=$(openssl dgst -sha256 -sign "$1.key" body.der |
		od -An -v -tx1 | tr -d ' \n')
	signature=03$(length $((${#signature} / 2 + 1)))00$signature
	body=$body$algorithm$signature
	{
		echo '-----BEGIN CERTIFICATE REQUEST-----'
		from_hex "30$(length $((${#body} / 2)))$body" | base64
		echo '-----END CERTIFICATE REQUEST-----'
	} >"$1.csr"
}

# from_hex TEXT: as bytes.
from_hex() {
	local i bytes=
	for ((i = 0; i < ${#1}; i += 2)); do
		bytes+="\\x${1:i:2}"
	done
	printf '%b' "$bytes"
}

# serials: those that the CA's index has, the latest last.
serials() {
	cut -f 4 c/ca/index.txt
}

# has_key_of CERTIFICATE KEY: the certificate is for that key.
has_key_of() {
	assert_equal "$(openssl x509 -in "$1" -noout -pubkey)" \
		"$(openssl pkey -in "$2" -pubout)"
}

# What has to be refused, and why; c/ and good.csr of node2 have to be there.
files=() reasons=()

# refused REASON [FILE]: the request has to be refused for that reason, when
# all of the test are tried by judge.
refused() {
	local file=${2:-bad.csr}
	mkdir "${#reasons[@]}"
	mv "$file" "${#reasons[@]}"
	files+=("${#reasons[@]}/$file")
	reasons+=("$1")
}

# refuses REASON SUBJECT [OPTION]...: a request like that, by openssl req.
refuses() {
	ask bad "${@:2}" || return
	refused "$1"
}

# judge: all were refused, and the good one beside them, alone, was signed.
judge() {
	local before i line
	before=$(serials)
	run -1 topocert sign c.ini "${files[@]}" good.csr
	assert_output_has "c: signed 1 request, refused ${#files[@]}"
	has_key_of c/hosts/node2/certs/node.crt good.key
	assert_equal "$(serials)" "$before
$(serials | tail -n 1)"
	for i in "${!files[@]}"; do
		# shellcheck disable=SC2154 # output comes from run
		line=$(grep -F "topocert: ${files[i]}: refused: " <<<"$output")
		case $line in
		*"${reasons[i]}"*) ;;
		*)
			printf '%s\nwanted: %s\n' "$line" "${reasons[i]}" >&2
			return 1
			;;
		esac
	done
}
