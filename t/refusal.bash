# SPDX-License-Identifier: Apache-2.0
# For tests of servers whose log alone tells why they refused a client.

# refused NAME REASON COMMAND...: COMMAND fails, and what the server NAME then
# writes to its log has the text REASON, within five seconds.
refused() {
	local log=$BATS_FILE_TMPDIR/$1.log from i
	from=$(wc -c <"$log")
	if "${@:3}" >refused.out 2>&1; then
		printf 'not refused: %s\n' "${*:3}" >&2
		cat refused.out >&2
		return 1
	fi
	for ((i = 0; i < 50; i++)); do
		tail -c "+$((from + 1))" "$log" | grep -qF "$2" && return
		sleep 0.1
	done
	printf 'the log of %s has no "%s":\n' "$1" "$2" >&2
	tail -c "+$((from + 1))" "$log" >&2
	printf 'the client says:\n%s\n' "$(<refused.out)" >&2
	return 1
}
