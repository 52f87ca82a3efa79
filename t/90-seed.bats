#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The seed: its file, and what topologies may say of it.

load common
load seed

@test "topocert seed makes a file that nobody else can read, and none twice" {
	run -0 topocert seed cluster.seed
	assert_output_has 'seed_file  = cluster.seed'
	assert_equal "$(stat -c '%a %s' cluster.seed)" '400 65'
	grep -qxE '[0-9A-F]{64}' cluster.seed
	cp cluster.seed first
	run -1 topocert seed cluster.seed
	assert_output_has 'cluster.seed: is there already, and a seed is never replaced'
	cmp first cluster.seed
	run -0 topocert seed --quiet other.seed
	assert_equal "$output" ''
	run -1 cmp cluster.seed other.seed
	(umask 0 && topocert seed -q third.seed)
	assert_equal "$(stat -c %a third.seed)" 400
	ln -s nowhere link
	run -1 topocert seed link
	[ ! -e nowhere ]
	run -1 topocert seed missing/a.seed
	assert_output_has 'missing/a.seed: No such file or directory'
	run -2 topocert seed
	assert_output_has 'seed: which file?'
}

@test "what it makes is what topologies take" {
	seeded_topology ed25519
	rm -f s.seed
	topocert seed -q s.seed
	run -0 topocert generate -q c.ini
	run -0 topocert verify --regenerate c.ini
}

@test "a seed file that will not do is refused, with what is wrong" {
	local text
	seeded_topology ed25519
	# shellcheck disable=SC2154 # of seed.bash
	for text in '' 00 "${seed}00" "${seed%0f*}" "x${seed#0}" "$seed$seed" \
		"$seed "$'\n' $'\n'"$seed"; do
		rm s.seed
		printf '%s' "$text" >s.seed
		chmod 0400 s.seed
		run -3 topocert generate c.ini
		assert_output_has 'c.ini:5: seed_file = s.seed: wanted 64 hexadecimal digits'
		[[ $output != *"${seed:8:16}"* ]]
	done
	write_seed
	chmod 0440 s.seed
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:5: seed_file = s.seed: others can get at it (mode 0440): chmod 0400 it'
	rm s.seed
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:5: seed_file = s.seed: No such file or directory'
	mkdir s.seed
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:5: seed_file = s.seed: wanted a regular file'
	rmdir s.seed
	mkfifo -m 0400 s.seed
	run -3 timeout 10 "$TOPOCERT" generate c.ini
	assert_output_has 'wanted a regular file'
	[ ! -e c ]
}

@test "another user's seed is refused" {
	[ "$(id -u)" -eq 0 ] || skip 'not root'
	seeded_topology ed25519
	chown 65534 s.seed
	run -3 topocert generate c.ini
	assert_output_has 'it belongs to another user'
}

@test "it is looked for beside the topology" {
	mkdir there
	(cd there && seeded_topology ed25519)
	run -0 topocert generate -q there/c.ini
}

@test "a seed without a date is refused, and SOURCE_DATE_EPOCH is one" {
	seeded_topology ed25519
	sed -i /not_before/d c.ini
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:5: seed_file = s.seed: what comes from a seed must not depend on when it is made: wanted not_before = DATE in [cluster], or SOURCE_DATE_EPOCH in the environment'
	for date in x 1x -1 1e9 99999999999999 ' 1'; do
		SOURCE_DATE_EPOCH=$date run -3 topocert generate c.ini
		assert_output_has "SOURCE_DATE_EPOCH=$date in the environment: wanted seconds since 1970-01-01"
	done
	[ ! -e c ]
	SOURCE_DATE_EPOCH=1793491200 topocert generate -q c.ini
	run -0 openssl x509 -in c/hosts/node1/certs/node.crt -noout -startdate
	assert_equal "$output" 'notBefore=Oct 31 00:00:00 2026 GMT'
}

@test "generation and not_before need a seed, reuse_key none" {
	seeded_topology ed25519
	sed '/seed_file/d' c.ini >d.ini
	run -3 topocert plan d.ini
	assert_output_has 'd.ini:5: not_before = 2026-11-01: wanted seed_file in [cluster], too'
	seeded_topology ed25519 'generation = 2' 'reuse_key = yes'
	sed '/seed_file/d; /not_before/d' c.ini >d.ini
	run -3 topocert plan d.ini
	assert_output_has 'd.ini:12: generation = 2: wanted seed_file in [cluster], too'
	[[ $output != *reuse_key* ]]
	run -3 topocert plan c.ini
	assert_output_has 'c.ini:15: reuse_key = yes: not together with seed_file'
}

@test "values that are none are errors" {
	local value
	for value in 0 10000 -1 two 1.5; do
		seeded_topology ed25519 "generation = $value"
		run -3 topocert plan c.ini
		assert_output_has "c.ini:14: generation = $value: "
	done
	for value in yesterday 2026-13-01 2026-02-30 2026-11-1 1969-12-31; do
		seeded_topology ed25519 "not_before = $value"
		run -3 topocert plan c.ini
		assert_output_has "c.ini:14: not_before = $value: wanted a date as"
	done
	seeded_topology ed25519
	sed 's/^\[ca\]/&\nexternal = yes\ngeneration = 2/' c.ini >d.ini
	run -3 topocert plan d.ini
	assert_output_has 'd.ini:9: generation = 2: not together with external in line 8'
}

@test "what only looks does without the seed, what makes something does not" {
	local command
	seeded_topology ed25519
	topocert generate -q c.ini
	rm s.seed
	for command in list verify render crl; do
		run -0 topocert "$command" c.ini
	done
	run -0 topocert revoke c.ini node1
	for command in generate plan 'rotate ca begin' 'verify --regenerate' csr; do
		# One word an option.
		# shellcheck disable=SC2086
		run -3 topocert $command c.ini
		assert_output_has 'c.ini:5: seed_file = s.seed: No such file'
	done
}
