# SPDX-License-Identifier: Apache-2.0
# To look into the memory of a process. Needs common and faults.

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

# stopped_at_end "RESET ARGUMENT..." ARGUMENT...: run topocert with these, stop
# it where it prints the last of its result, to the file out, and put what is
# in its memory into the file memory. RESET is run first, twice.
stopped_at_end() {
	stopped_at write "$@"
}

# stopped_at CALL "RESET ARGUMENT..." ARGUMENT...: the same, at the last such
# system call.
stopped_at() {
	local call=$1 last pid tracer i reset
	shift
	read -ra reset <<<"$1"
	shift
	"${reset[@]}"
	traced -o log -e trace="$call" "$TOPOCERT" "$@" >/dev/null
	last=$(grep -c "$call(" log)
	rm log
	"${reset[@]}"
	strace -f -o log -e trace="$call" \
		-e inject="$call:signal=STOP:when=$last" \
		"$TOPOCERT" "$@" >out 3>&- &
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
}
