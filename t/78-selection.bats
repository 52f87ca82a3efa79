#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --only limits plan and generate to the same thing, and leaves the rest alone.

load common
load tree

# A change for everybody, and a new host.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	"$TOPOCERT" generate -q c.ini
	sed -i 's/^\[cluster\]/&\norganization = Other/' c.ini
	echo '[host node3]' >>c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	again
}

again() {
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
}

# All in c/ that belongs to nobody of these: with times, for it is not touched.
others() {
	find c -mindepth 2 ! -path 'c/ca*' -printf '%p %M %s %T@ %C@ %i\n' |
		grep -vE "^c/($1)([/. ])" | sort
}

# only OWNERS LEFT WORD...: plan says what generate then does, for just these
# owners, and how many bundles are left.
only() {
	local owners=$1 left=$2 text=
	shift 2
	again
	case $left in
	0) ;;
	1) text='1 more bundle to make, but not selected' ;;
	*) text="$left more bundles to make, but not selected" ;;
	esac
	snapshot c >before
	run -4 topocert plan "$@"
	assert_equal "$(sed -n 's|^\(re\)\?issue *\([^ ]*\)/certs/.*|\2|p' \
		<<<"$output" | sort | xargs)" "$owners"
	assert_equal "$(grep 'not selected' <<<"$output")" "$text"
	snapshot c | diff before -
	others "${owners// /|}" >before
	run -4 topocert plan --json "$@"
	jq '[.certificates[] | [.path, .action, .reason]], .left' \
		<<<"$output" >planned
	run -0 topocert generate --json "$@"
	jq '[.certificates[] | [.path, .action, .reason]], .left' \
		<<<"$output" | diff planned -
	others "${owners// /|}" | diff before -
	[ -e c/hosts/node3 ] || [[ $owners != *node3* ]]
	assert_tree c
	run -0 topocert plan "$@"
	assert_equal "$(grep 'not selected' <<<"$output")" "$text"
}

@test "one, several, with commas, in any order of words and options" {
	only hosts/node1 3 --only node1 c.ini
	only hosts/node1 3 c.ini --only node1
	only hosts/node1 3 --only=node1 c.ini
	only hosts/node1 3 --only node1 -- c.ini
	only hosts/node1 3 --only=node1 -o c c.ini
	only 'hosts/node1 users/root' 2 --only node1 root c.ini
	only 'hosts/node1 users/root' 2 --only root,node1 -- c.ini
	only 'hosts/node1 users/root' 2 --only root --only node1 -- c.ini
	only 'hosts/node1 hosts/node3' 2 --only 'hosts/node[13]' c.ini
	only 'hosts/node1 hosts/node2 hosts/node3 users/root' 0 --only '*' c.ini
	only hosts/node3 3 --only hosts/node3/certs/node.crt c.ini
}

@test "where all that is selected is done, there is nothing to do, and the rest is told" {
	topocert generate -q --only node1 c.ini
	snapshot c >before
	for command in plan generate; do
		run -0 topocert $command --only node1 c.ini
		assert_output_has 'c: nothing to do, '
		assert_output_has '3 more bundles to make, but not selected'
		assert_equal "$(topocert $command --json --only node1 c.ini |
			jq .left)" 3
		snapshot c | diff before -
	done
	run -4 topocert plan c.ini
	assert_output_has 'c: 1 to issue, 2 to reissue, 1 to keep'
}

@test "--renew of what is not selected makes nothing of it" {
	topocert generate -q c.ini
	snapshot c >before
	run -0 topocert generate --renew node1 --only node2 c.ini
	assert_output_has '1 more bundle to make, but not selected'
	snapshot c | diff before -
	run -4 topocert plan --renew node1 root --only 'node*' c.ini
	assert_output_has 'c: 0 to issue, 1 to reissue, 3 to keep'
}

@test "a first run with --only makes the CA, and a later one the rest" {
	rm -r c
	topocert generate -q --only node2 c.ini
	assert_equal "$(ls c/hosts)" $'node2\nnode2.tar.gz'
	[ ! -e c/users ]
	assert_equal "$(wc -l <c/ca/index.txt)" 1
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	cp -a c first
	topocert generate -q c.ini
	cmp {first,c}/ca/ca.crt
	cmp {first,c}/hosts/node2.tar.gz
	assert_tree c
}

@test "a name that selects nothing is an error of both commands, and changes nothing" {
	local command
	snapshot c >before
	for command in plan generate; do
		run -3 topocert $command --only node1,node9 c.ini
		assert_equal "$output" \
			'c.ini:1: --only node9: no host or user of the topology has this name'
		snapshot c | diff before -
	done
}
