#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three real ZooKeeper servers run on the bundles as CONFIG.txt says, and let
# in whom they should: clients on port 2281, each other on 2888 and 3888.

load common
load refusal
load servers

ZKCLI=/usr/share/zookeeper/bin/zkCli.sh
JARS=/usr/share/java

# Calls on the loopback net come from 127.0.0.1, whomever they are for.
write_topology() {
	local number
	printf '%s\n' '[cluster]' 'name = c' 'profile = zookeeper' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' '[user app]' \
		'[user other]'
	for number in 1 2 3; do
		printf '%s\n' "[host zk$number]" \
			"ip = 127.67.0.$number, 127.0.0.1" \
			"directory = $PWD/zk$number/certs"
	done
}

# class_path FILE: Debian's, with what CONFIG.txt adds, and a log to stderr.
class_path() (
	CLASSPATH=$JARS/zookeeper.jar
	# shellcheck source=/dev/null
	. <(part 'environment (Debian)' "$1")
	echo "$CLASSPATH:$JARS/slf4j-simple.jar"
)

# A JVM that starts fast and is small.
java_options() {
	echo -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
		-cp "$(class_path "$1")"
}

# server NUMBER: with the lines of its CONFIG.txt. We add where the data is,
# that this is server NUMBER, and no web server.
server() {
	local name=zk$1 options
	unpack "o/hosts/$name.tar.gz" "$name"
	mkdir "$name/data"
	echo "$1" >"$name/data/myid"
	part zoo.cfg "$name/CONFIG.txt" >"$name/zoo.cfg"
	printf '%s\n' "dataDir=$PWD/$name/data" tickTime=500 initLimit=20 \
		syncLimit=10 admin.enableServer=false >>"$name/zoo.cfg"
	read -ra options < <(java_options "$name/CONFIG.txt")
	start "$name" java "${options[@]}" \
		org.apache.zookeeper.server.quorum.QuorumPeerMain \
		"$PWD/$name/zoo.cfg"
}

# zkcli SECONDS USER ADDRESS COMMAND...: by the client.properties of USER. It
# tries for ever to get in.
zkcli() (
	cd "$BATS_FILE_TMPDIR/$2" || return
	export ZK_CLIENT_TIMEOUT=10000
	CLIENT_JVMFLAGS=$(java_options CONFIG.txt)
	export CLIENT_JVMFLAGS
	exec timeout "$1" "$ZKCLI" -waitforconnection \
		-client-configuration ./client.properties \
		-server "$3" "${@:4}" 2>&1
)

# user NAME BUNDLE
user() {
	unpack "$2" "$1"
	part client.properties "$1/CONFIG.txt" >"$1/client.properties"
}

setup_file() {
	have java openssl "$ZKCLI" || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	user app o/users/app.tar.gz
	user other o/users/other.tar.gz
	user stranger-app stranger/users/app.tar.gz
	cp app/certs/ca.crt stranger-app/certs
	server 1
	server 2
	server 3
	until_ready zk1 grep -E '(LEADING|FOLLOWING) - ' zk1.log
	zkcli 30 app 127.67.0.1:2281 ls / >ls.log ||
		{ cat ls.log zk1.log; return 1; }
}

teardown_file() {
	stop_all
}

setup() {
	need java openssl "$ZKCLI"
	cd "$BATS_FILE_TMPDIR" || return
}

# handshake ADDRESS:PORT [FOLDER/NAME [OPTION...]]: with NAME.crt and NAME.key.
handshake() {
	openssl s_client -connect "$1" -CAfile zk1/certs/quorum-ca.crt \
		-verify_return_error ${2:+-cert "$2.crt" -key "$2.key"} \
		-tls1_2 "${@:3}" </dev/null 2>&1
}

@test "the servers of the topology are one ensemble over TLS" {
	local number
	for number in 1 2 3; do
		grep -q 'Creating TLS-only quorum server socket' zk$number.log
		until_ready zk$number grep -E '(LEADING|FOLLOWING) - ' \
			zk$number.log
	done
	assert_equal "$(cat zk?.log | grep -c 'LEADING - ')" 1
	assert_equal "$(cat zk?.log | grep -c 'FOLLOWING - ')" 2
}

@test "what a user puts at one server, every server has" {
	local number
	run -0 zkcli 30 app 127.67.0.1:2281 create /colour green
	for number in 1 2 3; do
		run -0 zkcli 30 app 127.67.0.$number:2281 get /colour
		grep -x green <<<"$output"
	done
}

@test "a user is known by the subject that CONFIG.txt tells" {
	local id
	id=$(sed -n 's/^#   x509://p' app/CONFIG.txt)
	assert_equal "$id" CN=app,O=ZooKeeper
	run -0 zkcli 30 app 127.67.0.1:2281 whoami
	grep -x "x509: $id" <<<"$output"
	run -0 zkcli 30 app 127.67.0.1:2281 create /mine secret auth::cdrwa
	run -0 zkcli 30 app 127.67.0.1:2281 getAcl /mine
	assert_output_has "'x509,'${id/,/%2C}"
	run -0 zkcli 30 app 127.67.0.1:2281 get /mine
	grep -x secret <<<"$output"
	run -1 zkcli 30 other 127.67.0.1:2281 get /mine
	assert_output_has 'Insufficient permission : /mine'
}

@test "the command line of CONFIG.txt connects" {
	part 'command line' app/CONFIG.txt >app/command
	sed -i "s|^zkCli.sh|exec $ZKCLI|; \$s|\$| ls /|" app/command
	cd app
	CLIENT_JVMFLAGS=$(java_options CONFIG.txt) run -0 timeout 30 \
		bash ./command
	assert_output_has 'Session establishment complete on server 127.67.0.'
	grep -E '^\[.*zookeeper' <<<"$output"
}

@test "a client of another CA is refused" {
	refused zk1 'PKIX path validation failed' \
		zkcli 5 stranger-app 127.67.0.1:2281 ls /
	grep -q 'SSLHandshakeException: .*certificate_unknown' refused.out
}

# To be told of it, Java has had one alert until 2025, and another since.
@test "a client without a certificate is refused" {
	unpack o/users/app.tar.gz bare
	part client.properties app/CONFIG.txt | grep -v keyStore \
		>bare/client.properties
	refused zk1 'Empty client certificate chain' \
		zkcli 5 bare 127.67.0.1:2281 ls /
	grep -qE 'SSLHandshakeException: .*(handshake_failure|bad_certificate)' \
		refused.out
}

@test "a client refuses a server of another CA" {
	unpack o/users/app.tar.gz trusting
	part client.properties app/CONFIG.txt >trusting/client.properties
	cp stranger/ca/ca.crt trusting/certs
	refused zk1 'Received fatal alert: certificate_unknown' \
		zkcli 5 trusting 127.67.0.1:2281 ls /
	grep -q 'Path does not chain with any of the trust anchors' refused.out
}

# The log does not tell why.
@test "servers talk to servers of the same CA only" {
	run -0 handshake 127.67.0.1:3888 zk2/certs/quorum
	assert_output_has 'Verify return code: 0 (ok)'
	run -1 handshake 127.67.0.1:3888 stranger/hosts/zk2/certs/quorum
	assert_output_has 'alert certificate unknown'
	run -1 handshake 127.67.0.1:3888
	grep -E 'alert (handshake failure|bad certificate)' <<<"$output"
}

@test "a certificate for the other port is refused among servers" {
	local name
	for name in app/certs/client zk2/certs/server; do
		run -1 handshake 127.67.0.1:3888 "$name"
		assert_output_has 'alert certificate unknown'
	done
}

@test "a server at an address that is not its own is refused" {
	refused zk1 "Certificate for <127.67.0.9> doesn't match any of the" \
		handshake 127.67.0.1:3888 zk2/certs/quorum -bind 127.67.0.9
}
