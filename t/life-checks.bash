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

# announced PLAN: "CA PATH" of what it issues.
announced() {
	jq -r '.certificates[] | select(.action != "keep") | .ca + " " + .path' \
		"$1" | sort
}

# The plan said so, generate did so, and nothing else has changed.
check_changes() {
	local facts='[[.certificates[] | [.path, .action, .reason]], .pruned,
		.unwanted, .repacked]'
	jq -se "map($facts) | .[0] == .[1]" plan.json made.json >/dev/null ||
		fail 'generate did not do what plan said'
	announced plan.json >issued
	diff issued <(diff before.record after.record |
		sed -n 's/^> \([^ ]* [^ ]*\) .*/\1/p' | sort) ||
		fail 'other certificates were issued than plan announced'
	# whose bundle was to be touched
	{
		cut -d' ' -f2 issued | cut -d/ -f1,2
		jq -r '.repacked[].bundle, .pruned[]' plan.json |
			sed 's/\.tar\.gz$//' | cut -d/ -f1,2
	} | sort -u | sed 's/$/.tar.gz/' >touched
	diff before.bundles after.bundles | awk '/^[<>]/ { print $2 }' |
		sort -u | comm -23 - touched >changed
	[ ! -s changed ] || fail "changed, but not announced: $(<changed)"
}

# statuses FOLDER: "FOLDER SERIAL STATUS" by stock openssl of all that the CA
# there has signed, with a list that it has just made.
statuses() {
	local folder=$1 files=("$1"/newcerts/*.pem)
	[ -e "${files[0]}" ] || return 0
	(cd "$folder" && at openssl ca -config ca.conf -gencrl \
		-out ../crl.tmp 2>gencrl.log) || fail "$(<"$folder/gencrl.log")"
	rm "$folder/gencrl.log"
	openssl verify -attime "$now" -crl_check -CAfile "$folder/ca.crt" \
		-CRLfile "$folder/../crl.tmp" "${files[@]}" 2>&1 |
		awk -v folder="${folder#c/}" '
			function tell(file, status) {
				gsub(/.*\/|\.pem.*/, "", file)
				print folder, file, status
			}
			/^error .* at 0 depth .*: certificate revoked/ { why = "revoked" }
			/^error .* at 0 depth .*: certificate has expired/ { why = "expired" }
			/: OK$/ { tell($1, "good") }
			/: verification failed$/ { tell($2, why); why = "?" }'
	rm -f "$folder/../crl.tmp"
}

# over[FOLDER] is set once a CA has expired: all that it signed has, too.
declare -A over

find_over() {
	local folder
	for folder in $(jq -r '.certificates[] | select(.kind == "ca" and
		.status == "expired") | .file' list.json); do
		folder=c/${folder%/ca.crt}
		[ -z "${over[$folder]}" ] || continue
		! at openssl x509 -in "$folder/ca.crt" -noout -checkend 0 ||
			fail "$folder has not expired"
		over[$folder]=yes
	done
}

check_list() {
	local folder
	at "$TOPOCERT" list --json c.ini >list.json || fail 'list'
	find_over
	for folder in $(generations); do
		[ -n "${over[$folder]}" ] || statuses "$folder"
	done | sort >theirs
	jq -r '.certificates[] | select(.kind != "ca") | [.ca, .serial,
		(.status | if . == "revoked" or . == "expired" then .
			else "good" end)] | join(" ")' list.json | sort >ours
	for folder in "${!over[@]}"; do
		grep -v "^${folder#c/} " ours >kept || :
		grep "^${folder#c/} .* good" ours && fail "good, of a CA that is over"
		mv kept ours
	done
	diff theirs ours || fail 'openssl and list do not agree'
	jq -r '.certificates[] | select(.wanted and (.superseded | not) and .kind != "ca") |
		[.ca, .serial] | join(" ")' list.json | sort |
		comm -23 - <(sed -n 's/ good$//p' theirs) >bad
	[ -n "$waits" ] || [ ! -s bad ] || fail "wanted, and not good: $(<bad)"
}

# A list that is too old is no fault of the edit: it is made anew, as verify
# says.
check_verify() {
	at "$TOPOCERT" verify c.ini >verify.log 2>&1 && return
	if grep -q 'crl.pem: .*: topocert crl makes it anew' verify.log; then
		topocert crl -q c.ini || fail crl
		at "$TOPOCERT" verify c.ini >verify.log 2>&1 && return
	fi
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
