#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

# The example, made once; the tests only look at it.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	"$TOPOCERT" generate -q "$SRCDIR/examples/cockroachdb.ini"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	tree=$BATS_FILE_TMPDIR/prod-east
}

# Modes and names, without the serial numbers.
listing() {
	(cd "$1" && find . -printf '%m %P\n' |
		sed -E 's|[0-9A-F]{32}\.pem|SERIAL.pem|' | LC_ALL=C sort -k2)
}

wanted_owner() {
	printf '%s\n' "700 $1" "644 $1/CONFIG.txt" "700 $1/certs" \
		"644 $1/certs/ca.crt" "644 $1/certs/$2.crt" \
		"600 $1/certs/$2.key" "700 $1/conf" "644 $1/conf/$3.conf" "644 $1/conf/$3.csr" "600 $1.tar.gz"
}

# wanted_listing OWNERS...: what the design says; a certificate each.
wanted_listing() {
	local owner
	printf '%s\n' '700 ' '644 SHA256SUMS' '700 ca' '644 ca/bundles.txt' \
		'644 ca/ca.conf' '644 ca/ca.crt' '400 ca/ca.key' '644 ca/crlnumber' \
		'644 ca/index.txt' '644 ca/index.txt.attr' '700 ca/newcerts' \
		'644 ca/serial.txt' '700 hosts' '700 users'
	for owner; do
		echo '644 ca/newcerts/SERIAL.pem'
		case $owner in
		hosts/*) wanted_owner "$owner" node node ;;
		*) wanted_owner "$owner" "client.${owner#*/}" client ;;
		esac
	done
}

@test "the example leaves exactly the files and modes of the design" {
	diff <(wanted_listing hosts/node{1,2,3} users/{maxroach,root} |
		LC_ALL=C sort -k2) <(listing "$tree")
}

@test "every certificate, key, bundle and record of the example is right" {
	assert_tree "$tree"
}

@test "an odd umask changes no mode" {
	small_topology
	for mask in 000 0277 0777; do
		(umask "$mask" && topocert generate -q -o "u$mask" c.ini)
		diff <(wanted_listing hosts/node{1,2} users/root |
			LC_ALL=C sort -k2) <(listing "u$mask")
	done
}

@test "SHA256SUMS lists each file of the bundles and each bundle, sorted" {
	(cd "$tree" && sha256sum --quiet --strict -c SHA256SUMS)
	diff <(cut -c67- "$tree/SHA256SUMS") <(cd "$tree" &&
		find . \( -path '*/certs/*' -o -name '*.tar.gz' \) \
			-printf '%P\n' | LC_ALL=C sort)
}

@test "a bundle has the files with their modes, the profile's owner, and notBefore as their time" {
	for host in node1 node2 node3; do
		date=$(openssl x509 -noout -startdate \
			-in "$tree/hosts/$host/certs/node.crt")
		date=$(date -u -d "${date#*=}" '+%Y-%m-%d %H:%M:%S')
		run -0 tar --utc --full-time -tvzf "$tree/hosts/$host.tar.gz"
		diff - <(tr -s ' ' <<<"$output" | cut -d' ' -f1,2,4-) <<-EOF
			-rw-r--r-- cockroach/cockroach $date CONFIG.txt
			drwx------ cockroach/cockroach $date certs/
			-rw-r--r-- cockroach/cockroach $date certs/ca.crt
			-rw-r--r-- cockroach/cockroach $date certs/node.crt
			-rw------- cockroach/cockroach $date certs/node.key
		EOF
		run -0 tar --numeric-owner -tvzf "$tree/hosts/$host.tar.gz"
		[ "$(grep -c ' 0/0 ' <<<"$output")" -eq 5 ]
		tar -xzOf "$tree/hosts/$host.tar.gz" CONFIG.txt |
			cmp - "$tree/hosts/$host/CONFIG.txt"
	done
}

@test "SOURCE_DATE_EPOCH is the time of all files in a bundle" {
	small_topology
	SOURCE_DATE_EPOCH=1700000000 topocert generate -q c.ini
	run -0 tar --utc --full-time -tvzf c/hosts/node1.tar.gz
	[ "$(grep -c ' 2023-11-14 22:13:20 ' <<<"$output")" -eq 5 ]
}

# A tar header has no room for every time; memory was used after its release.
@test "a SOURCE_DATE_EPOCH that no tar header holds is an error, and no crash" {
	small_topology
	# MALLOC_PERTURB_ overwrites what is freed, see mallopt(3)
	run env SOURCE_DATE_EPOCH=99999999999 MALLOC_PERTURB_=165 \
		"$TOPOCERT" generate c.ini
	assert_status 1
	assert_output_has "too large"
	[ ! -e c ]
}

@test "a bundle is plain ustar in gzip without time stamp, name or padding" {
	for bundle in "$tree"/{hosts,users}/*.tar.gz; do
		assert_equal "$(od -An -tx1 -N8 "$bundle")" \
			' 1f 8b 08 00 00 00 00 00'
		gzip -dc "$bundle" >tar
		files=$(($(tar -tf tar | wc -l) - 1))
		blocks=$(tar -tvf tar | awk '{ n += 1 + int(($3 + 511) / 512) }
			END { print n + 2 }')
		assert_equal "$(stat -c %s tar)" $((blocks * 512))
		assert_equal "$(grep -ao "ustar" tar | wc -l)" $((files + 1))
	done
}

@test "what is packed depends on nothing but names, contents, modes and time" {
	small_topology
	SOURCE_DATE_EPOCH=1700000000 topocert generate -q c.ini
	for bundle in c/hosts/node1 c/users/root; do
		tar -C $bundle --format=ustar --sort=name --mtime=@1700000000 \
			--owner=cockroach:0 --group=cockroach:0 -b1 -cf tar \
			CONFIG.txt certs
		# the digits of numbers may be padded in more than one way
		diff <(tar -tvf tar) <(tar -tvzf $bundle.tar.gz)
		assert_equal "$(gzip -dc $bundle.tar.gz | wc -c)" \
			"$(stat -c %s tar)"
		[ "$(cmp -l tar <(gzip -dc $bundle.tar.gz) |
			awk '($1 - 1) % 512 > 344' | wc -l)" -eq 0 ]
	done
}

@test "the key of the CA is in no bundle and in no other file" {
	secret=$(sed -n 2p "$tree/ca/ca.key")
	[ ${#secret} -eq 64 ]
	run -1 grep -rlF --exclude=ca.key -e "$secret" "$tree"
	for bundle in "$tree"/{hosts,users}/*.tar.gz; do
		tar -xzOf "$bundle" >all
		[ "$(grep -c 'PRIVATE KEY' all)" -eq 2 ]
		run -1 grep -F -e "$secret" all
	done
}

@test "keys of every kind are PKCS#8 in PEM" {
	small_topology '[host rsa]' 'key = rsa:2048' '[host ed]' 'key = ed25519'
	topocert generate -q c.ini
	[ "$(find c -name '*.key' | wc -l)" -eq 6 ]
	while read -r key; do
		assert_equal "$(head -1 "$key")" '-----BEGIN PRIVATE KEY-----'
		assert_equal "$(grep -c -- ----- "$key")" 2
		openssl pkcs8 -topk8 -nocrypt -in "$key" | cmp - "$key"
	done < <(find c -name '*.key')
}

@test "keys and bundles are born closed to others, and never follow a link" {
	small_topology
	(umask 0 && traced -o log -e trace=openat \
		"$TOPOCERT" generate -q c.ini)
	grep -E '"[^"]*(key|tar\.gz)", O_WRONLY' log >opens
	[ "$(grep -c ' = [0-9]' opens)" -eq 7 ]
	run -1 grep -vE 'O_CREAT\|O_EXCL\|O_NOFOLLOW.*, 0[64]00\)' opens
}
