#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The passphrase of a CA's key stands nowhere, neither while it is used nor
# when the work is done.

load common
load faults
load memory

SECRET='a very open sesame'

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	echo "$SECRET" >pw
	chmod 600 pw
	small_topology
	sed -i "s|^\[ca\]|&\npassphrase = file:pw|" c.ini
}

# wait_for COMMAND...: within five seconds.
wait_for() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

@test "no file is written with it, nor is anything printed" {
	traced -o log -s 100000 -e trace=write,pwrite64,writev,sendto,execve \
		"$TOPOCERT" generate c.ini >out 2>&1
	grep -q 'BEGIN ENCRYPTED PRIVATE KEY' log
	run ! grep -F "$SECRET" log
	run ! grep -rF "$SECRET" c out c.ini
	topocert crl --json c.ini >out 2>&1
	run ! grep -rF "$SECRET" c out
	# nor is the key itself ever written without it
	openssl pkey -in c/ca/ca.key -passin file:pw >plain
	run ! grep -F "$(sed -n 2p plain)" log
}

# waiting [RUNNER...]: generate in the background, until it waits for its
# passphrase, which comes through the file pipe. Sets pid.
waiting() {
	local i
	sed -i 's|file:pw|fd:9|' c.ini
	mkfifo pipe
	"$@" "$TOPOCERT" generate c.ini 9<>pipe >out 2>&1 3>&- &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ ! -d c ] || break
		sleep 0.05
	done
	sleep 0.2
}

@test "nothing in /proc has it, and no core would" {
	waiting
	grep -E '^Max core file size +0 +0 ' /proc/$pid/limits
	tr '\0' ' ' </proc/$pid/cmdline >cmdline
	grep -F 'generate c.ini' cmdline
	echo "$SECRET" >pipe
	wait $pid
	run ! grep -F "$SECRET" cmdline out
	[ -s c/ca/ca.key ]
}

@test "others of the same user cannot look into the process" {
	local user=()
	if [ "$(id -u)" -eq 0 ]; then
		# root may look into everything
		mkdir other
		cp -r "$TOPOCERT" "$TOPOCERT_DATADIR"/{profiles,templates} \
			c.ini other
		chown -R 65534 other
		cd other
		TOPOCERT=./topocert TOPOCERT_DATADIR=.
		user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	waiting "${user[@]}"
	# what /proc has of a process that is not to be dumped is root's
	assert_equal "$(stat -c %u /proc/$pid/environ)" 0
	echo "$SECRET" >pipe
	wait $pid
}

made_again() {
	rm -rf c
	cp -a made c
}

@test "nothing of it is left in memory once the keys are open" {
	[ -z "${TOPOCERT_SANITIZERS-}" ] ||
		skip "the sanitizers keep what is freed"
	stopped_at renameat 'rm -rf c' generate c.ini
	grep -aqF 'hosts/node1' memory
	run ! grep -aqF "$SECRET" memory
	rm -rf c
	topocert generate -q c.ini
	cp -a c made
	stopped_at renameat made_again crl c.ini
	grep -aqF 'crl.pem' memory
	run ! grep -aqF "$SECRET" memory
}
