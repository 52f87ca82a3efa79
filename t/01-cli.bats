#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line: help, mistakes, init, render, and what goes where.

load common

# assert_width: no line of the output has more than 80 columns.
assert_width() {
	run -1 grep -nE '^.{81}' <<<"$output"
}

@test "--help names each command, and fits into 80 columns" {
	local command
	for command in crl generate init list plan render revoke rotate; do
		run -0 topocert --help
		assert_output_has "  $command "
		assert_width
		run -0 topocert $command --help
		assert_output_has "usage: topocert $command "
		assert_output_has '  -q, --quiet '
		assert_width
	done
}

@test "--version says name and version" {
	run -0 topocert --version
	[[ $output =~ ^topocert\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	run -0 topocert plan --version
}

@test "no command, and an unknown one, are wrong usage" {
	run -2 --separate-stderr topocert
	assert_equal "$output" ''
	run -2 topocert genrate
	assert_output_has "unknown command 'genrate'"
	assert_output_has "nearest is 'generate'"
}

@test "an unknown option is wrong usage" {
	run -2 topocert plan --jsn "$EXAMPLE"
	assert_output_has '--jsn'
	assert_output_has 'usage: topocert plan '
	run -2 topocert init --output x
	run -2 topocert render --json "$EXAMPLE"
	run -2 topocert generate "$EXAMPLE" --output
	assert_equal "$(ls)" ''
}

@test "a command without its topology, or with two, is wrong usage" {
	local command
	for command in crl generate list plan render; do
		run -2 topocert $command
		assert_output_has "$command: which topology?"
		run -2 topocert $command "$EXAMPLE" more.ini
		assert_output_has "'more.ini'"
	done
	run -2 topocert revoke
	assert_output_has 'revoke: which topology?'
	run -2 topocert init a.ini b.ini
	assert_equal "$(ls)" ''
}

@test "init writes a topology that generate takes as it stands" {
	run -0 topocert init
	assert_output_has cluster.ini
	run -0 topocert generate cluster.ini
	[ -s my-cluster/hosts/node3.tar.gz ]
	run -0 topocert init --quiet --profile cockroachdb my.ini
	assert_equal "$output" ''
	cmp cluster.ini my.ini
}

@test "init leaves a file that exists as it is" {
	echo mine >cluster.ini
	ln -s nowhere link.ini
	run -1 topocert init
	assert_output_has 'cluster.ini: exists already'
	run -1 topocert init link.ini
	assert_equal "$(cat cluster.ini)" mine
	[ ! -e nowhere ]
}

@test "init with an unknown profile writes nothing and names the nearest" {
	run -3 topocert init --profile cockroach
	assert_output_has 'nearest is cockroachdb'
	assert_equal "$(ls)" ''
}

@test "render writes the configuration files alone, and generate goes on" {
	small_topology
	run -0 topocert render c.ini
	find c -type f | sort >files
	printf 'c/%s\n' ca/ca.conf \
		hosts/node1/{CONFIG.txt,conf/node.conf} \
		hosts/node2/{CONFIG.txt,conf/node.conf} \
		users/root/{CONFIG.txt,conf/client.conf} | diff files -
	snapshot c >before
	run -0 topocert render c.ini
	assert_output_has 'wrote 0 '
	snapshot c | diff before -
	topocert generate --quiet c.ini
	xargs sha256sum <files | diff <(tail -n 7 before) -
	openssl verify -CAfile c/ca/ca.crt c/hosts/node1/certs/node.crt
}

@test "--quiet prints nothing, but for errors" {
	local command
	small_topology
	run -4 topocert plan --quiet c.ini
	assert_equal "$output" ''
	for command in render generate 'generate -q' 'plan -q' list; do
		# shellcheck disable=SC2086 # a command and its option
		run -0 topocert $command --quiet c.ini
		assert_equal "$output" ''
	done
	run -3 --separate-stderr topocert plan --quiet missing.ini
	# shellcheck disable=SC2154 # from run
	[ -n "$stderr" ]
}

@test "an output that cannot be written is a failure" {
	local line
	small_topology
	for line in --help 'plan --help' --version 'plan c.ini' 'render c.ini' \
		'generate c.ini' 'generate --json c.ini' 'plan c.ini' \
		'list c.ini' 'revoke c.ini root' 'crl c.ini'; do
		echo "$line"
		# shellcheck disable=SC2016 # expanded by that shell
		run -1 bash -c '"$TOPOCERT" $1 >/dev/full' - "$line"
		assert_output_has 'standard output: No space left on device'
	done
}

@test "plan and generate keep to 80 columns for the example" {
	run -4 topocert plan "$EXAMPLE"
	assert_width
	run -0 topocert generate "$EXAMPLE"
	assert_width
}

# The bar comes after some time, so time is made to fly.
@test "a progress bar is drawn on a terminal, and nowhere else" {
	local bar='\[#*\.*\] [0-9]*/11  [0-9.]*/s  [0-9]* s left'
	local command='rm -rf c; faketime -f "+0d x1000" "$TOPOCERT" generate c.ini'
	small_topology '[host n{1..8}]'
	run -0 --separate-stderr bash -c "$command"
	assert_equal "$stderr" ''
	TERM=xterm script -qec "$command" typescript </dev/null
	grep -q "$bar" typescript
	TERM=dumb script -qec "$command" typescript </dev/null
	run -1 grep -q "$bar" typescript
	TERM=xterm script -qec "$command --quiet" typescript </dev/null
	run -1 grep -q "$bar" typescript
}
