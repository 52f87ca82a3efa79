#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

bats_require_minimum_version 1.5.0

@test "every source, data file and test is listed in Makefile.am" {
	local file unlisted=()
	cd "$SRCDIR"
	while read -r file; do
		grep -qE "(^|[[:space:]])${file//./\\.}( |\$)" Makefile.am ||
			unlisted+=("$file")
	done < <(find src templates profiles examples man t -type f \
		! -path '*/.*' ! -name '*.o' ! -name '*.log' ! -name '*.trs')
	echo "not listed: ${unlisted[*]}"
	[ ${#unlisted[@]} -eq 0 ]
}

@test "the lists in Makefile.am are sorted" {
	run -0 awk '
		/^[^\t]/ { list = $1; last = "" }
		/^\t/ && list ~ /_SOURCES$|_DATA$|_MANS$|TESTS$|_files$/ {
			if ($1 < last)
				print list " has " $1 " after " last
			last = $1
		}' "$SRCDIR/Makefile.am"
	echo "$output"
	[ -z "$output" ]
}
