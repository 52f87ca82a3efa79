#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# verify finds what is wrong with the CA's folder and its database.

load common
load verify

BACKUP='restore it from a backup'

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	topocert generate --quiet -o good c.ini
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# The serial number of a host or user.
serial_of() {
	grep "/$1/" good/ca/index.txt | cut -f4
}

# ca COMMAND OPTION...: of openssl, in c/ca.
ca() {
	(cd c/ca && openssl ca -config ca.conf "$@" 2>/dev/null)
}

@test "modes of the CA's folder and key" {
	damage 'chmod 0750 c/ca' 'ca: mode 0750, wanted 0700: chmod 0700 it'
	damage 'chmod 0440 c/ca/ca.key' "ca/ca.key: mode 0440 lets others at \
the CA's key: chmod 0400 it, and think of who may have read it"
	harmless 'chmod 0600 c/ca/ca.key'
}

@test "a CA key that is another's or damaged; one that is kept elsewhere" {
	damage "openssl genpkey -algorithm EC -quiet \
		-pkeyopt ec_paramgen_curve:P-256 >k 2>/dev/null ||
		openssl ecparam -genkey -noout -name prime256v1 >k
		install -m 400 k c/ca/ca.key" \
		'ca/ca.key: not the key of ca.crt: put the right one back'
	damage 'rm c/ca/ca.key; install -m 400 /dev/null c/ca/ca.key' \
		"ca/ca.key: no private key in PEM without passphrase: $BACKUP"
	key() {
		openssl pkcs8 -topk8 -nocrypt -outform DER -in "$1"
	}
	damage "{ echo '-----BEGIN PRIVATE KEY-----'
		{ key k | head -c 68; key good/ca/ca.key | tail -c +69; } | base64
		echo '-----END PRIVATE KEY-----'; } >mixed
		install -m 400 mixed c/ca/ca.key" \
		"ca/ca.key: damaged: its secret part does not belong to the \
public one: $BACKUP"
	harmless 'rm c/ca/ca.key'
	grep -x 'note: ca/ca.key: not here: nothing can be signed before it is back' said
}

@test "a certificate that is missing from the record, damaged or changed" {
	local one
	one=ca/newcerts/$(serial_of node1).pem
	damage "rm c/$one" "ca/newcerts/SERIAL.pem: missing, but index.txt has it \
for hosts/node1/certs/node.crt: $BACKUP, or topocert generate makes another"
	damage "echo >c/$one" "ca/newcerts/SERIAL.pem: damaged, but index.txt has \
it for hosts/node1/certs/node.crt: $BACKUP, or topocert generate makes another"
	damage "cp c/ca/newcerts/$(serial_of root).pem c/$one" \
		"ca/newcerts/SERIAL.pem: its serial number is not the one in \
index.txt: $BACKUP with index.txt"
}

# The last bytes of a certificate are its signature.
@test "a certificate on record that the CA did not sign" {
	local one
	one=ca/newcerts/$(serial_of node1).pem
	damage "openssl x509 -in good/$one -outform DER | head -c -2 >x
		printf '\001\002' >>x
		openssl x509 -in x -inform DER -out x.pem
		cp x.pem c/$one; rm -r c/hosts/node1*" \
		"ca/newcerts/SERIAL.pem: not signed by the CA in ca/: $BACKUP"
	damage "cp x.pem c/$one; cp x.pem c/hosts/node1/certs/node.crt" \
		"ca/newcerts/SERIAL.pem: not signed by the CA in ca/: $BACKUP" \
		'hosts/node1/certs/node.crt: does not verify against the CA for its purpose: certificate signature failure: tar -xzpf hosts/node1.tar.gz -C hosts/node1 restores it'
}

@test "what strict clients refuse by its own template is noted" {
	mkdir -p own templates && cp "$SRCDIR"/templates/*.conf templates
	sed -i 's/^\(authorityKeyIdentifier *=\).*/\1 none/' templates/ca.conf
	topocert generate --quiet --templates templates -o own/c c.ini
	run -0 topocert verify --templates templates -o own/c c.ini
	assert_output_has 'note: c.ini: certificates that strict clients refuse, by their template: '
	assert_equal "${#lines[@]}" 2
}

@test "a certificate that the index does not have" {
	damage 'cp c/ca/ca.crt c/ca/newcerts/AB.pem' 'ca/newcerts/AB.pem: index.txt does not have it: find out who signed it; then restore index.txt from a backup, or delete it'
	damage "sed -i /node1/d c/ca/index.txt; rm -r c/hosts/node1*" \
		'ca/newcerts/SERIAL.pem: index.txt does not have it: find out who signed it; then restore index.txt from a backup, or delete it' \
		'hosts/node1/certs/node.crt: not issued yet: topocert generate mends it'
}

@test "an index that does not agree with its certificates" {
	damage 'sed -i 1s/CN=node/CN=nose/ c/ca/index.txt' \
		"ca/newcerts/SERIAL.pem: its subject is not the one in \
index.txt: $BACKUP with index.txt"
	damage 'sed -i "1s/^V\t../V\t40/" c/ca/index.txt' \
		"ca/newcerts/SERIAL.pem: its expiry is not the one in \
index.txt: $BACKUP with index.txt"
}

@test "the numbers and attributes of openssl ca" {
	local hex='damaged: wanted a line of hexadecimal digits, an even number of them'
	damage 'echo xyz >c/ca/serial.txt' "ca/serial.txt: $hex: $BACKUP"
	damage 'printf 0A >c/ca/serial.txt' "ca/serial.txt: $hex: $BACKUP"
	damage "serial_of node1 | tr A-F a-f >c/ca/serial.txt" 'ca/serial.txt: the next serial number was issued already: openssl rand -hex 16 >serial.txt'
	damage 'rm c/ca/crlnumber' "ca/crlnumber: missing: $BACKUP"
	damage 'echo 1 >c/ca/crlnumber' "ca/crlnumber: $hex: $BACKUP"
	damage 'echo unique_subject = yes >c/ca/index.txt.attr' "ca/index.txt.attr: something else is in it, wanted the line 'unique_subject = no': write that line into it"
	damage 'rm c/ca/index.txt.attr' "ca/index.txt.attr: missing, wanted the line 'unique_subject = no': write that line into it"
	damage 'echo "#" >>c/ca/ca.conf' 'ca/ca.conf: not what topology and template ask for: topocert generate writes it anew'
}

@test "what cannot be read at all is an error" {
	rm -rf c
	cp -a good c
	echo broken >>c/ca/index.txt
	run -1 topocert verify c.ini
	assert_output_has 'c/ca/index.txt: damaged'
	rm -r c/ca
	run -1 topocert verify c.ini
	assert_output_has 'c/ca: missing, but SHA256SUMS lists bundles'
	rm -r c
	run -1 topocert verify c.ini
	assert_equal "$output" 'topocert: c: no such folder: wanted the output folder of generate, with -o'
	[ ! -e c ]
}

@test "an interrupted run is to be completed first" {
	damage 'mkdir c/.topocert-commit' '.: an interrupted run is to be completed: topocert generate completes it'
}

@test "a revocation list that agrees is no fault" {
	harmless "ca -revoke newcerts/$(serial_of node1).pem
		ca -gencrl -out crl.pem
		(cd c/ca && openssl crl -in crl.pem -outform DER -out crl.der)
		ca -revoke newcerts/$(serial_of node1).pem
		topocert generate --quiet -o c c.ini"
	[ -s c/ca/crl.pem ] && [ -s c/ca/crl.der ]
}

@test "a revocation list that is stale, incomplete, or another's" {
	local crl='topocert crl makes it anew' serial
	serial=$(serial_of node1)
	damage 'ca -gencrl -crlsec 1 -out crl.pem; sleep 1.1' "ca/crl.pem: its \
nextUpdate TIME is past: clients that check it refuse all certificates: $crl"
	damage "ca -gencrl -out crl.pem; ca -revoke newcerts/$serial.pem
		topocert generate --quiet -o c c.ini" "ca/crl.pem: \
hosts/node1/certs/node.crt (serial SERIAL) was revoked since: $crl"
	damage "ca -revoke newcerts/$serial.pem; ca -gencrl -out crl.pem
		cp good/ca/index.txt c/ca" "ca/crl.pem: lists the serial \
number SERIAL, which is not revoked in index.txt: $crl"
	damage "ca -gencrl -out crl.pem; sed -i 3s/[a-z]/_/g c/ca/crl.pem" \
		"ca/crl.pem: no revocation list: $crl"
	damage "ca -gencrl -out crl.pem; ca -gencrl -out x.pem
		(cd c/ca && openssl crl -in x.pem -outform DER -out crl.der)" \
		"ca/crl.der: another list than crl.pem: $crl"
	damage "ca -gencrl -out crl.pem; echo 01 >c/ca/crlnumber" \
		'ca/crlnumber: the next number is not above that of crl.pem: write a higher one into it'
	topocert generate --quiet -o stranger c.ini
	damage "mv c/ca d; cp -a stranger/ca c; ca -gencrl -out crl.pem
		mv c/ca/crl.pem d; rm -r c/ca; mv d c/ca" \
		"ca/crl.pem: not signed by the CA in ca/: $crl"
}
