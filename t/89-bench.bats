#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# make bench, with as little as it can be given.

load common

# bench VARIABLE=VALUE...: three hosts, one round; its table in R.md.
bench() {
	env BENCH_SIZES=3 BENCH_ROUNDS=1 BENCH_KINDS=ec:P-256 RESULTS=R.md "$@" \
		"$SRCDIR/bench/run"
}

# without PROGRAM...: a PATH that has all but these.
without() {
	mkdir bin
	ln -s /usr/bin/* bin/
	(cd bin && rm -f "$@")
	PATH=$PWD/bin
}

# row TITLE: its figures in R.md, as words.
row() {
	awk -F ' *[|] *' -v title="$1" '$2 == title { print $3, $4, $5, $6, $7 }' \
		R.md
}

@test "all that are installed are in the table, with plausible figures" {
	local name program kinds title
	local -a contenders figures
	# shellcheck source=/dev/null
	. "$SRCDIR/bench/contenders.bash"
	bench >out
	cmp out R.md
	run -1 grep -E '.{81}' R.md
	grep -q '^## ec:P-256, 3 hosts$' R.md
	assert_equal "$(row topocert | cut -d' ' -f5)" 1.00
	while read -r name program kinds title; do
		[ "$kinds" = both ] || continue
		echo "$name"
		if ! has "$program"; then
			grep -qx -e "- $title: missing: $program is not installed" \
				R.md
			continue
		fi
		read -ra figures < <(row "$title")
		[ ${#figures[@]} -eq 5 ]
		# a host's time is a third, and no process is smaller than 1 MB
		awk -v a="${figures[0]}" -v b="${figures[1]}" -v c="${figures[2]}" \
			-v m="${figures[3]}" 'BEGIN {
				d = a * 1000 / 3 - b
				exit !(d * d < 0.2 && c > 0 && m > 1)
			}'
	done < <(printf '%s\n' "${contenders[@]}")
	assert_equal "$(ls -d bench.* 2>/dev/null)" ''
}

@test "what is missing or slow is named, and why" {
	without mkcert certtool
	bench BENCH_KINDS=rsa:2048 BENCH_LIMIT=0 \
		BENCH_PEERS='mkcert certtool stock' >out
	[ -n "$(row topocert)" ]
	[ -z "$(row 'topocert, keygen = openssl')" ]
	grep -qx -e '- mkcert, xargs -P: missing: mkcert is not installed' R.md
	grep -qx -e '- GnuTLS certtool, xargs -P: missing: certtool is not installed' \
		R.md
	grep -qEx -e '- topocert, keygen = openssl: left out: about [0-9]+ s a run' \
		R.md
	run -1 grep 'easy-rsa' R.md
}

@test "a contender whose certificates are wrong is not measured" {
	command -v certtool >/dev/null || skip 'no certtool'
	without certtool
	printf '%s\n' '#!/bin/bash' \
		'/usr/bin/certtool "${@/secp256r1/secp384r1}"' >bin/certtool
	chmod +x bin/certtool
	run -1 bench BENCH_PEERS=certtool
	assert_output_has 'bench: certtool: ec:P-256: its result is wrong'
	[ ! -e R.md ]
	assert_equal "$(ls -d bench.* 2>/dev/null)" ''
}

@test "a signal ends it, and leaves nothing" {
	local ended=0
	BENCH_SIZES=1000 BENCH_KINDS=ec:P-256 RESULTS=R.md BENCH_PEERS=limit \
		setsid "$SRCDIR/bench/run" >out 2>&1 3>&- &
	timeout 20 sh -c 'until grep "round 1: topocert" out; do sleep 0.1; done'
	kill -TERM -- -$!
	wait $! || ended=$?
	assert_equal "$ended" 1
	assert_equal "$(ls -d bench.* 2>/dev/null)" ''
	[ ! -e R.md ]
}

@test "what the environment says is checked" {
	run -1 bench BENCH_SIZES='10 many'
	assert_output_has 'wanted whole numbers'
	run -1 bench BENCH_KINDS=rsa:1024
	assert_output_has 'wanted ec:P-256 or rsa:2048'
}

@test "the median is the one in the middle, and ratios are of medians" {
	printf '%s\n' 'topocert - both topocert' 'other - both other one' >names
	printf '%s\n' 'k 10 topocert 2 3 1024' 'k 10 other 30 1 2048' \
		'k 10 topocert 10 3 1024' 'k 10 other 9 1 2048' \
		'k 10 topocert 1 3 1024' 'k 10 other 3 1 2048' \
		'k 10 other 11 1 2048' >figures
	awk -v names=names -f "$SRCDIR/bench/table.awk" names figures >R.md
	assert_equal "$(row topocert)" '2.000 200.000 300.000 1.0 1.00'
	assert_equal "$(row 'other one')" '10.000 1000.000 100.000 2.0 5.00'
}
