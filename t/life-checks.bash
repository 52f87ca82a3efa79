# SPDX-License-Identifier: Apache-2.0
# What must hold of c/ after each edit, seen with stock openssl. For life.bash,
# which has the clock and tells what is in failure.

# shellcheck disable=SC2034,SC2154

# fail WHY: the end; what led to it is told first.
fail() {
	failure=$*
	exit 1
}

# Directories of all generations of all CAs, the oldest first of each.
generations() {
	local ca old
	for ca in c/ca c/ca-client; do
		[ -e "$ca" ] || continue
		for ((old = 1; ; old++)); do
			[ -e "$ca/old/$old" ] || break
			echo "$ca/old/$old"
		done
		echo "$ca"
		[ ! -e "$ca/next" ] || echo "$ca/next"
	done
}

# "CA PATH SERIAL CERTIFICATE" of the latest one of each path of each CA.
record() {
	local folder ca path serial pem
	for folder in $(generations); do
		awk -F '\t' -v ca="${folder%/old/*}" -v folder="$folder" \
			'$5 ~ "/" { print ca, $5, $4, folder }' \
			"$folder/index.txt"
	done | awk '{ last[$1 " " $2] = $3 " " $4 }
		END { for (name in last) print name, last[name] }' | sort |
		while read -r ca path serial folder; do
			IFS= read -rd '' pem <"$folder/newcerts/$serial.pem"
			echo "${ca#c/} $path $serial ${pem//$'\n'/}"
		done
}

# Each owner's folder with the bundle's sum.
bundles() {
	local kind
	for kind in hosts users; do
		[ ! -e c/$kind ] || (cd c && find $kind -maxdepth 1 \
			-name '*.tar.gz' -exec sha256sum {} +)
	done | awk '{ print $2, $1 }' | sort
}

# facts OF: the lines of the file facts about that, without the word.
facts() {
	sed -n "s/^$1 //p" facts | sort -u
}

# The plan said so, generate did so, and nothing else has changed.
check_changes() {
	jq -rs '
		def facts: [[.certificates[] | [.path, .action, .reason]],
			.pruned, .unwanted, .repacked];
		"same \((.[0] | facts) == (.[1] | facts))",
		(.[0].certificates[] | select(.action != "keep") |
			"issue \(.ca) \(.path)", "touch \(.path)"),
		(.[0] | .repacked[].bundle, .pruned[] | "touch \(.)")
		' plan.json made.json >facts
	[ "$(facts same)" = true ] ||
		fail 'generate did not do what plan said'
	diff <(facts issue) <(diff before.record after.record |
		sed -n 's/^> \([^ ]* [^ ]*\) .*/\1/p' | sort) ||
		fail 'other certificates were issued than plan announced'
	# whose bundle was to be touched
	facts touch | sed 's/\.tar\.gz$//; s|^\([^/]*/[^/]*\).*|\1.tar.gz|' |
		sort -u >touched
	diff before.bundles after.bundles | awk '/^[<>]/ { print $2 }' |
		sort -u | comm -23 - touched >changed
	[ ! -s changed ] || fail "changed, but not announced: $(<changed)"
}

declare -A listed listed_at # of what, and when, a CA has made its last list

# list_of FOLDER: a list by "openssl ca" of what is revoked, in $list; the last
# one, where it is new enough and nothing has happened since.
list_of() {
	local state
	state=$(cat "$1/ca.crt" "$1/index.txt")
	list=$PWD/list-${1//\//-}.pem
	[ "${listed[$1]}" != "$state" ] || [ "$now" -gt "${listed_at[$1]}" ] ||
		return 0
	(cd "$1" && at openssl ca -config ca.conf -gencrl -out "$list" \
		2>gencrl.log) || fail "$(<"$1/gencrl.log")"
	rm "$1/gencrl.log"
	listed[$1]=$state
	listed_at[$1]=$((now + 20 * 86400))
}

# statuses FOLDER: "FOLDER SERIAL STATUS" by stock openssl of all that the CA
# there has signed.
statuses() {
	local folder=$1 list files=("$1"/newcerts/*.pem)
	[ -e "${files[0]}" ] || return 0
	list_of "$folder"
	openssl verify -attime "$now" -crl_check -CAfile "$folder/ca.crt" \
		-CRLfile "$list" "${files[@]}" 2>&1 |
		awk -v folder="${folder#c/}" '
			function tell(file, status) {
				gsub(/.*\/|\.pem.*/, "", file)
				print folder, file, status
			}
			/^error .* at 0 depth .*: certificate revoked/ { why = "revoked" }
			/^error .* at 0 depth .*: certificate has expired/ { why = "expired" }
			/: OK$/ { tell($1, "good") }
			/: verification failed$/ { tell($2, why); why = "?" }'
}

# over[FOLDER] is set where a CA has expired: all that it signed has, too.
declare -A over ended # the latter by certificate

find_over() {
	local folder certificate
	over=()
	for folder in $(facts over); do
		over[c/$folder]=yes
		certificate=$(<"c/$folder/ca.crt")
		[ -z "${ended[$certificate]}" ] || continue
		! at openssl x509 -in "c/$folder/ca.crt" -noout -checkend 0 \
			>checkend || fail "$folder has not expired"
		ended[$certificate]=yes
	done
}

check_list() {
	local folder
	at "$TOPOCERT" list --json c.ini >list.json || fail 'list'
	jq -r '.certificates[] | if .kind == "ca" then
			select(.status == "expired") |
				"over \(.file | rtrimstr("/ca.crt"))"
		else
			"row \(.ca) \(.serial) \(.status |
				if . == "revoked" or . == "expired" then .
				else "good" end)",
			(select(.wanted and (.superseded | not)) |
				"wanted \(.ca) \(.serial)")
		end' list.json >facts
	find_over
	for folder in $(generations); do
		[ -n "${over[$folder]}" ] || statuses "$folder"
	done >theirs
	sort -o theirs theirs
	facts row >ours
	for folder in "${!over[@]}"; do
		! grep "^${folder#c/} .* good" ours ||
			fail "good, of a CA that is over"
		sed -i "\\|^${folder#c/} |d" ours
	done
	diff theirs ours || fail 'openssl and list do not agree'
	facts wanted | comm -23 - <(sed -n 's/ good$//p' theirs) >bad
	[ -n "$waits" ] || [ ! -s bad ] || fail "wanted, and not good: $(<bad)"
}

# A list that is too old is no fault of the edit, nor is a CA that ended because
# it had nothing to sign: they are replaced, as verify says.
mend() {
	local ca stage stages
	if grep -q 'crl.pem: .*: topocert crl makes it anew' verify.log; then
		topocert crl -q c.ini >crl.log 2>&1 || fail "crl: $(<crl.log)"
		return
	fi
	ca=$(sed -n 's|^\(ca[^/]*\)/ca.crt: the CA expired.*|\1|p' verify.log)
	[ -n "$ca" ] || return
	note "so: $ca is replaced"
	case $(cat "c/$ca/rotation.txt" 2>/dev/null) in
	*begun*) stages=(switch finish) ;;
	*switched*) stages=(finish begin switch finish) ;;
	*) stages=(begin switch finish) ;;
	esac
	for stage in "${stages[@]}"; do
		rotate "$stage" ${option[split_ca]:+--ca "${ca#ca-}"}
	done
}

check_verify() {
	local tries
	for tries in 1 2 3; do
		at "$TOPOCERT" verify c.ini >verify.log 2>&1 && return
		mend || break
	done
	fail "verify: $(<verify.log)"
}

# Nothing is to be done, and all is as it has to be.
check_state() {
	at "$TOPOCERT" plan "$@" c.ini >plan.log 2>&1 || fail "plan: $(<plan.log)"
	waits=$(grep -F 'ends too soon' plan.log)
	if ! grep -q '^unwanted' plan.log && [ -z "$waits" ]; then
		check_verify
	fi
	check_list
}
