#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates are made by several threads, and nothing else comes of that.

load common
load faults

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' '[cluster]' 'name = c' 'profile = redis' \
		'key = rsa:2048' '[ca]' 'key = ec:P-256' '[user u{1..12}]' \
		'[host h]' 'key = ec:P-256' >c.ini
}

# Sanitizers have threads of their own.
not_sanitized() {
	[ -z "${TOPOCERT_SANITIZERS-}" ] || skip 'a sanitizer is at work'
}

# threads COMMAND...: how many it starts.
threads() {
	traced -o log -e trace=clone,clone3 "$@" >/dev/null
	grep -cE 'clone3?\(.*CLONE_THREAD' log || true
}

@test "as many threads as are asked for, or processors, and no more than certificates" {
	not_sanitized
	run -0 threads "$TOPOCERT" generate -q --jobs 3 c.ini
	assert_equal "$output" 3
	run -0 topocert verify c.ini
	rm -r c
	run -0 threads "$TOPOCERT" generate -q --jobs 1 c.ini
	assert_equal "$output" 0
	rm -r c
	run -0 threads "$TOPOCERT" generate -q -j 1000 c.ini
	assert_equal "$output" 13
	rm -r c
	run -0 threads taskset -c 0 "$TOPOCERT" generate -q c.ini
	assert_equal "$output" 0
	[ "$(nproc)" -lt 2 ] || {
		rm -r c
		run -0 threads "$TOPOCERT" generate -q c.ini
		assert_equal "$output" \
			"$(($(nproc) < 13 ? $(nproc) : 13))"
	}
	# one key, or none
	run -0 threads "$TOPOCERT" generate -q --jobs 4 --renew u1 c.ini
	assert_equal "$output" 0
	run -0 threads "$TOPOCERT" generate -q --jobs 4 c.ini
	assert_equal "$output" 0
}

@test "every certificate has a key of its own, whatever the number" {
	local jobs
	for jobs in 1 2 7; do
		rm -rf c
		topocert generate -q --jobs "$jobs" c.ini
		run -0 topocert verify c.ini
		assert_equal "$(sha256sum c/users/*/certs/*.key |
			cut -d' ' -f1 | sort -u | wc -l)" 12
	done
	topocert rotate ca begin -q c.ini
	topocert rotate ca switch -q --jobs 3 c.ini
	run -0 topocert verify c.ini
}

@test "reused keys are not made anew" {
	sed -i 's/^\[user.*/&\nreuse_key = yes/' c.ini
	topocert generate -q --jobs 2 c.ini
	sha256sum c/users/*/certs/*.key >keys
	topocert generate -q --jobs 2 --renew 'u*' c.ini
	sha256sum --quiet -c keys
}

# With a seed, what is random is the same each time.
@test "whatever the number, the same bytes come of a seed" {
	local jobs
	topocert seed -q seed
	sed -i "s/^name.*/&\nseed_file = seed\nnot_before = $(date -u +%F)/
		s/^key = rsa.*/key = ec:P-256/" c.ini
	# key stores, and hosts that share a certificate
	printf '%s\n' '[host k{1..4}]' 'profile = kafka' '[host t{1..4}]' \
		'profile = tidb' 'services = tikv' 'ip = 10.0.0.{1..4}' >>c.ini
	sed -i 's/^\[cluster\]/&\nshared = yes/' c.ini
	for jobs in 1 2 5; do
		topocert generate -q --jobs $jobs -o c$jobs c.ini
	done
	diff -r c1 c2
	diff -r c1 c5
	assert_equal "$(find c1 -name '*.tar.gz' | wc -l)" 21
}

@test "requests for others are made in the same way" {
	not_sanitized
	sed -i 's/^\[ca\]/&\nexternal = yes/; /^key = ec/d' c.ini
	run -0 threads "$TOPOCERT" csr -q --jobs 2 c.ini
	assert_equal "$output" 2
	assert_equal "$(find c/requests -name '*.csr' | wc -l)" 13
}

@test "a signal ends all threads, and what is staged is removed" {
	local ended=0
	sed -i 's/{1..12}/{1..500}/' c.ini
	"$TOPOCERT" generate -q --jobs 2 c.ini 2>errors &
	until [ -n "$(ls -A c 2>/dev/null)" ]; do
		sleep 0.05
	done
	kill -TERM $!
	wait $! || ended=$?
	assert_equal "$ended" 143
	grep -xF 'topocert: interrupted: c is as it was' errors
	[ -z "$(ls c 2>/dev/null)" ]
}

@test "what is no number of threads is wrong usage" {
	local jobs
	for jobs in 0 1025 99999 -1 1.5 two ''; do
		run -2 topocert generate --jobs "$jobs" c.ini
		assert_output_has "generate: --jobs $jobs: wanted a number from 1 to 1024"
	done
	run -2 topocert plan --jobs 2 c.ini
	[ ! -e c ]
}
