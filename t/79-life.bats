#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a cluster, drawn from a seed: see life.bash. make check-life has a
# longer one. It is another life each time, unless TOPOCERT_SEED has the seed of
# one, which is printed.

load common
load faults

@test "after each of many edits all is as the topology says, and the rest untouched" {
	run in_memory bash "$BATS_TEST_DIRNAME/life.bash" "${TOPOCERT_EDITS:-25}"
	assert_status 0
	echo "# $output" >&3
}
