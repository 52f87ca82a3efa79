#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify finds what is wrong with the folders and bundles, each with its mend.

load common
load verify

H1=hosts/node1 H1C=hosts/node1/certs
UNPACK='tar -xzpf hosts/node1.tar.gz -C hosts/node1 restores it'
RENEW='topocert generate --renew hosts/node1 makes the bundle anew'

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	topocert generate --quiet -o good c.ini
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# repack COMMAND: change what is in the bundle of node1.
repack() {
	mkdir in
	tar -xzpf c/$H1.tar.gz -C in
	(cd in && eval "$1")
	(cd in && tar -cz --owner=root --group=root CONFIG.txt certs) \
		>c/$H1.tar.gz
	rm -r in
	resum
}

# SHA256SUMS as whoever is careful would leave it.
resum() {
	(cd c && cut -c67- SHA256SUMS | xargs sha256sum >new && mv new SHA256SUMS)
}

@test "an untouched tree is without fault, and stays untouched" {
	harmless true '3 certificates, 3 bundles'
	[ "$(wc -l <said)" -eq 1 ]
}

@test "what an administrator deletes after the upload is no fault" {
	harmless 'rm -r c/hosts c/users' '3 certificates, 0 bundles'
	harmless 'rm -r c/hosts/node1 c/hosts/node1.tar.gz' \
		'3 certificates, 2 bundles'
	harmless 'rm -r c/hosts/*/conf'
}

@test "half of a bundle is" {
	damage "rm -r c/$H1" "$H1: its folder is missing, but $H1.tar.gz is \
there: mkdir -p $H1 && tar -xzpf $H1.tar.gz -C $H1"
	damage "rm c/$H1.tar.gz" \
		"$H1.tar.gz: missing, but $H1/ is there: $RENEW"
}

@test "a missing or foreign file of a folder" {
	damage "rm c/$H1C/node.key" "$H1C/node.key: missing: $UNPACK"
	damage "rm c/$H1C/ca.crt" "$H1C/ca.crt: missing: $UNPACK"
	damage "rm c/$H1/CONFIG.txt" \
		"$H1/CONFIG.txt: missing: topocert render writes it anew"
	damage "echo >c/$H1C/notes" \
		"$H1C/notes: not part of the bundle: delete it"
	damage "ln -sf /etc/passwd c/$H1C/node.crt" \
		"$H1C/node.crt: not a regular file: $UNPACK"
}

@test "a key that is damaged, or another's" {
	damage "truncate -s 100 c/$H1C/node.key" \
		"$H1C/node.key: no private key in PEM without passphrase: $UNPACK"
	damage "cp c/hosts/node2/certs/node.key c/$H1C" \
		"$H1C/node.key: not the key of the certificate node.crt: $UNPACK"
	damage "openssl pkcs8 -topk8 -passout pass:x -in good/$H1C/node.key \
		-out c/$H1C/node.key" \
		"$H1C/node.key: no private key in PEM without passphrase: $UNPACK"
}

# Public and secret part of one key, which OpenSSL loads.
@test "a key whose parts do not belong together" {
	key() {
		openssl pkcs8 -topk8 -nocrypt -outform DER \
			-in "good/hosts/$1/certs/node.key"
	}
	damage "{ echo '-----BEGIN PRIVATE KEY-----'
		{ key node2 | head -c 68; key node1 | tail -c +69; } | base64
		echo '-----END PRIVATE KEY-----'; } >c/$H1C/node.key" \
		"$H1C/node.key: damaged: its secret part does not belong to the public one: $UNPACK"
}

@test "a certificate that is damaged, or another" {
	damage "sed -i 3s/[a-z]/_/g c/$H1C/node.crt" \
		"$H1C/node.crt: no certificate in PEM: $UNPACK"
	damage "cp c/hosts/node2/certs/node.crt c/$H1C" \
		"$H1C/node.crt: the one of hosts/node2/certs/node.crt; its own \
has the serial number SERIAL: $UNPACK"
	damage "openssl req -x509 -key c/$H1C/node.key -subj /CN=node \
		-out c/$H1C/node.crt" \
		"$H1C/node.crt: not the one on record, serial number SERIAL: $UNPACK"
	damage "echo >>c/$H1C/node.crt" \
		"$H1C/node.crt: not what was made: its sum is not that of SHA256SUMS: $UNPACK"
}

@test "the certificate of another CA in a bundle" {
	topocert generate --quiet -o stranger c.ini
	damage "cp stranger/ca/ca.crt c/$H1C" \
		"$H1C/ca.crt: not the certificate of the CA in ca/: $UNPACK"
	damage "repack 'cp ../stranger/ca/ca.crt certs'" \
		"$H1.tar.gz: certs/ca.crt in it is not that of $H1/: $RENEW"
	# where the bundle is no better, unpacking it is no mend
	damage "repack 'cp ../stranger/ca/ca.crt certs'
		cp stranger/ca/ca.crt c/$H1C; resum" \
		"$H1C/ca.crt: not the certificate of the CA in ca/: $RENEW"
}

@test "an older certificate of the same host" {
	sed -i 's/^\[host node1\]/&\ndays = 90/' c.ini
	damage "topocert generate --quiet -o c c.ini; cp good/$H1C/node.* c/$H1C" \
		"$H1C/node.crt: an earlier one; issued last was the serial \
number SERIAL: $UNPACK" \
		"$H1C/node.key: not the key of the certificate node.crt: $UNPACK"
	small_topology
}

@test "modes that are not those of the profile" {
	damage "chmod 0640 c/$H1C/node.key" "$H1C/node.key: mode 0640, wanted \
0600: chmod 0600 it, and think of who may have read the key"
	damage "chmod 0600 c/$H1C/node.crt" \
		"$H1C/node.crt: mode 0600, wanted 0644: chmod 0644 it"
	damage "chmod 0755 c/$H1C" \
		"$H1C: mode 0755, wanted 0700: chmod 0700 it"
	damage "chmod 0644 c/$H1.tar.gz" \
		"$H1.tar.gz: mode 0644, wanted 0600: chmod 0600 it"
	damage 'chmod 0755 c' \
		'.: mode 0755 of the output folder, wanted 0700: chmod 0700 it'
	damage "repack 'chmod 0755 certs'" \
		"$H1.tar.gz: certs/ in it has mode 0755, not 0700: $RENEW"
	damage "repack 'chmod 0644 certs/node.key'" \
		"$H1.tar.gz: certs/node.key in it has mode 0644, not 0600: $RENEW"
}

@test "a key that others can read, wherever it lies" {
	local mend='chmod 0600 it, and think of who may have read it'
	damage "install -m 644 c/$H1C/node.key c/ca/spare" \
		"ca/spare: holds a key, and mode 0644 lets others at it: $mend"
	damage "openssl pkey -in c/$H1C/node.key -outform DER -out c/x; chmod 640 c/x" \
		"x: holds a key, and mode 0640 lets others at it: $mend"
	damage "cp c/$H1.tar.gz c/$H1.tar.gz.previous
		chmod 604 c/$H1.tar.gz.previous" "$H1.tar.gz.previous: holds a \
key, and mode 0604 lets others at it: $mend"
	harmless "cp c/$H1C/node.key c/ca/spare; cp c/$H1C/node.crt c/more"
}

@test "a bundle that is damaged, or another host's" {
	damage "truncate -s 300 c/$H1.tar.gz" \
		"$H1.tar.gz: damaged: truncated gzip input: $RENEW"
	damage "echo none >c/$H1.tar.gz" \
		"$H1.tar.gz: damaged: Unrecognized archive format: $RENEW"
	damage "echo >>c/$H1.tar.gz" "$H1.tar.gz: not what was made: its sum is \
not that of SHA256SUMS: $RENEW"
	damage "cp c/hosts/node2.tar.gz c/$H1.tar.gz; resum" \
		"$H1.tar.gz: certs/node.crt in it is not that of $H1/: $RENEW" \
		"$H1.tar.gz: certs/node.key in it is not that of $H1/: $RENEW"
}

@test "a bundle with a file too much or too few" {
	damage "repack 'echo >certs/more'" \
		"$H1.tar.gz: certs/more in it is not part of the bundle: $RENEW"
	damage "repack 'rm certs/node.key'" \
		"$H1.tar.gz: certs/node.key is not in it: $RENEW"
	damage "tar -xzOf c/$H1.tar.gz CONFIG.txt >CONFIG.txt
		tar -C c/$H1 -cz certs CONFIG.txt >c/$H1.tar.gz; resum" \
		"$H1.tar.gz: does not begin with CONFIG.txt: $RENEW"
}

@test "a bundle that would write elsewhere" {
	damage "tar -C c/$H1 -czP --transform s,certs/node.crt,/etc/x, \
		CONFIG.txt certs >c/$H1.tar.gz; resum" \
		"$H1.tar.gz: /etc/x in it leads out of the folder: $RENEW"
	damage "tar -C c/$H1 -czP --transform s,certs/node.crt,certs/../../x, \
		CONFIG.txt certs >c/$H1.tar.gz; resum" \
		"$H1.tar.gz: certs/../../x in it leads out of the folder: $RENEW"
	damage "repack 'ln -sf /etc/passwd certs/node.crt'" \
		"$H1.tar.gz: certs/node.crt in it is a link: $RENEW"
}

@test "SHA256SUMS that is damaged or leaves something out" {
	damage 'rm c/SHA256SUMS' "SHA256SUMS: missing, but bundles are there: \
restore it from a backup, or let topocert generate --renew make the bundles anew"
	damage 'sed -i 2s/./g/ c/SHA256SUMS' "SHA256SUMS: line 2 is damaged: \
wanted sum and path as sha256sum writes them: restore it from a backup"
	damage "sed -n 's,node.key\$,gone,p' good/SHA256SUMS | head -n 1 \
		>>c/SHA256SUMS" "$H1C/gone: missing, but SHA256SUMS lists it: \
topocert generate --renew makes its bundle anew"
	damage 'sed -i /node1.tar.gz/d c/SHA256SUMS' \
		"$H1.tar.gz: SHA256SUMS does not list it: $RENEW"
}

@test "CONFIG.txt may be newer than the bundle, but nothing else" {
	echo '[host node3]' >>c.ini
	damage 'topocert render --quiet -o c c.ini' 'hosts/node3/certs/node.crt: not issued yet: topocert generate mends it'
	small_topology
	damage "echo more >>c/$H1/CONFIG.txt" "$H1/CONFIG.txt: neither the one \
of the bundle nor a newer one: topocert render writes it anew"
}

@test "bundles of hosts that the topology has no more" {
	sed -i '/node2/,+1d' c.ini
	damage true 'hosts/node2/certs/node.crt: no longer in the topology, but still valid, signed in ca/: topocert generate --prune removes and revokes it'
	damage 'echo >>c/hosts/node2/certs/ca.crt' \
		'hosts/node2/certs/node.crt: no longer in the topology, but still valid, signed in ca/: topocert generate --prune removes and revokes it' \
		'hosts/node2/certs/ca.crt: not what was made: its sum is not that of SHA256SUMS: delete it'
	small_topology
	damage 'mkdir -p c/users/mallory/certs' \
		'users/mallory: not in the topology: delete it, and its .tar.gz'
}
