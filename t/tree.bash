# SPDX-License-Identifier: Apache-2.0
# What must hold of an output tree, seen with other programs than topocert.

problem() {
	printf '%s\n' "$@" >&2
	return 1
}

# read_file NAME FILE: into the variable NAME.
read_file() {
	IFS= read -rd '' "$1" <"$2" || :
}

# Standard input as hex digits, in the variable der.
read_hex() {
	der=$(od -An -v -tx1)
	der=${der//[$' \n']/}
}

declare -gA serials # of the pairs that were found to belong together

# assert_pair CERTIFICATE: and the key beside it; sets serial. In DER, for
# "openssl x509" takes its time: the public key is in the certificate as it is,
# and the serial number comes after the version (RFC 5280, 4.1).
assert_pair() {
	local pem key der public
	read_file pem "$1"
	read_file key "${1%.crt}.key"
	[ "$pem$key" ] || problem "$1: missing" || return
	serial=${serials["$pem$key"]}
	[ -z "$serial" ] || return 0
	read_hex < <(openssl pkey -pubout -outform DER -in "${1%.crt}.key")
	public=$der
	read_hex < <(base64 -d <<<"$(grep -v -e - "$1")")
	[[ ${#public} -gt 80 && $der == *"$public"* &&
		$der =~ ^3082....3082....a00302010202(..) ]] ||
		problem "$1: not its key" || return
	serial=${der:30:2 * 16#${BASH_REMATCH[1]}}
	serial=${serial^^}
	serials["$pem$key"]=$serial
}

# recorded DIR FILE SERIAL: by the CA, as openssl ca would.
recorded() {
	local pem record index
	read_file pem "$2"
	read_file record "$1/ca/newcerts/$3.pem"
	read_file index "$1/ca/index.txt"
	[[ $pem == "$record" && $index == *Z$'\t\t'"$3	${2#"$1"/}	"* ]] ||
		problem "$2: $3 is not on record"
}

# assert_published DIR: each bundle folder is whole, key and certificate belong
# together, and the CA's index knows them; no key is for others to read.
assert_published() {
	local folder file files serial open
	[ -e "$1" ] || return 0
	for folder in "$1"/{hosts,users}/*/certs; do
		[ -e "$folder" ] || continue
		files=("$folder"/*)
		[ ${#files[@]} -eq 3 ] || problem "$folder: not whole" || return
		cmp "$folder/ca.crt" "$1/ca/ca.crt" || return
		for file in "$folder"/*.crt; do
			[ "$file" != "$folder/ca.crt" ] || continue
			assert_pair "$file" || return
			recorded "$1" "$file" "$serial" || return
		done
	done
	open=$(find "$1" -type f -perm /077 \
		\( -name '*.key' -o -name '*.tar.gz*' \))
	[ -z "$open" ] || problem "for others to read: $open"
}

# assert_bundles DIR: each tarball holds the folder beside it.
assert_bundles() {
	local bundle kind folder
	rm -rf unpacked
	for kind in hosts users; do
		[ -e "$1/$kind" ] || continue
		mkdir -p unpacked/$kind
		for bundle in "$1/$kind"/*.tar.gz; do
			folder=${bundle#"$1"/}
			mkdir "unpacked/${folder%.tar.gz}" &&
				tar -C "unpacked/${folder%.tar.gz}" \
					--no-same-owner -xzf "$bundle" || return
		done
		diff -r -x conf -x '*.tar.gz*' unpacked/$kind "$1/$kind" ||
			return
	done
}

# assert_tree DIR: all is in its place, belongs together, and nothing else.
assert_tree() {
	local leaves files left serial
	assert_published "$1" || return
	assert_bundles "$1" || return
	assert_pair "$1/ca/ca.crt" || return
	leaves=("$1"/hosts/*/certs/node.crt "$1"/users/*/certs/client.*.crt)
	openssl verify -CAfile "$1/ca/ca.crt" "${leaves[@]}" >verify.log ||
		problem "$(<verify.log)" || return
	(cd "$1" && sha256sum --quiet -c SHA256SUMS) || return
	files=("$1"/{hosts,users}/*/certs/* "$1"/{hosts,users}/*.tar.gz)
	[ ${#files[@]} -eq "$(wc -l <"$1/SHA256SUMS")" ] ||
		problem "SHA256SUMS: not all" || return
	[ "$(cut -f4 "$1/ca/index.txt" | sort)" = "$(cd "$1/ca/newcerts" &&
		printf '%s\n' * | sed 's/\.pem$//')" ] ||
		problem "index.txt and newcerts/ differ" || return
	[ "$(grep -rl 'PRIVATE KEY' "$1" | sort)" = "$(printf '%s\n' \
		"$1/ca/ca.key" "${leaves[@]/%.crt/.key}")" ] ||
		problem "keys out of place" || return
	left=$(find "$1" -name '.topocert-*')
	[ -z "$left" ] || problem "left over: $left"
}
