#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Java's TLS runs on the stores of the profile kafka, with the properties of
# CONFIG.txt: PKCS#12 of today, PKCS#12 for an old Java, and PEM.

load common
load refusal
load servers

write_topology() {
	cat <<-END
		[cluster]
		name = c
		profile = kafka
		key = ec:P-256
		[ca]
		key = ec:P-256
		[host modern]
		ip = 127.68.0.1
		directory = $PWD/modern/certs
		[host old]
		ip = 127.68.0.2
		directory = $PWD/old/certs
		java8 = yes
		[host pem]
		ip = 127.68.0.3
		directory = $PWD/pem/certs
		pem = yes
		[user alice]
		[user bob]
		java8 = yes
		[user carol]
		pem = yes
	END
}

# peer COMMAND...: in a shell of its own, whose place it takes.
peer() {
	exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$classes" \
		TlsPeer "$@"
}

# broker NAME ADDRESS
broker() {
	unpack "o/hosts/$1.tar.gz" "$1"
	part server.properties "$1/CONFIG.txt" >"$1/server.properties"
	start "$1" peer server "$1/server.properties"
	until_ready "$1" grep -x ready "$1.log"
}

# client NAME BUNDLE
client() {
	unpack "$2" "$1"
	part client.properties "$1/CONFIG.txt" >"$1/client.properties"
}

# ask CLIENT NAME [ADDRESS]
ask() (
	cd "$BATS_FILE_TMPDIR/$1" && peer client client.properties "${@:2}"
)

setup_file() {
	local name
	have java javac kcat || return 0
	cd "$BATS_FILE_TMPDIR" || return
	classes=$PWD/classes
	javac -d classes "$SRCDIR/t/java/TlsPeer.java"
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	broker modern
	broker old
	broker pem
	for name in alice bob carol; do
		client $name o/users/$name.tar.gz
	done
	client stranger-alice stranger/users/alice.tar.gz
}

teardown_file() {
	stop_all
}

setup() {
	need java javac kcat
	cd "$BATS_FILE_TMPDIR" || return
	classes=$PWD/classes
}

@test "Java clients with each kind of store get in to each kind of server" {
	local name address
	for address in 127.68.0.1 127.68.0.2 127.68.0.3; do
		for name in alice bob carol; do
			run -0 ask $name $address
			assert_equal "$output" "you are CN=$name,O=Kafka"
		done
	done
}

@test "the names in CONFIG.txt are those that Java sees" {
	local id
	run -0 ask alice 127.68.0.1
	id=${output#you are }
	grep -xF "#   User:$id" alice/CONFIG.txt
	grep -xF "#   ;User:$id" modern/CONFIG.txt
	echo "bootstrap.servers=127.68.0.1:9093" >>pem/server.properties
	run -0 peer client pem/server.properties 127.68.0.1
	grep -xF "User:${output#you are }" modern/server.properties
}

@test "a client refuses a server under a name that is not its own" {
	refused modern 'Received fatal alert: certificate_unknown' \
		ask alice 127.68.0.2 127.68.0.1
	grep 'No subject alternative names matching IP address 127.68.0.2' \
		refused.out
}

@test "a client of another CA is refused" {
	cp -r stranger-alice trusting
	cp alice/certs/ca.crt trusting/certs
	sed -i 's/^ssl.truststore.type=.*/ssl.truststore.type=PEM/
		s/^ssl.truststore.location=.*/ssl.truststore.location=certs\/ca.crt/
		/^ssl.truststore.password/d' trusting/client.properties
	refused modern 'PKIX path validation failed' \
		ask trusting 127.68.0.1
}

@test "a client without a certificate is refused" {
	cp -r alice bare
	sed -i '/keystore\|key.password/d' bare/client.properties
	refused modern 'Empty client certificate chain' \
		ask bare 127.68.0.1
}

@test "a client refuses a server of another CA" {
	refused modern 'Received fatal alert: certificate_unknown' \
		ask stranger-alice 127.68.0.1
	grep 'Path does not chain with any of the trust anchors' refused.out
}

@test "kcat presents the certificate of the user" {
	local before
	before=$(grep -cx 'accepted CN=alice,O=Kafka' modern.log)
	part kcat.conf alice/CONFIG.txt >alice/kcat.conf
	sed -i 's/,127[^,]*//g' alice/kcat.conf
	cd alice
	# it then wants to talk Kafka
	run -1 timeout 20 kcat -F kcat.conf -L -m 3
	[[ $output != *"SSL handshake failed"* ]]
	[ "$(grep -cx 'accepted CN=alice,O=Kafka' ../modern.log)" -gt \
		"$before" ]
}
