#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every profile has an example, and what comes of that is whole.

load common

# example FILE: it, with quick keys where it does not say which.
example() {
	sed '/^key /d; s/^\[cluster\]$/&\nkey = ec:P-256/' "$1" |
		sed 's/^\[ca\]$/&\nkey = ec:P-256/'
	grep -qx '\[ca\]' "$1" || printf '%s\n' '[ca]' 'key = ec:P-256'
}

# All examples, each in a folder of the cluster's name.
setup_file() {
	local file name
	cd "$BATS_FILE_TMPDIR" || return
	for file in "$SRCDIR"/examples/*.ini; do
		name=$(basename "$file" .ini)
		mkdir "$name"
		example "$file" >"$name/c.ini"
		topocert generate --json -o "$name/out" "$name/c.ini" \
			>"$name/made.json" 2>"$name/errors" &
		echo "$!" >"$name/pid"
	done
	for name in */; do
		echo "$name"
		wait "$(<"$name/pid")" || return
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# each FUNCTION: call it with the name of each example, in its folder. (bats
# traces every command of a test, which makes long loops slow: a subshell has
# no trap.)
each() (
	trap - DEBUG
	local folder n=0 failed=0
	for folder in */; do
		n=$((n + 1))
		(cd "$folder" && "$1" "${folder%/}") && continue
		echo "$1: ${folder%/}"
		failed=$((failed + 1))
	done
	[ "$n" -gt 0 ] && [ "$failed" -eq 0 ]
)

# The folders of hosts and users.
owners() {
	find out/hosts out/users -mindepth 1 -maxdepth 1 -type d 2>find.log
	[ ! -s find.log ] || grep -q 'out/hosts.*No such' find.log
}

@test "every profile has an example of the same name" {
	local profile
	for profile in "$SRCDIR"/profiles/*.ini; do
		grep -x "profile *= *$(basename "$profile" .ini)" \
			"$SRCDIR/examples/${profile##*/}"
	done
}

no_word() {
	diff errors /dev/null
}

@test "an example is made without a warning" {
	each no_word
}

# By the CA that the run names, and in a bundle with a CA's certificate.
verified() {
	local ca
	jq -r '.certificates[] | [.ca, .path] | @tsv' made.json >signed
	[ -s signed ]
	cut -f1 signed | sort -u | while read -r ca; do
		awk -v ca="$ca" '$1 == ca { print "out/" $2 }' signed |
			xargs openssl verify -x509_strict \
				-CAfile "out/$ca/ca.crt" || exit
	done
}

@test "every certificate verifies strictly against its CA" {
	each verified
}

is_ca() {
	local ca
	for ca in out/ca*/ca.crt; do
		cmp -s "$1" "$ca" && return
	done
	return 1
}

# The public keys of all certificates, and of all keys, are the same ones.
keys_match() {
	local folder file from password
	owners | while read -r folder; do
		rm -f public.crt public.key
		for file in "$folder"/certs/*; do
			from=$file
			if [[ $file == *.p12 ]]; then
				from=store.pem
				password=$(echo "$folder"/certs/*.password)
				openssl pkcs12 -in "$file" -passin "file:$password" \
					-legacy -nodes >$from || exit
			fi
			grep -q 'PRIVATE KEY' "$from" &&
				openssl pkey -in "$from" -pubout >>public.key
			grep -q CERTIFICATE "$from" && ! is_ca "$file" &&
				[[ $file != *trust* ]] &&
				openssl x509 -in "$from" -noout -pubkey >>public.crt
		done
		[ -s public.key ] && diff <(tr -d '\n' <public.crt |
			sed 's/-----BEGIN/\n&/g' | sort -u) \
			<(tr -d '\n' <public.key |
				sed 's/-----BEGIN/\n&/g' | sort -u) || exit
	done
}

@test "every key of a bundle belongs to a certificate in it, and every certificate has one" {
	each keys_match
}

bundled() {
	local folder
	owners | while read -r folder; do
		tar -xzOf "$folder.tar.gz" CONFIG.txt |
			cmp - "$folder/CONFIG.txt" || exit
		grep -q '^# ---' "$folder/CONFIG.txt" || exit
		! grep -F '{{' "$folder/CONFIG.txt" || exit
	done
}

@test "every bundle holds CONFIG.txt, in which nothing is left to fill in" {
	each bundled
}

closed() {
	local open folder
	open=$(find out -type f -perm /137 \( -name '*.key' -o -name '*.p12' \
		-o -name '*.password' -o -name '*.tar.gz' \
		-o -exec grep -q 'PRIVATE KEY' {} \; \) -print)
	[ -z "$open" ] || {
		echo "$open"
		return 1
	}
	# and they are so in the bundles, too
	owners | while read -r folder; do
		diff <(tar -tvzf "$folder.tar.gz" | awk '{ print $1, $NF }') \
			<(cd "$folder" && find CONFIG.txt certs -printf '%M %p\n' |
				sed 's/^d.*/&\//' | LC_ALL=C sort -k2) || exit
	done
}

@test "no key is open to others than owner and group" {
	each closed
}

again() {
	topocert plan --quiet -o out c.ini &&
		topocert generate -o out c.ini | grep -q 'nothing to do'
}

@test "a second run has nothing to do" {
	each again
}

@test "topocert profiles has a line for each, and shows each" {
	local profile name
	topocert profiles >list
	assert_equal "$(wc -l <list)" \
		"$(find "$SRCDIR/profiles" -name '*.ini' | wc -l)"
	for profile in "$SRCDIR"/profiles/*.ini; do
		name=$(basename "$profile" .ini)
		grep "^$name " list |
			grep -F " $(sed -n 's/^description *= *//p' "$profile")"
		topocert profiles --json "$name" | jq -e '.[0].files[0].file'
		diff <(sed -n 's/^\[option \(.*\)\]$/\1/p' "$profile") \
			<(topocert profiles "$name" |
				sed -n '1,/^Options:$/d
					s/^  \([a-z0-9_]*\) = .*/\1/p')
	done
}
