#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the bundles of mongodb and elasticsearch hold, seen by stock openssl:
# Debian has neither server.

load common
load refusal
load servers

# topology PROFILE ADDRESS: two hosts, alice, and ops.
topology() {
	printf '%s\n' '[cluster]' 'name = c' "profile = $1" \
		'domain = example.com' 'key = ec:P-256' \
		"directory = $PWD/$1/one/certs" '[ca]' 'key = ec:P-256' \
		'[host one]' "ip = $2, 127.0.0.1" '[host two]' \
		'[user alice]' "directory = $PWD/$1/alice/certs" '[user ops]'
	[ "$1" != elasticsearch ] || echo 'admin = yes'
}

setup_file() {
	local profile name
	have openssl curl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	topology mongodb 127.69.2.1 >mongodb.ini
	topology elasticsearch 127.69.2.2 >elasticsearch.ini
	for profile in mongodb elasticsearch; do
		topocert generate --quiet -o o $profile.ini
		for name in hosts/one hosts/two users/alice users/ops; do
			unpack o/$name.tar.gz $profile/${name#*/}
		done
		rm -r o
	done
	topocert generate --quiet -o stranger elasticsearch.ini
}

teardown_file() {
	stop_all
}

setup() {
	need openssl curl
	cd "$BATS_FILE_TMPDIR" || return
}

subject() {
	openssl x509 -noout -subject -nameopt RFC2253 -in "$1" |
		sed 's/^subject=//'
}

# usage FILE: the extended key usages.
usage() {
	openssl x509 -noout -ext extendedKeyUsage -in "$1" | sed '1d; s/^ *//'
}

both='TLS Web Server Authentication, TLS Web Client Authentication'

@test "mongodb: members share what users do not have" {
	cd mongodb
	assert_equal "$(subject one/certs/member.crt)" \
		CN=one,OU=members,O=MongoDB
	assert_equal "$(subject two/certs/member.crt)" \
		CN=two,OU=members,O=MongoDB
	assert_equal "$(subject alice/certs/client.crt)" \
		CN=alice,OU=users,O=MongoDB
	assert_equal "$(usage one/certs/member.crt)" "$both"
	assert_equal "$(usage alice/certs/client.crt)" \
		'TLS Web Client Authentication'
	openssl x509 -noout -checkhost one.example.com \
		-in one/certs/member.crt | grep 'does match certificate'
}

@test "mongodb: the file that CONFIG.txt names is key, then certificate" {
	local file
	cd mongodb
	file=$(part mongod.conf one/CONFIG.txt |
		sed -n 's/^ *certificateKeyFile: //p')
	assert_equal "$file" "$PWD/one/certs/member.pem"
	cat one/certs/member.key one/certs/member.crt | cmp - "$file"
	assert_equal "$(stat -c %a "$file")" 600
	file=$(part 'command line' alice/CONFIG.txt |
		sed -n 's/^--tlsCertificateKeyFile \(.*\) \\$/\1/p')
	cat alice/certs/client.key alice/certs/client.crt | cmp - "$file"
}

@test "mongodb: a user is created by the subject" {
	cd mongodb
	part 'create the user' alice/CONFIG.txt |
		grep -xF "  createUser: \"$(subject alice/certs/client.crt)\","
}

@test "mongodb: one file serves as key and certificate" {
	local file=$PWD/mongodb/one/certs/member.pem
	start mongodb openssl s_server -accept 127.69.2.1:27017 -www \
		-cert "$file" -key "$file" -Verify 1 -verify_return_error \
		-CAfile mongodb/one/certs/ca.crt
	until_ready mongodb grep -x ACCEPT mongodb.log
	cd mongodb
	run -0 curl -sS --noproxy '*' https://127.69.2.1:27017/ \
		--cacert alice/certs/ca.crt --cert alice/certs/client.pem
	assert_output_has 'OU=users, CN=alice'
}

@test "elasticsearch: nodes are nodes by a CA of their own" {
	cd elasticsearch/one/certs
	openssl verify -CAfile transport-ca.crt transport.crt
	openssl verify -CAfile http-ca.crt http.crt
	openssl verify -CAfile http-ca.crt ../../alice/certs/client.crt
	run -2 openssl verify -CAfile transport-ca.crt http.crt
	run -2 openssl verify -CAfile transport-ca.crt \
		../../alice/certs/client.crt
	[ ! -e ../../alice/certs/transport-ca.crt ]
	run ! cmp <(subject transport-ca.crt) <(subject http-ca.crt)
	assert_equal "$(usage transport.crt)" "$both"
	assert_equal "$(usage http.crt)" 'TLS Web Server Authentication'
	openssl x509 -noout -checkhost one.example.com -in transport.crt |
		grep 'does match certificate'
}

@test "elasticsearch: every file that CONFIG.txt names is there" {
	local count
	part elasticsearch.yml elasticsearch/one/CONFIG.txt |
		grep -o '/.*' >files
	part opensearch.yml elasticsearch/one/CONFIG.txt |
		sed -n "s|.*_filepath: |$PWD/elasticsearch/one/|p" >>files
	count=$(xargs ls <files | wc -l)
	assert_equal "$count" 12
	head -n 1 elasticsearch/one/certs/{http,transport}.key |
		grep -cx -- '-----BEGIN PRIVATE KEY-----' | grep -x 2
}

@test "elasticsearch: OpenSearch knows nodes and administrators by subject" {
	local name
	cd elasticsearch
	part opensearch.yml one/CONFIG.txt >yml
	for name in one two; do
		sed -n '/nodes_dn: \[/,/^]/p' yml |
			grep -F "\"$(subject $name/certs/transport.crt)\","
	done
	assert_equal "$(sed -n '/admin_dn: \[/,/^]/p' yml | sed '1d; $d')" \
		"  \"$(subject ops/certs/client.crt)\","
	assert_equal "$(subject ops/certs/client.crt)" \
		CN=ops,OU=admin,O=Elasticsearch
}

# as_alice [OPTION...]: as its CONFIG.txt has it.
as_alice() {
	curl -sS --noproxy '*' -K alice.conf https://127.69.2.2:9200/ "$@"
}

@test "elasticsearch: a user gets in by curl, others do not" {
	local other=$PWD/stranger/users/alice/certs
	cd elasticsearch/one/certs
	start http openssl s_server -accept 127.69.2.2:9200 -www \
		-cert http.crt -key http.key -CAfile http-ca.crt -Verify 1 \
		-verify_return_error
	until_ready http grep -x ACCEPT "$BATS_FILE_TMPDIR/http.log"
	part curl.conf ../../alice/CONFIG.txt >alice.conf
	run -0 as_alice
	assert_output_has 'O=Elasticsearch, CN=alice'
	run -60 as_alice --cacert "$other/http-ca.crt"
	refused http 'unable to get local issuer certificate' \
		as_alice --cert "$other/client.crt" --key "$other/client.key"
	sed -i /^cert/d alice.conf
	refused http 'peer did not return a certificate' as_alice
}
