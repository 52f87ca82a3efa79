#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hostile and broken certificates: each is refused with its reason, changes
# nothing, and keeps no good one from being taken.

load common
load external

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	external_topology
	# some digests go with RSA alone
	foreign_ca corp /O=Corp/CN=corp rsa:2048
	topocert csr -q c.ini
	sign_all corp good
	mkdir bad
	make_all >made
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$BATS_FILE_TMPDIR"/{c.ini,corp.crt,c,good,bad} .
}

REQUEST=c/requests/node2.node.csr
NAMES=DNS:node2,IP:10.0.0.12,IP:127.0.0.1

# extensions [LINE...]: those of a good certificate; a LINE takes the place of
# the one of the same name, "NAME=" leaves it out.
extensions() {
	printf '%s\n' basicConstraints=critical,CA:FALSE \
		keyUsage=critical,digitalSignature \
		extendedKeyUsage=serverAuth,clientAuth \
		"subjectAltName=$NAMES" subjectKeyIdentifier=hash "$@" |
		awk -F= '{ line[$1] = $0; empty[$1] = $2 == "" }
			END { for (n in line) if (!empty[n]) print line[n] }'
}

# issue NAME [OPTION...]: bad/NAME.crt of the second host's request, with the
# extensions in ext.
issue() {
	openssl x509 -req -in "${request:-$REQUEST}" -CA "${ca:-corp}.crt" \
		-CAkey "${ca:-corp}.key" -days 300 -extfile ext \
		-out "bad/$1.crt" "${@:2}" 2>openssl.log || {
		cat openssl.log >&2
		return 1
	}
}

# with NAME LINE REASON: a certificate with that extension.
with() {
	extensions "$2" >ext
	issue "$1"
	reason "$1.crt" "$3"
}

reason() {
	printf '%s\t%s\n' "$1" "$2"
}

make_extensions() {
	with ca basicConstraints=critical,CA:TRUE 'the certificate of a CA'
	with extra-name "subjectAltName=$NAMES,DNS:evil" '-DNS evil'
	with missing-name subjectAltName=DNS:node2,IP:127.0.0.1 \
		'+IP 10.0.0.12'
	with no-names subjectAltName= 'not the names that were asked for'
	with wildcard "subjectAltName=$NAMES,DNS:*.example.com" \
		'-DNS *.example.com'
	with other-name "subjectAltName=$NAMES,otherName:1.2.3;UTF8:x" \
		'a name of a type that is not in the topology'
	with another-host subjectAltName=DNS:node1,IP:10.0.0.11,IP:127.0.0.1 \
		'+DNS node2'
	with code extendedKeyUsage=codeSigning \
		'extendedKeyUsage is codeSigning'
	with more-usages extendedKeyUsage=serverAuth,clientAuth,codeSigning \
		'extendedKeyUsage is serverAuth,clientAuth,codeSigning'
	with any-usage extendedKeyUsage=anyExtendedKeyUsage \
		'extendedKeyUsage is anyExtendedKeyUsage'
	with client-only extendedKeyUsage=clientAuth \
		'extendedKeyUsage is clientAuth'
	with no-extended extendedKeyUsage= 'extendedKeyUsage is none'
	with signs-certificates keyUsage=digitalSignature,keyCertSign \
		'keyUsage is digitalSignature,keyCertSign'
	with signs-nothing keyUsage=keyEncipherment \
		'keyUsage is keyEncipherment'
	with critical 1.2.3.4=critical,ASN1:NULL \
		'unhandled critical extension'
}

make_others() {
	extensions >ext
	issue user -subj /O=Cockroach/CN=admin
	reason user.crt "common name is 'admin', wanted 'node'"
	issue root -subj /O=Cockroach/CN=root
	reason root.crt "common name is 'root', wanted 'node'"
	issue organization -subj /O=Evil/CN=node
	reason organization.crt "organization is 'Evil'"
	issue two-names -subj /O=Cockroach/CN=node/CN=root
	reason two-names.crt 'not exactly one common name'
	issue sha1 -sha1
	reason sha1.crt 'less than 112 bits of security'
	issue md5 -md5
	reason md5.crt 'less than 112 bits of security'
	issue long -days 3650
	reason long.crt 'lifetime is 3650 days'
	issue zero -set_serial 0
	reason zero.crt 'serial number is not positive'
	issue negative -set_serial -5
	reason negative.crt 'serial number is not positive'
	issue twice -set_serial \
		"0x$(openssl x509 -in good/node1.node.crt -noout -serial |
			cut -d= -f2)"
	reason twice.crt 'its serial number'
	# where libfaketime works, it does so for all dates
	faketime '400 days ago' openssl x509 -req -in $REQUEST -CA corp.crt \
		-CAkey corp.key -days 300 -extfile ext \
		-out bad/expired.crt 2>openssl.log
	reason expired.crt 'expired at'
	faketime '+ 40 days' openssl x509 -req -in $REQUEST -CA corp.crt \
		-CAkey corp.key -days 300 -extfile ext \
		-out bad/early.crt 2>openssl.log
	reason early.crt 'not valid before'
	issue none
	: >ext
	issue version1
	reason version1.crt 'X.509 version 1, wanted 3'
	rm bad/none.crt
}

make_issuers() {
	local ca request
	extensions >ext
	foreign_ca stranger
	ca=stranger issue stranger
	reason stranger.crt "signed by '/O=Corp/CN=stranger', not by"
	foreign_ca fake /O=Corp/CN=corp
	ca=fake issue fake
	reason fake.crt 'the name of the CA in ca/, but another key'
	openssl x509 -req -in $REQUEST -extfile ext -days 30 \
		-key c/pending/hosts/node2/certs/node.key \
		-out bad/self.crt 2>openssl.log
	reason self.crt 'signed by its own key and not by the CA'
	# no CA may sign as one that is none
	cp good/node1.node.crt leaf.crt
	cp c/pending/hosts/node1/certs/node.key leaf.key
	ca=leaf issue leaf
	reason leaf.crt 'signed by'
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout strange.key -subj /O=Cockroach/CN=node \
		-out strange.csr 2>openssl.log
	request=strange.csr issue key
	reason key.crt "no request that waits is for its key, though one has the common name 'node'"
	openssl req -new -newkey rsa:1024 -nodes -keyout weak.key \
		-subj /O=Cockroach/CN=somebody -out weak.csr 2>openssl.log
	request=weak.csr issue weak
	reason weak.crt 'no request that waits is for its key'
}

make_files() {
	local good=good/node2.node.crt
	head -c 500 $good >bad/cut.pem
	reason cut.pem 'PEM block 1 is damaged or cut off'
	{
		cat corp.crt
		head -c 20 $good
	} >bad/cut-early.pem
	reason cut-early.pem 'PEM block 2 is damaged or cut off'
	sed '3s/./!/' $good >bad/letters.pem
	reason letters.pem 'PEM block 1 is damaged or cut off'
	{
		head -n 1 $good
		echo MAA=
		tail -n 1 $good
	} >bad/empty-sequence.pem
	reason empty-sequence.pem 'certificate 1 cannot be decoded'
	awk 'NR == FNR { text = text $0 "\n"; next }
		END { while (n++ < 13000) printf "%s", text }' \
		$good /dev/null >bad/large.pem
	reason large.pem 'more than 8 MiB'
	cat $good c/pending/hosts/node2/certs/node.key >bad/key.pem
	reason key.pem 'holds a private key'
	head -c 700 /dev/urandom >bad/noise.der
	reason noise.der 'neither PEM nor'
	{
		openssl x509 -in $good -outform DER
		echo more
	} >bad/more.der
	reason more.der 'something else behind'
	openssl x509 -in $good -outform DER | head -c 300 >bad/cut.der
	reason cut.der 'neither PEM nor'
	: >bad/empty.crt
	reason empty.crt empty
	openssl pkcs12 -export -passout pass:x -in $good \
		-inkey c/pending/hosts/node2/certs/node.key >bad/store.der
	reason store.der 'a PKCS#12 file'
	ln -s ../$good bad/link.crt
	reason link.crt 'a symbolic link'
	mkfifo bad/fifo.crt
	reason fifo.crt 'not a regular file'
}

make_all() {
	make_extensions
	make_others
	make_issuers
	make_files
}

@test "there are more than forty, and openssl made each of them" {
	[ "$(wc -l <"$BATS_FILE_TMPDIR/made")" -gt 40 ]
	assert_equal "$(cut -f 1 "$BATS_FILE_TMPDIR/made" | sort)" "$(ls bad)"
	openssl x509 -in bad/sha1.crt -noout -text | grep -F sha1WithRSAEncryption
	openssl x509 -in bad/version1.crt -noout -text | grep -F 'Version: 1'
}

@test "each is refused with its reason and its file, and nothing changes" {
	local file why
	# a serial number can only be taken when it is in use
	topocert import -q c.ini good/node1.node.crt || [ $? = 4 ]
	# the folder of the CA is there then, and no key but the others'
	snapshot c >before
	while IFS='	' read -r file why; do
		# found in a folder, which is where links are not followed
		mkdir in
		mv "bad/$file" in
		run topocert import c.ini in
		assert_status 1
		assert_output_has "topocert: in/$file"
		assert_output_has ': refused: '
		assert_output_has "$why"
		assert_output_has 'c: 0 certificates taken, 1 refused'
		rm -r in
		snapshot c >after
		diff before after
	done <"$BATS_FILE_TMPDIR/made"
}

@test "a first import of nothing but bad ones leaves all as it was" {
	rm bad/twice.crt
	snapshot c >before
	run topocert import c.ini bad
	assert_status 1
	assert_output_has "$(($(wc -l <"$BATS_FILE_TMPDIR/made") - 1)) refused"
	diff before <(snapshot c)
}

@test "the good ones beside them are taken" {
	cp good/* bad
	run topocert import c.ini bad
	assert_status 1
	assert_output_has 'c: 3 certificates taken, 3 bundles complete'
	assert_output_has "$(wc -l <"$BATS_FILE_TMPDIR/made") refused"
	run topocert verify c.ini
	assert_status 0
	openssl x509 -in good/node2.node.crt | cmp - c/hosts/node2/certs/node.crt
}

@test "of two good ones for one key the one that lasts longer is taken" {
	openssl x509 -req -in $REQUEST -CA corp.crt -copy_extensions copyall \
		-CAkey "$BATS_FILE_TMPDIR/corp.key" -days 310 -out b.crt \
		2>openssl.log
	run topocert import c.ini good b.crt
	assert_status 1
	assert_output_has 'another one for the same key lasts as long or longer: b.crt'
	openssl x509 -in b.crt | cmp - c/hosts/node2/certs/node.crt
}

@test "one that lasts longer for a key that has one is taken, others are not" {
	topocert import -q c.ini good
	run topocert csr c.ini
	assert_output_has 'nothing to request'
	for days in 200 320; do
		openssl x509 -req -in c/hosts/node2/conf/node.csr -CA corp.crt \
			-CAkey "$BATS_FILE_TMPDIR/corp.key" -days $days \
			-copy_extensions copyall -out $days.crt 2>openssl.log
	done
	run topocert import c.ini 200.crt
	assert_status 1
	assert_output_has 'the one that is there lasts as long or longer'
	run topocert import c.ini 320.crt
	assert_status 0
	openssl x509 -in 320.crt | cmp - c/hosts/node2/certs/node.crt
	run topocert verify c.ini
	assert_status 0
	topocert revoke -q c.ini node2
	openssl x509 -req -in c/hosts/node2/conf/node.csr -CA corp.crt \
		-CAkey "$BATS_FILE_TMPDIR/corp.key" -days 330 \
		-copy_extensions copyall -out 330.crt 2>openssl.log
	run topocert import c.ini 330.crt
	assert_status 1
	assert_output_has 'for the key of a certificate that was revoked'
}

@test "a name that would steer a terminal is shown, not obeyed" {
	mv bad/noise.der $'bad/\e[31mred\n.der'
	run topocert import c.ini bad/$'\e[31mred\n.der'
	assert_status 1
	assert_output_has 'bad/\x1b[31mred\x0a.der: refused'
	topocert import --json c.ini bad >import.json 2>/dev/null ||
		[ $? = 1 ]
	jq -e '.refused | map(.file) | index("bad/\u001b[31mred\n.der")' \
		import.json
}

@test "a file or folder that is not there, or may not be read" {
	run topocert import c.ini nothing good
	assert_status 1
	assert_output_has 'nothing: refused: No such file or directory'
	assert_output_has 'c: 3 certificates taken'
}
