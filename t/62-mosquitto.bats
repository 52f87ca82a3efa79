#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A real mosquitto runs on the bundle as CONFIG.txt says, and lets in whom it
# should, under the name in the certificate.

load common
load refusal
load servers

write_topology() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = mosquitto' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host broker]' 'ip = 127.62.0.1' \
		"directory = $BATS_FILE_TMPDIR/broker/certs" \
		'[user sensor]' '[user dashboard]'
}

# With the lines of its CONFIG.txt. Started by root it becomes the user
# mosquitto, who owns what root unpacked, and needs a way to it.
start_broker() {
	unpack o/hosts/broker.tar.gz broker
	part mosquitto.conf broker/CONFIG.txt >broker/mosquitto.conf
	part aclfile broker/CONFIG.txt >broker/aclfile
	echo "acl_file $PWD/broker/aclfile" >>broker/mosquitto.conf
	chmod a+x "$BATS_RUN_TMPDIR" "${PWD%/*}" "$PWD"
	start broker mosquitto -c broker/mosquitto.conf
}

# client USER FOLDER PROGRAM OPTION...: with the lines of the user's CONFIG.txt
# as the program's own configuration, seen from FOLDER.
client() (
	mkdir -p "$1/config"
	part 'broker broker' "$1/CONFIG.txt" >"$1/config/$3"
	export XDG_CONFIG_HOME=$PWD/$1/config
	cd "$2" || return
	exec "${@:3}"
)

setup_file() {
	have mosquitto mosquitto_pub mosquitto_sub || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	topocert generate --quiet -o stranger c.ini
	unpack o/users/sensor.tar.gz sensor
	unpack o/users/dashboard.tar.gz dashboard
	start_broker
	until_ready broker client sensor sensor mosquitto_pub -t ready -n
}

teardown_file() {
	stop_all
}

setup() {
	need mosquitto mosquitto_pub mosquitto_sub
	cd "$BATS_FILE_TMPDIR" || return
	certs=$PWD/sensor/certs
	other=$PWD/stranger
}

@test "what one user publishes another one reads" {
	run -0 client sensor sensor mosquitto_pub -t room/heat -m 21 --retain
	run -0 client dashboard dashboard mosquitto_sub -t room/heat -C 1 -W 10
	assert_equal "$output" 21
}

@test "the common name is the user's name, whatever name a client gives" {
	local user
	for user in sensor dashboard; do
		run -0 client $user $user mosquitto_pub -t room -n \
			-i "id-of-$user" -u root -P secret
		run -0 grep -F " as id-of-$user (" broker.log
		assert_output_has "u'$user'"
	done
}

@test "a user of another CA is refused" {
	refused broker 'routines::certificate verify failed' \
		client sensor "$other/users/sensor" mosquitto_pub -t room -n \
		--cafile "$certs/ca.crt"
}

@test "a client without a certificate is refused" {
	refused broker 'routines::peer did not return a certificate' \
		mosquitto_pub -h 127.62.0.1 -p 8883 --cafile "$certs/ca.crt" \
		-t room -n
}

@test "a client refuses a broker of another CA" {
	refused broker 'routines::tlsv1 alert unknown ca' \
		client sensor sensor mosquitto_pub -t room -n \
		--cafile "$other/ca/ca.crt"
}

# 127.62.1 is the same address, and not the same name.
@test "a client refuses the broker under a name that is not its own" {
	run client sensor sensor mosquitto_pub -t room -n -h 127.62.1 -d
	[ "$status" -ne 0 ]
	assert_output_has 'host name verification failed'
}

# Last: the broker has another CA's certificate then.
@test "a reload reads a new certificate" {
	cp "$other/hosts/broker/certs/"server.* broker/certs
	kill -HUP "$(<broker.pid)"
	until_ready broker grep -F 'Reloading config' broker.log
	refused broker 'routines::tlsv1 alert unknown ca' \
		client sensor sensor mosquitto_pub -t room -n
}
