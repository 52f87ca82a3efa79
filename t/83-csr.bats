#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Keys and requests for certificates that others sign.

load common
load external

NODE1=requests/node1.node.csr
NODE2=requests/node2.node.csr
ROOT=requests/root.client.root.csr

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	external_topology
}

# extensions REQUEST: the lines of those that it asks for.
extensions() {
	openssl req -in "$1" -noout -text |
		sed -n '/Requested Extensions/,/Signature Algorithm/{//d;s/^ *//;p}'
}

@test "a request says what its certificate should: names, usages, no CA" {
	topocert csr -q c.ini
	assert_equal "$(extensions c/$NODE1)" 'X509v3 Subject Alternative Name: 
DNS:node1, IP Address:10.0.0.11, IP Address:127.0.0.1
X509v3 Basic Constraints: critical
CA:FALSE
X509v3 Key Usage: critical
Digital Signature
X509v3 Extended Key Usage: 
TLS Web Server Authentication, TLS Web Client Authentication'
	assert_equal "$(extensions c/$ROOT | tail -n 2)" \
		'X509v3 Extended Key Usage: 
TLS Web Client Authentication'
	assert_equal "$(openssl req -in c/$ROOT -noout -subject)" \
		'subject=O = Cockroach, CN = root'
	openssl req -in c/$NODE2 -noout -verify
}

@test "the key of each lies in pending/ beside its request, for nobody else to read" {
	topocert csr -q c.ini
	assert_equal "$(find c/pending -type f -printf '%m %P\n' | sort)" \
		'600 hosts/node1/certs/node.conf
600 hosts/node1/certs/node.csr
600 hosts/node1/certs/node.key
600 hosts/node2/certs/node.conf
600 hosts/node2/certs/node.csr
600 hosts/node2/certs/node.key
600 users/root/certs/client.conf
600 users/root/certs/client.csr
600 users/root/certs/client.key'
	[ -z "$(find c -type d ! -perm 700)" ]
	cmp c/pending/hosts/node1/certs/node.csr c/$NODE1
	assert_equal "$(key_of c/pending/hosts/node1/certs/node.key)" \
		"$(key_of c/$NODE1)"
}

@test "stock openssl req makes the same request from conf and key" {
	printf '%s\n' '[user ed]' 'key = ed25519' >>c.ini
	topocert csr -q c.ini
	cd c/pending/users/ed/certs
	openssl req -new -batch -config client.conf -key client.key -out again
	cmp client.csr again
}

@test "requests.tar.gz holds all requests and no key" {
	topocert csr -q c.ini
	tar -xzf c/requests.tar.gz
	diff -r requests c/requests
	assert_equal "$(ls requests)" "${NODE1#*/}
${NODE2#*/}
${ROOT#*/}"
	run ! grep -r 'PRIVATE KEY' requests
}

@test "a second run changes nothing" {
	topocert csr -q c.ini
	snapshot c >before
	run topocert csr c.ini
	assert_status 0
	assert_output_has '3 requests to be signed, 0 of them new'
	diff before <(snapshot c)
}

@test "what the topology asks for by now replaces a request, and nothing else" {
	topocert csr -q c.ini
	cp -r c/requests before
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	run topocert plan c.ini
	assert_status 4
	assert_output_has 'outdated: names changed: -IP 10.0.0.12 +IP 10.0.0.99'
	topocert csr -q c.ini
	cmp before/node1.node.csr c/$NODE1
	extensions c/$NODE2 | grep -F 10.0.0.99
	[ "$(key_of before/node2.node.csr)" != "$(key_of c/$NODE2)" ]
	tar -xOzf c/requests.tar.gz $NODE2 | cmp - c/$NODE2
}

@test "--only makes those alone, --renew makes another for one that waits" {
	topocert csr -q --only node1 root c.ini
	assert_equal "$(cd c/requests && echo ./*)" \
		'./node1.node.csr ./root.client.root.csr'
	cp c/$NODE1 node1.before
	cp c/$ROOT root.before
	topocert csr -q --only node2 c.ini
	cmp c/$NODE1 node1.before
	topocert csr -q --renew node1 c.ini
	run ! cmp -s c/$NODE1 node1.before
	cmp c/$ROOT root.before
	run topocert csr --only node9 c.ini
	assert_status 3
	assert_output_has 'no host or user of the topology has this name'
}

@test "with reuse_key another request is for the same key" {
	sed -i 's/^key = .*/&\nreuse_key = yes/' c.ini
	topocert csr -q c.ini
	cp c/$NODE2 before
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	topocert csr -q c.ini
	run ! cmp -s before c/$NODE2
	assert_equal "$(key_of before)" "$(key_of c/$NODE2)"
}

@test "who leaves the topology has no request any more, nor a key" {
	topocert csr -q c.ini
	sed -i '/node2/,/10.0.0.12/d' c.ini
	topocert csr -q c.ini
	[ ! -e c/$NODE2 ]
	[ ! -e c/pending/hosts/node2 ]
	assert_equal "$(tar -tzf c/requests.tar.gz | wc -l)" 3
}

@test "a request whose key is gone or another is made anew" {
	topocert csr -q c.ini
	cp c/$NODE1 c/$NODE2 .
	rm c/pending/hosts/node1/certs/node.key
	cp c/pending/users/root/certs/client.key \
		c/pending/hosts/node2/certs/node.key
	topocert csr -q c.ini
	run ! cmp -s node1.node.csr c/$NODE1
	run ! cmp -s node2.node.csr c/$NODE2
	assert_equal "$(key_of c/pending/hosts/node2/certs/node.key)" \
		"$(key_of c/$NODE2)"
}

@test "a host and a user of one name have requests of different names" {
	printf '%s\n' '[cluster]' 'name = c' 'profile = generic' \
		'key = ec:P-256' '[ca]' 'external = yes' '[host a]' \
		'[user a]' '[user b]' >c.ini
	topocert csr -q c.ini
	assert_equal "$(find c/requests -type f | wc -l)" \
		"$(find c/pending -name '*.csr' | wc -l)"
}

@test "plan, generate and verify say what is to be done, before and after" {
	run topocert plan c.ini
	assert_status 4
	assert_output_has '3 certificates have to be signed by others: topocert csr'
	topocert csr -q c.ini
	run topocert plan c.ini
	assert_status 4
	assert_output_has '3 certificates wait for topocert import'
	run topocert generate c.ini
	assert_status 0
	assert_output_has '3 certificates wait for topocert import'
	[ ! -e c/hosts ]
	run topocert verify c.ini
	assert_status 4
	assert_output_has 'node.crt: not signed yet: topocert import takes'
}

@test "--json has every request with its key, and what was made" {
	topocert csr -q --only node1 c.ini
	topocert csr --json c.ini >csr.json
	assert_equal "$(jq -c '[.command, .made, .archive]' csr.json)" \
		'["csr",2,"requests.tar.gz"]'
	jq -r '.requests[] | [.path, .made, .reason] | @tsv' csr.json >list
	assert_equal "$(<list)" "hosts/node1/certs/node.crt	false	new
hosts/node2/certs/node.crt	true	new
users/root/certs/client.root.crt	true	new"
	jq -r '.requests[] | .request, .key' csr.json | (cd c && xargs ls)
}

@test "without external = yes there is nothing to request" {
	small_topology
	run topocert csr c.ini
	assert_status 0
	assert_output_has 'no CA of the topology has external = yes'
	[ -z "$(find c -type f 2>/dev/null)" ]
}

@test "a cert_file that is no chain of CAs is an error of the topology" {
	foreign_ca corp
	foreign_ca other
	topocert csr -q c.ini
	sign corp c/$NODE1 leaf.crt
	for file in 'cat other.crt corp.crt' 'cat leaf.crt' 'echo x' \
		'cat corp.key' 'head -c 300 corp.crt'; do
		$file >chain
		sed -i 's/^cert_file.*/cert_file = chain/' c.ini
		run topocert csr c.ini
		assert_status 3
		assert_output_has 'c.ini:8: cert_file = chain: '
	done
}
