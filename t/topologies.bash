# SPDX-License-Identifier: Apache-2.0
# What the tests of topologies share, good and bad ones: load common first.

# names HOST: make what c.ini asks for; the alternative names of HOST in it.
names() {
	topocert generate --quiet c.ini || return
	openssl x509 -in "c/hosts/$1/certs/node.crt" -noout \
		-ext subjectAltName | sed '1d;s/^ *//;s/ Address//g'
}

# bats traces every command of a test, which makes long tables slow: hence the
# subshells below, where it does not.

# refused STATUS FILE WANTED [OPTION]...: generate refuses the topology FILE
# with STATUS, says WANTED to the letter and nothing else, and leaves the
# folder as it was.
refused() {
	local wanted_status=$1 file=$2 wanted=$3 status=0 before said
	shift 3
	before=$(ls -AlR --full-time)
	said=$(topocert generate "$@" "$file" 2>&1) || status=$?
	if [ "$status" -ne "$wanted_status" ]; then
		printf 'status %s, wanted %s, of:\n' "$status" "$wanted_status"
	elif [ "$said" != "$wanted" ]; then
		printf 'wanted:\n%s\nof:\n' "$wanted"
	elif [ "$(ls -AlR --full-time)" != "$before" ]; then
		printf 'the folder has changed:\n%s\nby:\n' "$(ls -R)"
	else
		return 0
	fi
	cat -A "$file"
	printf 'said:\n%s\n\n' "$said"
	return 1
} >&2

# refuse_row TEXT: one row of a table, as refuse_table has them.
refuse_row() {
	local line lines=() general=() wanted=() number
	case $'\n'$1 in
	*$'\n[cluster'*) : >c.ini ;;
	*) small_topology ;;
	esac
	mapfile -t lines <c.ini
	number=${#lines[@]}
	lines=()
	while IFS= read -r line; do
		case $line in
		'!! '*) general+=("c.ini: ${line#!! }") ;;
		'! '*) wanted+=("c.ini:$number: ${line#! }") ;;
		*)
			lines+=("$line")
			number=$((number + 1))
			;;
		esac
	done <<<"$1"
	printf '%b\n' "${lines[@]}" >>c.ini
	wanted=("${general[@]}" "${wanted[@]}")
	if [ ${#wanted[@]} -eq 0 ]; then
		printf 'a row that says no error:\n%s\n' "$1" >&2
		return 1
	fi
	printf -v line '%s\n' "${wanted[@]}"
	refused 3 c.ini "${line%$'\n'}"
}

# refuse_table ROWS, on standard input: topologies that generate must refuse,
# with all it must say. Empty lines part the rows. A line "! TEXT" is the
# error wanted for the line above it, "!! TEXT" one for the file as a whole;
# the other lines are the topology, with the escapes of printf's %b. They come
# behind small_topology, unless they have a [cluster] of their own. Every row
# is tried; the table must have ROWS of them.
refuse_table() (
	trap - DEBUG
	local line row='' rows=0 failed=0
	while IFS= read -r line || [ -n "$row" ]; do
		if [ -n "$line" ]; then
			row+=${row:+$'\n'}$line
		elif [ -n "$row" ]; then
			rows=$((rows + 1))
			refuse_row "$row" || failed=$((failed + 1))
			row=
		fi
	done
	[ "$failed" -eq 0 ] || echo "$failed of $rows rows failed" >&2
	assert_equal "$rows rows" "$1 rows" && [ "$failed" -eq 0 ]
)

# refuse_values KEY REASON VALUE...: none of the values is one for a host.
refuse_values() (
	trap - DEBUG
	local key=$1 reason=$2 value failed=0
	shift 2
	for value; do
		refuse_row "[host node3]"$'\n'"$key = ${value//\\/\\\\}"$'\n'"! $key = $value: $reason" ||
			failed=1
	done
	exit "$failed"
)

# refuse_names KIND REASON NAME...: none of the names is one for a KIND.
refuse_names() (
	trap - DEBUG
	local kind=$1 reason=$2 name failed=0
	shift 2
	for name; do
		refuse_row "[$kind ${name//\\/\\\\}]"$'\n'"! [$kind $name]: $reason" ||
			failed=1
	done
	exit "$failed"
)
