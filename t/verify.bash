# SPDX-License-Identifier: Apache-2.0
# For tests of verify: load common first. The folder of the test file has
# c.ini and good/, what generate made of it.

# bats traces every command of a test, which makes long tables slow: hence the
# subshells below, where it does not.

# verify_says STATUS COUNT [OPTION...]: what verify says of c/ is "N faults" or
# "all as the topology says", it ends with STATUS, and c/ stays as it was. The
# lines go to said.
verify_says() {
	local wanted=$1 count=$2 status=0 before
	shift 2
	before=$(snapshot c)
	topocert verify "$@" -o c c.ini >said 2>&1 || status=$?
	if [ "$status" -ne "$wanted" ]; then
		echo "status $status, wanted $wanted"
	elif ! tail -n 1 said | grep -qE "^(c|topocert): $count"; then
		echo "wanted at the end: $count"
	elif [ "$(snapshot c)" != "$before" ]; then
		echo 'c/ is not as it was'
	else
		return 0
	fi
	cat said
	return 1
}

# damage COMMAND LINE...: after COMMAND, verify says these lines and no others,
# and ends with status 4. SERIAL stands for any serial number, TIME for any
# time.
damage() (
	trap - DEBUG
	local line n=$(($# - 1)) faults=faults
	[ "$n" -ne 1 ] || faults=fault
	rm -rf c
	cp -a good c
	eval "$1" || exit
	verify_says 4 "$n $faults in" || {
		echo "after: $1"
		exit 1
	}
	sed -i -E 's/[0-9A-F]{32}/SERIAL/g; s/20[-0-9]*T[:0-9]*Z/TIME/g' said
	for line in "${@:2}"; do
		grep -qxF -- "$line" said && continue
		printf 'after: %s\nno line: %s\nbut:\n%s\n' "$1" "$line" \
			"$(<said)"
		exit 1
	done
) >&2

# harmless COMMAND [COUNT]: after it, verify finds nothing wrong.
harmless() (
	trap - DEBUG
	rm -rf c
	cp -a good c
	eval "$1" || exit
	verify_says 0 "${2:-.*}: all as the topology says" && return
	echo "after: $1"
	exit 1
) >&2
