# SPDX-License-Identifier: Apache-2.0
# What the tests share. Each test runs in a folder of its own.

bats_require_minimum_version 1.5.0

# make check exports these; the defaults serve "bats t/NN-topic.bats" by hand.
SRCDIR=${SRCDIR:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}
export TOPOCERT=${TOPOCERT:-$SRCDIR/build/topocert}
export TOPOCERT_DATADIR=${TOPOCERT_DATADIR:-$SRCDIR}
export EXAMPLE=$SRCDIR/examples/cockroachdb.ini

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

topocert() {
	"$TOPOCERT" "$@"
}

# small_topology [LINE...]: c.ini, two hosts and a user with quick keys, and
# the lines given at its end.
small_topology() {
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' \
		'[host node2]' 'ip = 10.0.0.12, 127.0.0.1' \
		'[user root]' "$@" >c.ini
}

# After "run": the exit status, shown with the output when it is another.
assert_status() {
	# shellcheck disable=SC2154 # status and output come from run
	if [ "$status" -ne "$1" ]; then
		printf 'status %s, wanted %s; output:\n%s\n' "$status" "$1" \
			"$output" >&2
		return 1
	fi
}

# After "run": the output has this text, to the letter.
assert_output_has() {
	case $output in
	*"$1"*) return 0 ;;
	esac
	printf 'output without "%s":\n%s\n' "$1" "$output" >&2
	return 1
}

# assert_equal ACTUAL WANTED
assert_equal() {
	if [ "$1" != "$2" ]; then
		printf 'is:     %s\nwanted: %s\n' "$1" "$2" >&2
		return 1
	fi
}

# snapshot FOLDER: every file in it with mode and content, to compare.
snapshot() {
	[ -e "$1" ] || return 0
	find "$1" -printf '%p %M %l\n' | sort
	find "$1" -type f -print0 | sort -z | xargs -0r sha256sum
}
