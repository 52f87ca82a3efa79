#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common

@test "every source, data file and test is listed in Makefile.am" {
	local file unlisted=()
	cd "$SRCDIR"
	while read -r file; do
		grep -qE "(^|[[:space:]])${file//./\\.}( |\$)" Makefile.am ||
			unlisted+=("$file")
	done < <(find src templates profiles examples man t bench -type f \
		! -path '*/.*' ! -path bench/RESULTS.md ! -name '*.o' ! -name '*.log' ! -name '*.trs')
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

@test "no source file has more than 600 lines" {
	run -0 awk 'FNR == 601 { print FILENAME }' "$SRCDIR"/src/*.[ch]
	assert_equal "$output" ''
}

@test "no source file knows the name of a system" {
	local names='cockroach|tidb|tikv|etcd|postgres|mysql|mariadb|kafka|redis'
	names+='|elastic|opensearch|mosquitto|zookeeper|nginx|mongo'
	# but for the protocols of "openssl s_client -starttls"
	run -1 grep -inE --exclude=starttls.c "$names" "$SRCDIR"/src/*.[ch]
}

@test "no file holds a private key" {
	run -1 grep -rlE -e '^[[:space:]]*-----BEGIN [A-Z ]*PRIVATE KEY' "$SRCDIR"/src \
		"$SRCDIR"/templates "$SRCDIR"/profiles "$SRCDIR"/examples \
		"$SRCDIR"/man "$SRCDIR"/t
}
