# SPDX-License-Identifier: Apache-2.0
# What the tests of the documents share: load common first.

# show PAGE KIND NAME: the display behind the comment "KIND: NAME", as printed.
show() {
	awk -v mark=".\\\\\" $2: $3" '
		$0 == mark { on = 1 }
		on && /^\.Ed/ { exit }
		on && !/^\./ { print; found = 1 }
		END { exit !found }
	' "$SRCDIR/man/$1" | sed 's/\\e/\\/g; s/\\&//g'
}

# session: run each line of standard input that begins with "$ ", but scp and
# ssh; the other lines have to be in what the one above prints, with whatever
# dates and days left, and whatever stands for "...".
session() {
	local line out=$BATS_TEST_TMPDIR/session.out
	while IFS= read -r line; do
		case $line in
		'' | '$ ssh '* | '$ scp '*) ;;
		'$ '*)
			echo "$line"
			eval "${line#$ }" >"$out" 2>&1 </dev/null ||
				[[ $line == *' plan '* || $line == *' verify '* ]] || return
			;;
		'  scp '* | '  ssh '*) ;;
		*)
			line=$(sed 's/[][*.^$]/\\&/g; s/\\\.\\\.\\\./.*/
				s/[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]/[-0-9]*/
				s/^\(valid *\)[0-9]* /\1[0-9]* /' \
				<<<"$line")
			grep -x -- "$line" "$out" && continue
			echo "no such line: $line" && cat "$out" && return 1
			;;
		esac
	done
}

# section PAGE TITLE: its source, from the title of a section or of a
# subsection to the next one.
section() {
	awk -v title="$2" '
		/^\.Sh / { whole = $0 == ".Sh " title; part = 0 }
		/^\.Ss / { part = $0 == ".Ss " title }
		whole || part' "$SRCDIR/man/$1"
}

# assert_items TEXT PREFIX: each word on standard input (regular expressions,
# and there have to be some) is an item ".It PREFIX WORD" of TEXT.
assert_items() {
	local word n=0 missing=()
	while read -r word; do
		n=$((n + 1))
		grep -qE "^\.It (.* , )?$2$word( |\$)" <<<"$1" ||
			missing+=("$word")
	done
	echo "$n looked for, not documented: ${missing[*]}"
	[ "$n" -gt 0 ] && [ ${#missing[@]} -eq 0 ]
}

# flat FILE...: C sources in one line each, so that calls are.
flat() {
	(cd "$SRCDIR/src" && cat "$@") | tr -s '\n\t ' ' '
}
