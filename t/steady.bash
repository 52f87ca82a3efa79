# SPDX-License-Identifier: Apache-2.0
# Clients that go on all the while something is done to the servers: load
# servers first. Each loop NAME has the numbers of its requests that were
# answered in NAME.done, and what every attempt that failed said in NAME.failed,
# all in the folder of the test file.

# steady NAME COMMAND...: as a loop in the background. Behind its arguments COMMAND
# gets the number of the request and that of the attempt; after three of them
# the request has failed.
steady() {
	local name=$1
	: >"$BATS_FILE_TMPDIR/$name.done"
	: >"$BATS_FILE_TMPDIR/$name.failed"
	start "$name" steady_loop "$@"
}

steady_loop() {
	local name=$1 number=0 attempt text
	# without the trap by which bats follows each command
	trap - DEBUG ERR
	set +eET
	while sleep 0.02; do
		number=$((number + 1))
		for attempt in 1 2 3; do
			text=$("${@:2}" $number $attempt 2>&1) && break
			echo "$(date +%T.%N) $number, $attempt: $text" \
				>>"$BATS_FILE_TMPDIR/$name.failed"
			sleep 0.2
			[ $attempt -lt 3 ] || echo "$number: given up" \
				>>"$BATS_FILE_TMPDIR/$name.failed"
		done
		echo "$number $attempt" >>"$BATS_FILE_TMPDIR/$name.done"
	done
}

# goes_on NAME...: each of the loops has ten more requests done, in 30 s.
goes_on() {
	local name from
	for name in "$@"; do
		from=$(wc -l <"$BATS_FILE_TMPDIR/$name.done")
		until_ready "$name" has_done "$name" $((from + 10))
	done
}

has_done() {
	[ "$(wc -l <"$BATS_FILE_TMPDIR/$1.done")" -ge "$2" ]
}

# never_for_tls NAME...: no attempt failed for a reason of TLS, and no request
# in the end.
never_for_tls() {
	local name file
	for name in "$@"; do
		file=$BATS_FILE_TMPDIR/$name.failed
		echo "$name: $(wc -l <"$BATS_FILE_TMPDIR/$name.done") requests, \
failed attempts:"
		cat "$file"
		run -1 grep -iE 'given up|certificate|x509|alert|verify|unknown ca' \
			"$file"
	done
}

# exchange BUNDLE LINK: for a client that goes by the link LINK to its unpacked
# bundle, and so has all of the old one or all of the new one.
exchange() {
	local folder
	folder=$(mktemp -d "$2.XXXX")
	[ ! -e "$2" ] || cp -rT "$2/" "$folder"
	unpack "$1" "$folder"
	ln -s "${folder##*/}" "$2.next"
	mv -T "$2.next" "$2"
}
