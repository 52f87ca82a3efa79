#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Name constraints: what they do not cover is refused here, and by stock openssl
# and GnuTLS where somebody signs it all the same.

load common
load tree

# limited CONSTRAINTS [LINE...]
limited() {
	small_topology "${@:2}"
	sed -i "s|^\[ca\]|&\nname_constraints = $1|
		s|^\[cluster\]|&\ndomain = db.example.com|" c.ini
}

# permitted FILE: what its name constraints are, in one line.
permitted() {
	openssl x509 -in "$1" -noout -ext nameConstraints | sed 1d | xargs
}

# sign NAME SAN: a certificate of the CA in c/ for whatever is asked, by stock
# openssl ca.
sign() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.csr" -subj "/O=Cockroach/CN=node" \
		-addext "subjectAltName = $2" 2>/dev/null
	(cd c/ca && openssl ca -batch -notext -config ca.conf -days 5 \
		-extensions signing_node_req -in "../../$1.csr" \
		-out "../../$1.crt" 2>/dev/null)
}

# judge NAME: by openssl, and by GnuTLS; both have to agree.
judge() {
	local ours=0 theirs=0
	openssl verify -CAfile c/ca/ca.crt "$1.crt" >ours 2>&1 || ours=$?
	certtool --verify --load-ca-certificate c/ca/ca.crt --infile "$1.crt" \
		>theirs 2>&1 || theirs=$?
	assert_equal "$((ours != 0))" "$((theirs != 0))"
	return "$((ours != 0))"
}

@test "those of the topology are its names, its addresses and its domain" {
	local names
	limited topology '[user first.last]' '[host n4.db.example.com]' \
		'dns = *.other.org, localhost' 'ip = fd00::4'
	topocert generate --quiet c.ini
	names='Permitted: DNS:db.example.com DNS:first.last DNS:localhost'
	names+=' DNS:node1 DNS:node2 DNS:other.org'
	names+=' IP:10.0.0.11/255.255.255.255 IP:10.0.0.12/255.255.255.255'
	names+=' IP:127.0.0.1/255.255.255.255'
	names+=' IP:FD00:0:0:0:0:0:0:4/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF'
	assert_equal "$(permitted c/ca/ca.crt)" "$names"
	openssl x509 -in c/ca/ca.crt -noout -text |
		grep 'Name Constraints: critical'
	openssl verify -x509_strict -CAfile c/ca/ca.crt \
		c/hosts/*/certs/node.crt c/users/*/certs/client.*.crt
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
}

@test "without addresses, none is permitted" {
	limited topology
	sed -i '/^ip/d' c.ini
	topocert generate --quiet c.ini
	assert_equal "$(permitted c/ca/ca.crt)" \
		"Permitted: DNS:db.example.com DNS:node1 DNS:node2 Excluded: IP:0.0.0.0/0.0.0.0 IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"
	sign address 'DNS:node1,IP:10.0.0.11'
	run ! judge address
}

@test "a list says what is permitted" {
	limited 'DNS:db.example.com, DNS:node1, dns:node2, IP:10.0.0.0/24, ip:127.0.0.1, IP:fd00::/8, email:example.com, URI:.example.com'
	topocert generate --quiet c.ini
	assert_equal "$(permitted c/ca/ca.crt)" \
		'Permitted: DNS:db.example.com DNS:node1 DNS:node2 IP:10.0.0.0/255.255.255.0 IP:127.0.0.1/255.255.255.255 IP:FD00:0:0:0:0:0:0:0/FF00:0:0:0:0:0:0:0 URI:.example.com email:example.com'
	sign good 'DNS:x.db.example.com,IP:10.0.0.99,IP:fd00::1'
	judge good
	sign name 'DNS:evil.example.org'
	run ! judge name
	sign address 'IP:10.0.1.1'
	run ! judge address
	sign address6 'IP:fe80::1'
	run ! judge address6
}

@test "what is outside is refused before anything is signed" {
	limited topology
	topocert generate --quiet c.ini
	snapshot c >before
	cp c.ini c0.ini
	printf '%s\n' '[host node3]' 'ip = 10.0.0.13' >>c.ini
	for command in plan generate; do
		run -3 topocert "$command" c.ini
		assert_output_has 'c.ini:14: host node3: DNS node3 is outside of the name constraints of the CA in ca/: wanted another name, or a new CA: topocert rotate ca begin'
	done
	sed -i 's/host node3/host node3.db.example.com/' c.ini
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:15: host node3.db.example.com: IP 10.0.0.13 is outside'
	snapshot c | diff before -
	sed 's/10.0.0.11/10.0.9.11/' c0.ini >c.ini
	run -3 topocert plan c.ini
	assert_output_has 'host node1: IP 10.0.9.11 is outside'
	{ cat c0.ini; echo '[user a.b]'; } >c.ini
	run -3 topocert plan c.ini
	assert_output_has 'user a.b: common name a.b is outside'
	{ cat c0.ini; echo '[user ab]'; } >c.ini
	run -4 topocert plan c.ini
}

@test "so it is where the CA is yet to be made" {
	limited 'DNS:db.example.com, IP:10.0.0.0/29'
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:9: host node1: DNS node1 is outside of the name_constraints of [ca]: wanted another name, or a longer list'
	[ ! -e c ]
}

@test "a rotation makes a CA for the names there are now" {
	limited topology
	topocert generate --quiet c.ini
	printf '%s\n' '[host node3]' 'ip = 10.0.0.13' >>c.ini
	run -0 topocert rotate ca begin c.ini
	assert_output_has 'warning: the CA in ca/ has name constraints against certificate node: what is to be issued waits for topocert rotate ca switch'
	[ ! -e c/hosts/node3 ]
	topocert rotate ca switch --quiet c.ini
	run -0 topocert plan c.ini
	openssl verify -CAfile c/ca/ca.crt c/hosts/node3/certs/node.crt
}

@test "a CA below another one may have them, and both count" {
	local file
	limited 'DNS:db.example.com, DNS:node1, DNS:node2, IP:10.0.0.0/16, IP:127.0.0.1'
	sed -i 's/^\[ca\]/[ca root]/
		/^\[host node1\]/i [ca issuing]\nkey = ec:P-256\nissuer = root\nname_constraints = topology' c.ini
	topocert generate --quiet c.ini
	openssl x509 -in c/ca-root/ca.crt -noout -text | grep 'IP:10.0.0.0/255.255.0.0'
	assert_equal "$(permitted c/ca-issuing/ca.crt | grep -o 'IP:[^ ]*' | head -1)" \
		IP:10.0.0.11/255.255.255.255
	for file in c/hosts/*/certs/node.crt; do
		openssl verify -x509_strict -CAfile c/ca-root/ca.crt \
			-untrusted "$file" "$file"
		certtool --verify --load-ca-certificate c/ca-root/ca.crt \
			--infile "$file"
	done
	sed -i '/^name_constraints = topology/d; s/10.0.0.11/10.1.0.11/' c.ini
	rm -r c
	run -3 topocert generate c.ini
	assert_output_has 'host node1: IP 10.1.0.11 is outside'
}

@test "a list that is none is refused" {
	local item
	for item in db.example.com DNS: 'DNS:*.example.com' IP:10.0.0.1/24 \
		IP:10.0.0.0/33 IP:fd00::/129 IP:node1 IP:10.0.0.0/ 'DNS:a b' \
		'IP:10.0.0.0/255.0.0.0' 'dirName:x' 'email:a@b@c' Topology; do
		limited "$item"
		run -3 topocert plan c.ini
		assert_output_has "name_constraints = $item: "
	done
}

@test "a template without the placeholder does not pass" {
	mkdir mine
	grep -v name_constraints "$SRCDIR/templates/ca.conf" >mine/ca.conf
	limited topology
	run -1 topocert generate --templates mine c.ini
	assert_output_has 'wanted {{name_constraints}} in the section of its extensions'
	[ ! -e c ]
}
