#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree

# 1,000 hosts in one run, and what it took.
setup_file() {
	local rack
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed '/^\[host/,$d' c.ini >big.ini
	for rack in {0..9}; do
		printf '%s\n' "[host r$rack-n{1..100}]" "ip = 10.0.$rack.{1..100}"
	done >>big.ini
	took "$TOPOCERT" generate -q big.ini >first
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# took COMMAND...: milliseconds by the clock, and of processor time.
took() {
	local TIMEFORMAT='%3R %3U %3S'
	{ time "$@" >out 2>&1; } 2>&1 | tr -d . |
		awk '{ print $1 + 0, $2 + $3 }'
}

@test "a run makes 1,000 bundles, each on record and with a serial number of its own" {
	cut -f4 c/ca/index.txt | sort -u >serials
	[ "$(wc -l <serials)" -eq 1000 ]
	[ "$(wc -l <c/ca/index.txt)" -eq 1000 ]
	diff serials <(find c/ca/newcerts -name '*.pem' -printf '%f\n' |
		sed 's/\.pem//' | sort)
	diff <(cut -f5 c/ca/index.txt | sort) <(cd c && find hosts \
		-path 'hosts/*/certs/node.crt' | sort)
	[ "$(find c -name '*.tar.gz' -size +1 | wc -l)" -eq 1000 ]
	[ "$(find c -name node.key -exec cat {} + | grep -c BEGIN)" -eq 1000 ]
	[ "$(find c -name node.key -exec sha256sum {} + | cut -c-64 |
		sort -u | wc -l)" -eq 1000 ]
}

@test "stock openssl verifies all 1,000, and their sums are right" {
	openssl verify -CAfile c/ca/ca.crt c/hosts/*/certs/node.crt >verified
	[ "$(grep -c ': OK$' verified)" -eq 1000 ]
	(cd c && sha256sum --quiet --strict -c SHA256SUMS)
	[ "$(wc -l <c/SHA256SUMS)" -eq 4000 ]
}

# 50 of them; without the trap by which bats follows each command.
sample_is_right() (
	trap - DEBUG
	serial=
	for host in r{0..9}-n{7,28,49,71,100}; do
		assert_pair "c/hosts/$host/certs/node.crt"
		recorded c "c/hosts/$host/certs/node.crt" "$serial"
		tar -xzOf "c/hosts/$host.tar.gz" | cmp - <(cat \
			"c/hosts/$host/"{CONFIG.txt,certs/{ca.crt,node.{crt,key}}})
	done
)

@test "of 50 among them key and certificate belong together, and with the bundle" {
	sample_is_right
	for rack in {0..9}; do
		run -0 openssl x509 -noout -checkip "10.0.$rack.71" \
			-in "c/hosts/r$rack-n71/certs/node.crt"
		assert_output_has 'does match'
	done
}

@test "a second run changes nothing and takes less than a tenth of the time" {
	find c -printf '%p %s %T@ %C@\n' | sort >before
	took "$TOPOCERT" generate big.ini >second
	cat out
	grep 'c: nothing to do, ' out
	diff before <(find c -printf '%p %s %T@ %C@\n' | sort)
	echo "first: $(<first) ms, second: $(<second) ms"
	read -r clock processor <first
	read -r clock2 processor2 <second
	[ "$clock" -gt 0 ] && [ $((10 * clock2)) -lt "$clock" ]
	[ $((10 * processor2)) -lt "$processor" ]
}

# least COUNT: megabytes with which a topology of so many hosts can be read and
# compared with what is there, in steps of 5.
least() {
	local rack size
	printf '%s\n' '[cluster]' 'name = none' 'profile = postgresql' >"$1.ini"
	for ((rack = 0; rack < $1 / 250; rack++)); do
		printf '%s\n' "[host r$rack-n{1..250}]" \
			"ip = 10.0.$rack.{1..250}"
	done >>"$1.ini"
	for ((size = 30; size <= 200; size += 5)); do
		(ulimit -v $((size * 1024)) && exec "$TOPOCERT" list "$1.ini") \
			>out 2>&1 && echo $size && return
	done
	return 0
}

@test "a host more in the topology takes less than 700 bytes of memory" {
	[ -z "${TOPOCERT_SANITIZERS-}" ] || skip 'a sanitizer is at work'
	few=$(least 1000)
	[ "$few" ] || skip 'this build needs much more memory'
	grep 'none: no certificates yet' out
	many=$(least 41000)
	echo "1,000 hosts: $few MB, 41,000 hosts: $many MB"
	[ "$many" -le $((few + 28 + 5)) ]
}
