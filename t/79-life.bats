#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a cluster, drawn from a seed: see life.bash. make check-life has a
# longer one. Unless TOPOCERT_SEED says another, it is the same life each time;
# TOPOCERT_SEED=$RANDOM draws a new one.

load common
load faults

@test "after each of many edits all is as the topology says, and the rest untouched" {
	export TOPOCERT_SEED=${TOPOCERT_SEED:-7}
	run in_memory bash "$BATS_TEST_DIRNAME/life.bash" "${TOPOCERT_EDITS:-25}"
	assert_status 0
	echo "# $output" >&3
}
