# SPDX-License-Identifier: Apache-2.0
# What the tests of profiles and templates share: load common and topologies
# first.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	printf '%s\n' '[cluster]' 'name = c' 'profile = ./mine.ini' \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' '[user root]' >c.ini
	cp "$BATS_TEST_DIRNAME/13-profile.ini" good.ini
	cp good.ini mine.ini
}

# change_line FILE LINE TEXT: print FILE with LINE replaced by TEXT, which has
# the escapes of printf's %b.
change_line() {
	head -n "$(($2 - 1))" "$1"
	printf '%b\n' "$3"
	tail -n "+$(($2 + 1))" "$1"
}

# change SECTION KEY TEXT: mine.ini, as good.ini with TEXT for the line of KEY
# in [SECTION], or without it where TEXT is "-". An empty KEY is the section's
# own line. Sets header and line, the numbers of the section's line and of
# that of KEY.
change() {
	header=$(grep -nFx "[$1]" good.ini)
	header=${header%%:*}
	line=$(awk -v header="$header" -v key="$2" '
		NR >= header && (key == "" || $1 == key) { print NR; exit }
		' good.ini)
	if [ "$3" = - ]; then
		sed "${line}d" good.ini >mine.ini
	else
		change_line good.ini "$line" "$3" >mine.ini
	fi
}

# refuse_changes ROWS, on standard input: changes that must be refused. A row
# is SECTION|KEY|VALUE|REASON: with KEY = VALUE in [SECTION], the message is
# REASON for that line. "-" for VALUE takes the key away, "=" before REASON
# stands for "KEY = VALUE: ", "[" at its start makes it one for the section's
# line, and "+2 " before it one for the second line below that of KEY. Where
# KEY is empty, VALUE stands for the section's line.
refuse_changes() (
	trap - DEBUG
	local section key value reason rows=0 failed=0 header line
	while IFS='|' read -r section key value reason; do
		rows=$((rows + 1))
		case $key$value in
		"$value" | *-) change "$section" "$key" "$value" ;;
		*) change "$section" "$key" "$key = $value" ;;
		esac
		case $reason in
		'['*) line=$header ;;
		'='*) reason="$key = $value: ${reason#=}" ;;
		'+'*)
			line=$((line + ${reason%% *}))
			reason=${reason#* }
			;;
		esac
		refused 3 c.ini "./mine.ini:$line: $reason" || failed=$((failed + 1))
	done
	assert_equal "$rows rows, $failed failed" "$1 rows, 0 failed"
)

# two_certificates: the profile of these tests, with [certificate peer] for
# hosts besides: a client with names, whose common name is that of the host.
two_certificates() {
	local profile=$BATS_TEST_DIRNAME/13-profile.ini
	cat "$profile"
	sed -n '/^\[certificate node\]/,/^$/p' "$profile" |
		sed 's/node\]/peer]/
			/^file\|^key_file/s/= node\./= peer./
			s/^common_name .*/common_name = {{name}}/
			s/signing_node_req/signing_peer_req/
			s/serverAuth, //'
}

# change_template FILE START TEXT: mine/FILE, as 13-FILE beside this file with
# TEXT for its first line that begins with START. Those are templates that
# spell out their lines. Sets line, the number of that.
change_template() {
	local source=$BATS_TEST_DIRNAME/13-$1
	line=$(grep -n "^$2" "$source")
	line=${line%%:*}
	rm -rf mine
	mkdir mine
	change_line "$source" "$line" "$3" >"mine/$1"
}

# refuse_templates FILE ROWS, on standard input: changes of the template FILE
# that must be refused. A row is STATUS|START|TEXT|MESSAGE, where "@" at the
# start of MESSAGE is the name of the file and the number of TEXT's last line.
refuse_templates() (
	trap - DEBUG
	local file=$1 status start text message rows=0 failed=0 line breaks
	while IFS='|' read -r status start text message; do
		rows=$((rows + 1))
		change_template "$file" "$start" "$text"
		breaks=${text//\\n/$'\n'}
		breaks=${breaks//[!$'\n']/}
		line=$((line + ${#breaks}))
		message=${message/#@/mine/$file:$line}
		refused "$status" c.ini "$message" --templates mine || {
			echo "with $text" >&2
			failed=$((failed + 1))
		}
	done
	assert_equal "$rows rows, $failed failed" "$2 rows, 0 failed"
)
