#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What is left of the keys in memory when the work is done.

load common
load faults

# dump PID FILE: all that the process can write to.
dump() {
	local range rights start end
	while read -r range rights _; do
		[[ $rights == rw* ]] || continue
		start=$((16#${range%-*}))
		end=$((16#${range#*-}))
		dd if="/proc/$1/mem" bs=1M iflag=skip_bytes,count_bytes \
			skip=$start count=$((end - start)) 2>/dev/null || true
	done <"/proc/$1/maps" >"$2"
}

@test "no piece of a key is left in memory when the result is printed" {
	[ -z "${TOPOCERT_SANITIZERS-}" ] ||
		skip "the sanitizers keep what is freed"
	local last pid tracer i key found=0
	small_topology
	traced -o log -e trace=write "$TOPOCERT" generate c.ini >/dev/null
	last=$(grep -c 'write(' log)
	rm -r c log
	strace -f -o log -e trace=write -e inject=write:signal=STOP:when="$last" \
		"$TOPOCERT" generate c.ini >out 3>&- &
	tracer=$!
	# a traced process also stops for a moment at each call
	for ((i = 0; i < 200; i++)); do
		grep -qs 'stopped by SIGSTOP' log && break
		sleep 0.05
	done
	grep -q 'stopped by SIGSTOP' log
	pid=$(pgrep -P $tracer)
	dump "$pid" memory
	kill -s KILL "$pid"
	wait
	# the names of the hosts are there, and no line of any key
	grep -aqF 'hosts/node1' memory
	for key in c/hosts/*/certs/*.key c/users/*/certs/*.key c/ca/ca.key; do
		if sed '/^-/d;s/.*\(.\{24\}\)$/\1/' "$key" |
			grep -aqFf - memory; then
			echo "in memory: $key"
			found=1
		fi
	done
	[ $found -eq 0 ]
}
