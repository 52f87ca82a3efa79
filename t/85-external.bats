#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A cluster lives on with certificates that others sign.

load common
load external

setup_file() {
	signed_by_corp
	topocert import -q c.ini signed
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$BATS_FILE_TMPDIR"/{c.ini,corp.crt,corp.key,c} .
}

# signed_by CA: all requests that are out, and import.
signed_by() {
	sign_all "$1" signed
	topocert import -q c.ini signed
}

good() {
	run topocert verify c.ini
	assert_status 0
	run topocert plan c.ini
	assert_status 0
}

@test "renewal makes a request, and the old certificate goes on in its bundle" {
	openssl x509 -req -in c/hosts/node2/conf/node.csr -CA corp.crt \
		-CAkey corp.key -days 301 -copy_extensions copyall \
		-out longer.crt 2>openssl.log
	cp -r c before
	topocert csr -q --renew node2 c.ini
	run topocert plan c.ini
	assert_status 4
	assert_output_has 'wait     hosts/node2/certs/node.crt  requested by --renew'
	diff -r before/hosts c/hosts
	cmp before/ca/index.txt c/ca/index.txt
	run topocert generate c.ini
	assert_status 0
	diff -r before/hosts c/hosts
	signed_by corp
	run ! cmp -s before/hosts/node2/certs/node.key \
		c/hosts/node2/certs/node.key
	cmp before/hosts/node1.tar.gz c/hosts/node1.tar.gz
	good
	run topocert list c.ini
	assert_output_has replaced
}

@test "what expires soon asks for a request, at the last third where less was given" {
	topocert csr -q --renew node1 c.ini
	sign corp c/requests/node1.node.csr short.crt -days 30
	topocert import -q c.ini short.crt
	good
	later=$(date -u -d '+21 days' +%F)
	run topocert verify --at "$later" c.ini
	assert_status 4
	assert_output_has 'expires in 9 days, renew_before is 10: topocert csr'
	sed -i 's/^days.*/&\nrenew_before = 300/' c.ini
	good
	later=$(date -u -d '+205 days' +%F)
	run topocert verify --at "$later" c.ini
	assert_output_has 'node2/certs/node.crt: expires in 95 days, renew_before is 100'
}

@test "a topology that changes asks for a request" {
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	run topocert plan c.ini
	assert_status 4
	assert_output_has 'names changed: -IP 10.0.0.12 +IP 10.0.0.99'
	run topocert generate c.ini
	assert_status 0
	assert_output_has '1 certificate has to be signed by others: topocert csr'
	topocert csr -q c.ini
	signed_by corp
	openssl x509 -in c/hosts/node2/certs/node.crt -noout \
		-checkip 10.0.0.99 | grep -F 'does match'
	good
}

@test "a key that is lost asks for a request when the bundle has to be made" {
	rm -r c/hosts/node1 c/hosts/node1.tar.gz
	good
	foreign_ca other
	cp other.crt corp.crt
	topocert generate -q c.ini
	run topocert plan c.ini
	assert_output_has 'request  hosts/node1/certs/node.crt'
	# nothing of it is made before the certificate is there
	[ ! -e c/hosts/node1/certs/node.key ]
}

@test "another CA in cert_file: both are trusted until rotate ca finish" {
	foreign_ca other
	cp corp.crt former.crt
	cp other.crt corp.crt
	run topocert verify c.ini
	assert_status 4
	assert_output_has 'cert_file has another certificate: topocert generate'
	run topocert plan c.ini
	assert_status 4
	assert_output_has 'the CA "other" of corp.crt; the former one stays trusted'
	cp -r c before
	topocert generate -q c.ini
	cmp c/hosts/node1/certs/ca.crt <(cat other.crt former.crt)
	cmp before/hosts/node1/certs/node.crt c/hosts/node1/certs/node.crt
	cmp former.crt c/ca/old/1/ca.crt
	cmp before/ca/index.txt c/ca/old/1/index.txt
	diff -r before/ca/newcerts c/ca/old/1/newcerts
	[ ! -s c/ca/index.txt ]
	topocert csr -q c.ini
	signed_by other
	cmp c/hosts/node1/certs/ca.crt <(cat other.crt former.crt)
	openssl verify -CAfile other.crt c/hosts/node1/certs/node.crt
	run topocert verify c.ini
	assert_status 0
	# a third one has to wait
	foreign_ca third
	cp corp.crt second.crt
	cp third.crt corp.crt
	run topocert generate c.ini
	assert_status 1
	assert_output_has 'c.ini:8: cert_file = corp.crt: another CA'
	assert_output_has 'topocert rotate ca finish'
	cp second.crt corp.crt
	topocert rotate ca finish -q c.ini
	cmp c/hosts/node1/certs/ca.crt other.crt
	good
}

@test "finish is refused while a certificate of the former CA is in use" {
	foreign_ca other
	cp other.crt corp.crt
	topocert generate -q c.ini
	run topocert rotate ca finish c.ini
	assert_status 1
	assert_output_has 'hosts/node1/certs/node.crt: signed by the former CA'
}

@test "a new certificate for the same CA only replaces that" {
	cp corp.crt before.crt
	openssl req -x509 -key corp.key -out corp.crt -subj /O=Corp/CN=corp \
		-days 4000 -addext keyUsage=critical,keyCertSign,cRLSign
	cp -r c before
	topocert generate -q c.ini
	cmp c/hosts/node1/certs/ca.crt corp.crt
	cmp before/hosts/node1/certs/node.crt c/hosts/node1/certs/node.crt
	[ ! -e c/ca/old ]
	good
}

@test "our own CA gives way to another one in the same manner" {
	rm -r c
	cp c.ini external.ini
	sed '/^external/d; /^cert_file/d' external.ini >c.ini
	topocert generate -q c.ini
	key=$(sha256sum <c/ca/ca.key)
	cp c/ca/ca.crt own.crt
	cp external.ini c.ini
	topocert generate -q c.ini
	[ ! -e c/ca/ca.key ]
	assert_equal "$(sha256sum <c/ca/old/1/ca.key)" "$key"
	cmp c/hosts/node1/certs/ca.crt <(cat corp.crt own.crt)
	topocert csr -q c.ini
	signed_by corp
	topocert rotate ca finish -q c.ini
	good
	run topocert crl c.ini
	assert_status 0
	assert_output_has 'ca/old/1/crl.pem  number 01'
}

@test "where some CAs are ours, others not, each bundle waits for what it needs" {
	rm -r c
	{
		sed '/\[ca\]/,/cert_file/d; s/^days.*/&\nsplit_ca = yes/' c.ini
		printf '%s\n' '[ca]' 'key = ec:P-256' '[ca client]' \
			'external = yes' 'cert_file = corp.crt'
	} >mixed.ini
	mv mixed.ini c.ini
	run topocert generate c.ini
	assert_status 0
	assert_output_has 'topocert csr makes the requests'
	[ -e c/ca/ca.key ]
	[ ! -e c/hosts ]
	[ ! -s c/ca/index.txt ]
	topocert csr -q c.ini
	assert_equal "$(cd c/requests && echo ./*)" './node1.client.node.csr ./node2.client.node.csr ./root.client.root.csr'
	sign_all corp signed
	topocert import -q c.ini signed
	assert_equal "$(wc -l <c/ca/index.txt) $(wc -l <c/ca-client/index.txt)" \
		'2 3'
	openssl verify -CAfile c/ca/ca.crt c/hosts/node1/certs/node.crt
	openssl verify -CAfile corp.crt c/hosts/node1/certs/client.node.crt
	good
}

@test "revoke notes it, and says whom to tell; crl has no list to make" {
	run topocert revoke c.ini node2
	assert_status 0
	assert_output_has 'tell those who signed'
	assert_output_has 'topocert csr c.ini'
	run topocert plan c.ini
	assert_status 4
	assert_output_has 'request  hosts/node2/certs/node.crt  revoked'
	run topocert crl c.ini
	assert_status 1
	assert_output_has 'no key of it here: those who sign make it'
}

@test "rotate says what to do instead" {
	for stage in begin switch abort; do
		run topocert rotate ca $stage c.ini
		assert_status 1
		assert_output_has "c.ini:7: external = yes: cannot $stage"
		assert_output_has 'put the certificate of the next one into its cert_file'
	done
}

@test "who leaves is told of, and pruned" {
	sed -i '/node2/,/10.0.0.12/d' c.ini
	run topocert plan c.ini
	assert_output_has 'unwanted hosts/node2/certs/node.crt'
	topocert generate -q --prune c.ini
	[ ! -e c/hosts/node2 ]
	grep -P '^R\t.*hosts/node2' c/ca/index.txt
	good
}

@test "verify finds what happened to pending/" {
	topocert csr -q --renew node1 c.ini
	chmod 644 c/pending/hosts/node1/certs/node.key
	chmod 644 c/requests.tar.gz # it may be handed over
	run topocert verify c.ini
	assert_status 4
	assert_output_has 'pending/hosts/node1/certs/node.key: holds a key'
	run ! grep -F requests.tar.gz <<<"$output"
}

@test "an intermediate signs: hosts carry it, the root alone is trusted" {
	rm -r c
	sed -i 's/cockroachdb/etcd/; s/corp.crt/chain.crt/' c.ini
	for issuing in first second; do
		foreign_intermediate $issuing corp
		cat $issuing.crt corp.crt >chain.crt
		topocert generate -q c.ini
		topocert csr -q c.ini
		signed_by $issuing
		run topocert verify c.ini
		assert_status 0
		cmp c/hosts/node1/certs/ca.crt corp.crt
		file=c/hosts/node1/certs/server.crt
		openssl verify -CAfile corp.crt -untrusted $file $file
		cmp <(sed -n '/BEGIN/{n;p}' $file | sed 1d) \
			<(sed -n '/BEGIN/{n;p}' $issuing.crt)
	done
	topocert rotate ca finish -q c.ini
	good
}
