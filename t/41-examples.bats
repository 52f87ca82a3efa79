#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the documents show works as it stands there.

load common
load manual

# fenced: what stands in the code blocks of the Markdown on standard input.
fenced() {
	awk '/^```/ { on = !on; next } on'
}

@test "the session of the README is as it is shown" {
	mkdir examples
	cp "$EXAMPLE" examples
	sed '/<!-- end/q; 1,/<!-- session/d' "$SRCDIR/README.md" |
		fenced >session.txt
	[ -s session.txt ]
	session <session.txt
	openssl crl -in crl.pem -noout -text | grep 'Serial Number'
}

@test "the topology of the README is the example" {
	sed '/^Make its/q; 1,/^The topology is/d' "$SRCDIR/README.md" |
		fenced | grep . | diff - <(grep '^[^;]' "$EXAMPLE")
}

@test "the paths that the README names exist" {
	local path
	grep -oE '\]\([a-zA-Z./-]+\)|`(\.?[a-z]+/[a-z.]*|[a-z.]+\.c)`' \
		"$SRCDIR/README.md" | tr -d '][()`' | sort -u >paths
	[ -s paths ]
	while read -r path; do
		case $path in
		build/ | prod-east/ | ca/*) ;;
		*.c) [ -e "$SRCDIR/src/$path" ] || return ;;
		*) [ -e "$SRCDIR/$path" ] || return ;;
		esac
	done <paths
}

@test "the examples of topocert(1) are as they are shown" {
	show topocert.1 shell first | session
	chmod 644 my-cluster/hosts/node1/certs/node.key
	show topocert.1 shell verify | session
	chmod 600 my-cluster/hosts/node1/certs/node.key
	sed -i 's/{2\.\.3}/{2..4}/; s/{12\.\.13}/{12..14}/' cluster.ini
	show topocert.1 shell add | session
	show topocert.1 shell list | session
	show topocert.1 shell revoke | session
	show topocert.1 shell rotate | session
	show topocert.1 shell uri | session
	show topocert.1 shell profiles | session
	eval "$(show topocert.1 shell cron)" >out
	[ ! -s out ]
	sed -i 's/\[user root\]/&\n[user new]/' cluster.ini
	eval "$(show topocert.1 shell cron)" >out
	assert_equal "$(cat out)" 'certificates: see plan'
	eval "$(show topocert.1 shell bundles)" >out
	assert_equal "$(cat out)" users/new.tar.gz
}

@test "the commands for the CA's folder in topocert(1) work" {
	local serial
	topocert generate --quiet "$EXAMPLE"
	serial=$(awk '/hosts\/node2\// { print $3 }' prod-east/ca/index.txt)
	eval "$(show topocert.1 shell ca | sed "s/SERIAL/$serial/")"
	eval "$(show topocert.1 shell crl)"
	cd ../..
	run -4 topocert plan "$EXAMPLE"
	assert_output_has 'hosts/node2/certs/node.crt  revoked'
	openssl crl -in prod-east/ca/crl.pem -noout -text | grep "$serial"
}

@test "the topologies of topocert.ini(5) work" {
	local name
	for name in cluster console balanced; do
		show topocert.ini.5 file "$name.ini" |
			sed 's/^\[cluster\]/&\nkey = ec:P-256/' >topology.ini
		topocert generate --quiet topology.ini
	done
	assert_equal "$(cd prod-west/hosts && echo */certs/ui.crt)" \
		'node1/certs/ui.crt node2/certs/ui.crt'
	openssl verify -CAfile balanced/ca/ca.crt \
		-verify_hostname db.example.com -purpose sslserver \
		balanced/hosts/lb1/certs/server.crt
}

@test "the templates of the guide in topocert-profile(5) work" {
	local name
	mkdir guide
	for name in guide/{node,client}.conf; do
		show topocert-profile.5 file "$name" >"./$name"
	done
	show topocert.ini.5 file cluster.ini >./cluster.ini
	eval "$(show topocert-profile.5 shell guide)"
	diff prod-east/users/root/conf/client.conf <(sed '
		s/{{organization}}/Cockroach/
		s/{{name}}/root/' guide/client.conf)
}
