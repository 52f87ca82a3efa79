#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates that others signed come back, whatever they are packed in.

load common
load external

setup_file() {
	signed_by_corp
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$BATS_FILE_TMPDIR"/{c.ini,corp.crt,corp.key,c,signed} .
}

# complete: all is there, and as it should be.
complete() {
	local name
	expect_plan 0 'nothing to do, 3 certificates to keep'
	run topocert verify c.ini
	assert_status 0
	for name in hosts/node1/certs/node hosts/node2/certs/node \
		users/root/certs/client.root; do
		assert_equal "$(key_of c/$name.crt)" "$(key_of c/$name.key)"
		openssl verify -x509_strict -CAfile "c/${name%/*}/ca.crt" \
			c/$name.crt
	done
	cmp c/hosts/node1/certs/ca.crt c/ca/ca.crt
	[ ! -e c/pending ]
	[ ! -e c/requests ]
	[ ! -e c/requests.tar.gz ]
}

# expect_plan STATUS TEXT
expect_plan() {
	run topocert plan c.ini
	assert_status "$1"
	assert_output_has "$2"
}

@test "signed certificates complete the bundles" {
	run topocert import c.ini signed
	assert_status 0
	assert_output_has 'c: 3 certificates taken, 3 bundles complete'
	complete
	tar -tzf c/hosts/node1.tar.gz | grep -x certs/node.key
	cmp c/hosts/node1/certs/node.crt \
		<(openssl x509 -in signed/node1.node.crt)
}

@test "in any order, under any name, in several runs" {
	mv signed/node1.node.crt a
	mv signed/node2.node.crt 'b c.txt'
	run topocert import c.ini signed 'b c.txt'
	assert_status 4
	assert_output_has '1 still missing:'
	assert_output_has 'hosts/node1/certs/node.crt  new; its request is out'
	[ ! -e c/hosts/node1 ]
	[ -e c/hosts/node2.tar.gz ]
	assert_equal "$(ls c/requests)" node1.node.csr
	run topocert import c.ini a
	assert_status 0
	complete
}

@test "DER, PKCS#7 in PEM and DER, many in a file, with the chain and text between" {
	openssl x509 -in signed/node1.node.crt -outform DER -out one.der
	openssl crl2pkcs7 -nocrl -certfile signed/node2.node.crt \
		-certfile corp.crt -out two.p7b
	openssl crl2pkcs7 -nocrl -certfile signed/root.client.root.crt \
		-outform DER -out three.p7c
	for files in 'one.der two.p7b three.p7c' 'all.pem' 'crlf.pem' \
		'all.der'; do
		{
			openssl x509 -in corp.crt -text
			echo 'Bag Attributes'
			cat signed/root.client.root.crt signed/node1.node.crt
			openssl x509 -trustout -in signed/node2.node.crt
		} >all.pem
		sed 's/$/\r/' all.pem >crlf.pem
		for file in signed/*.crt; do
			openssl x509 -in "$file" -outform DER
		done >all.der
		rm -rf c
		cp -r "$BATS_FILE_TMPDIR/c" .
		# shellcheck disable=SC2086 # several files
		run topocert import c.ini $files
		assert_status 0
		complete
	done
}

@test "a PKCS#7 file that calls itself a certificate is one" {
	openssl crl2pkcs7 -nocrl -certfile signed/node1.node.crt |
		sed 's/PKCS7/CERTIFICATE/' >x.pem
	run topocert import c.ini x.pem
	assert_status 4
	assert_output_has 'c: 1 certificate taken'
}

@test "the record is the CA's own database, without a key of it" {
	topocert import -q c.ini signed
	[ ! -e c/ca/ca.key ]
	cmp c/ca/ca.crt corp.crt
	cut -f 1,5 c/ca/index.txt | sort >rows
	assert_equal "$(<rows)" "V	hosts/node1/certs/node.crt
V	hosts/node2/certs/node.crt
V	users/root/certs/client.root.crt"
	for file in signed/*; do
		serial=$(openssl x509 -in "$file" -noout -serial)
		cmp "c/ca/newcerts/${serial#*=}.pem" <(openssl x509 -in "$file")
	done
	cd c/ca
	cp "$BATS_FILE_TMPDIR/corp.key" .
	openssl ca -config ca.conf -keyfile corp.key -gencrl -out crl.pem
}

@test "what is here already is no fault, and changes nothing" {
	topocert import -q c.ini signed
	snapshot c >before
	run topocert import c.ini signed signed/node1.node.crt
	assert_status 0
	assert_output_has 'c: 0 certificates taken, 4 here already'
	diff before <(snapshot c)
}

@test "files of a folder that hold no certificate are passed over" {
	mkdir signed/more
	mv signed/node1.node.crt signed/more
	cp c/requests/node1.node.csr corp.key signed/more
	openssl ecparam -name P-256 >signed/parameters.pem
	echo hello >signed/README
	topocert import --json c.ini signed >import.json
	assert_equal "$(jq -c '[.refused, .ignored]' import.json)" \
		'[[],["signed/more/corp.key","signed/more/node1.node.csr","signed/README","signed/parameters.pem"]]'
	complete
}

@test "--json has what was taken, is missing, was refused" {
	sign corp c/requests/node2.node.csr bad.crt -days 3000
	rm signed/node2.node.crt
	run -1 --separate-stderr topocert import --json c.ini signed bad.crt
	jq -c '[.command, (.taken | map(.path)), .bundles, .known,
		(.refused | map(.file, .number)),
		(.missing | map(.path, .action))]' <<<"$output" >is
	assert_equal "$(<is)" "$(jq -c . <<-'END'
		["import", ["hosts/node1/certs/node.crt",
			"users/root/certs/client.root.crt"],
		["hosts/node1.tar.gz", "users/root.tar.gz"], 0,
		["bad.crt", 1], ["hosts/node2/certs/node.crt", "wait"]]
	END
	)"
	# shellcheck disable=SC2154 # stderr is of run
	[[ $stderr = *'bad.crt (/O=Cockroach/CN=node): refused: lifetime is'* ]]
}

@test "an intermediate that comes along is the CA that signs, and goes into ca.crt" {
	foreign_intermediate issuing corp
	sign_all issuing below
	run topocert import c.ini below
	assert_status 1
	assert_output_has "signed by '/O=Corp/CN=issuing', not by '/O=Corp/CN=corp'"
	run topocert import c.ini below issuing.crt
	assert_status 0
	expect_plan 0 'nothing to do'
	cmp c/ca/ca.crt <(cat issuing.crt corp.crt)
	# the same by cert_file, later
	cat issuing.crt corp.crt >chain.crt
	sed -i 's/corp.crt/chain.crt/' c.ini
	expect_plan 0 'nothing to do'
}

@test "a longer chain in cert_file, its certificate first" {
	foreign_intermediate issuing corp
	cat issuing.crt corp.crt >chain.crt
	sed -i 's/corp.crt/chain.crt/' c.ini
	sign_all issuing below
	run topocert import c.ini below
	assert_status 0
	expect_plan 0 'nothing to do'
	cmp c/ca/ca.crt chain.crt
}

@test "cert_file may be missing until then, not longer" {
	rm -r corp.crt c
	sed -i /cert_file/d c.ini
	topocert csr -q c.ini
	cp "$BATS_FILE_TMPDIR/corp.crt" .
	sign_all corp signed
	rm corp.crt
	run topocert import c.ini signed
	assert_status 1
	assert_output_has "nothing is known of the CA that signed it ('/O=Corp/CN=corp')"
	cp "$BATS_FILE_TMPDIR"/{c.ini,corp.crt} .
	topocert import -q c.ini signed
	complete
}

@test "a CA that has its own way: other key usages, addresses, more of a subject" {
	sed 's/$//' >ext <<-'END'
		basicConstraints = CA:FALSE
		keyUsage = digitalSignature, keyEncipherment, nonRepudiation
		extendedKeyUsage = clientAuth, serverAuth
		subjectAltName = IP:127.0.0.1, IP:10.0.0.11, DNS:node1
		crlDistributionPoints = URI:http://corp/crl
		certificatePolicies = 1.2.3.4
	END
	openssl x509 -req -in c/requests/node1.node.csr -CA corp.crt \
		-CAkey corp.key -days 300 -extfile ext -out own.crt \
		-subj '/C=DE/O=Cockroach/CN=node' 2>openssl.log
	rm signed/node1*
	run topocert import c.ini signed own.crt
	assert_status 0
	assert_output_has 'its subject has more than was asked for: /C=DE'
	expect_plan 0 'nothing to do'
	run topocert verify c.ini
	assert_status 0
}

@test "a lifetime that is not what was meant is taken up to a point, and said" {
	sign corp c/requests/node1.node.csr a.crt -days 800
	sign corp c/requests/node2.node.csr b.crt -days 9
	run topocert import c.ini a.crt b.crt signed/root*
	assert_status 0
	assert_output_has 'valid for 800 days, and the topology has days = 365'
	# the last third of it is when it has to be renewed
	expect_plan 0 'nothing to do'
	run topocert list --warn 1d --crit 1d c.ini
	assert_status 0
	sed -i 's/^days = .*/days = 500/' c.ini
	topocert generate -q c.ini
	expect_plan 0 'nothing to do'
}

@test "usage: a topology and what to import" {
	run topocert import c.ini
	assert_status 2
	small_topology
	run topocert import -o x c.ini signed
	assert_status 1
	assert_output_has 'c.ini: no [ca] with external = yes'
	[ ! -e x ]
}

@test "a bundle of two certificates waits for both, and its keys with it" {
	printf '%s\n' '[cluster]' 'name = c' 'profile = etcd' \
		'key = ec:P-256' 'days = 365' '[ca]' 'external = yes' \
		'cert_file = corp.crt' '[host e1]' 'ip = 10.0.0.1' >c.ini
	rm -r c signed
	topocert csr -q c.ini
	sign_all corp signed
	run topocert import c.ini signed/*server*
	assert_status 4
	assert_output_has 'c: 1 certificate taken, 0 bundles complete'
	[ ! -e c/hosts/e1.tar.gz ]
	assert_equal "$(ls c/requests)" e1.peer.csr
	cmp <(key_of c/pending/hosts/e1/certs/server.key) \
		<(key_of signed/e1.server.crt)
	# no other run takes that away
	topocert generate -q c.ini
	topocert csr -q c.ini
	run topocert import c.ini signed
	assert_status 0
	assert_output_has 'c: 1 certificate taken, 1 bundle complete, 1 here already'
	for name in server peer; do
		cmp <(key_of c/hosts/e1/certs/$name.key) \
			<(key_of signed/e1.$name.crt)
	done
	[ ! -e c/pending ]
	run topocert verify c.ini
	assert_status 0
}
