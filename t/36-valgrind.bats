#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree
load faults

# Few keys, and such as are quick to make.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "$TOPOCERT_SANITIZERS" ] ||
		skip 'the sanitizers see what valgrind would'
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ed25519' '[ca]' 'key = ed25519' '[host node1]' \
		'ip = 10.0.0.11' 'key = ec:P-256' '[host node2]' \
		'[user root]' >c.ini
}

# clean STATUS ARGUMENT...: topocert ends so, and valgrind has no complaint.
clean() {
	run valgrind -q --leak-check=full --show-leak-kinds=all \
		--errors-for-leak-kinds=all --error-exitcode=99 \
		"$TOPOCERT" "${@:2}"
	assert_status "$1"
}

@test "help and wrong usage leak nothing" {
	clean 0 --help
	clean 2 generate --unknown
}

@test "init leaks nothing" {
	clean 0 init new.ini
}

@test "plan and generate leak nothing in a first run and in one without work" {
	clean 4 plan --json c.ini
	clean 0 generate c.ini
	assert_tree c
	clean 0 generate c.ini
}

@test "generate leaks nothing when hosts were changed, added and removed" {
	topocert generate -q c.ini
	sed -i 's/10.0.0.11/10.0.0.99/; s/node2/node3/' c.ini
	clean 0 generate --json c.ini
	assert_tree c
}

@test "render leaks nothing" {
	clean 0 render c.ini
}

@test "completing an interrupted run leaks nothing" {
	topocert generate -q c.ini
	sed -i 's/10.0.0.11/10.0.0.99/' c.ini
	inject 'renameat:signal=KILL:when=4' "$TOPOCERT" generate c.ini || true
	[ -e c/.topocert-commit ]
	clean 0 generate c.ini
	assert_tree c
}

@test "a topology full of errors leaks nothing" {
	printf '%s\n' '[cluster' 'name = a b' 'nmae = c' '[ca]' 'key = rsa:512' \
		'days = x' '[host node{1..]' 'ip = 10.0.0.300' '[host a]' \
		'[host a]' 'dns = root, x..y' '[user root]' '[user ../x]' \
		'[bogus]' 'key' >>c.ini
	clean 3 generate c.ini
}

@test "bad profiles and templates leak nothing" {
	sed 's/^key .*/key = dsa/; s/^days .*/days = 0/; s/^file /fiel /' \
		"$TOPOCERT_DATADIR/profiles/cockroachdb.ini" >bad.ini
	sed -i 's|^profile = .*|profile = ./bad.ini|' c.ini
	clean 3 generate c.ini
	sed -i 's|^profile = .*|profile = cockroachdb|' c.ini
	mkdir templates
	sed 's/{{ip}}/{{pi}}/; 3s/^/]/; $s/$/\n{{/' \
		"$TOPOCERT_DATADIR/templates/node.conf" >templates/node.conf
	printf '%s\n' '{{bogus}}' >>templates/node.conf
	clean 3 generate --templates templates c.ini
}

@test "errors of the system leak nothing" {
	SOURCE_DATE_EPOCH=99999999999 clean 1 generate c.ini
	topocert generate -q c.ini
	rm -r c/ca
	clean 1 generate c.ini
}
