#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# life.bash EDITS: the life of a cluster in the folder c/, at random, with as
# many edits of its topology, each with a run of topocert. Whatever the edit,
# that has to do what plan said and no more, and then all has to be right.
# TOPOCERT_SEED repeats a life; where something is wrong, it is printed with
# all edits up to then.

# The functions of life-model.bash set edit and drawn, those of life-checks.bash
# read waits and set failure.
# shellcheck disable=SC2034,SC2154
export LC_ALL=C.UTF-8 TZ=UTC0
here=$(dirname "$0")
# shellcheck source=t/life-model.bash
. "$here/life-model.bash"
# shellcheck source=t/life-checks.bash
. "$here/life-checks.bash"

now=1900000000
declare -a history=()
waits=

# at COMMAND...: on the clock of this life, which stands still meanwhile.
at() {
	local clock
	printf -v clock '%(%F %T)T' "$now"
	faketime -f "$clock" "$@"
}

topocert() {
	now=$((now + 7))
	at "$TOPOCERT" "$@"
}

note() {
	history+=("$(printf '%3d %(%F)T  %s' "$n" "$now" "$1")")
}

tell() {
	local status=$?
	[ "$status" -ne 0 ] || return 0
	printf '%s\n' "${history[@]}"
	printf 'the topology is now:\n'
	cat c.ini
	printf '\n%s\n\n' "$failure"
	printf 'TOPOCERT_SEED=%s repeats these %s edits\n' "$seed" "$n"
} >&2
trap tell EXIT

edit_clock() {
	draw 120
	now=$((now + 3600 * (24 * drawn + 5)))
	edit="$drawn days later"
}

# A certificate that is good now, in $drawn: "CA SERIAL PATH".
draw_certificate() {
	local all
	mapfile -t all < <(jq -r '.certificates[] | select(.wanted and (.superseded | not) and
		.kind != "ca" and .status != "expired" and .status != "revoked") |
		[.ca, .serial, .file] | join(" ")' list.json | sort -k3)
	[ ${#all[@]} -gt 0 ] || return 1
	draw ${#all[@]}
	drawn=${all[drawn]}
}

edit_openssl_revoke() {
	local ca serial path
	draw_certificate || return
	read -r ca serial path <<<"$drawn"
	(cd "c/$ca" && at openssl ca -config ca.conf -crl_reason superseded \
		-revoke "newcerts/$serial.pem" 2>revoke.log) ||
		fail "$(<"c/$ca/revoke.log")"
	rm "c/$ca/revoke.log"
	edit="openssl ca -revoke, of $path"
}

edit_revoke() {
	draw_certificate || return
	topocert revoke -q --reason keyCompromise c.ini "${drawn##* }" \
		>revoke.log 2>&1 || fail "revoke: $(<revoke.log)"
	edit="revoke ${drawn##* }"
}

edit_crl() {
	if ! topocert crl -q c.ini >crl.log 2>&1; then
		# the CA is over: there are no lists of it any more
		grep -q ': expired on' crl.log || fail "crl: $(<crl.log)"
		return 1
	fi
	edit='crl'
}

edit_upload() {
	rm -rf c/hosts c/users
	edit='hosts/ and users/ are deleted after the upload'
}

edit_renew() {
	draw_owner
	renew=(--renew "${drawn/ /s/}")
	edit="${renew[*]}"
}

# The next stage of a rotation, of whichever CA.
edit_rotate() {
	local ca=() stage
	draw_of '' client
	[ -z "$drawn" ] || [ -e "c/ca-$drawn" ] || return
	[ -z "$drawn" ] || [ "${option[split_ca]}" ] || return
	[ -z "${option[split_ca]}" ] || ca=(--ca "${drawn:-ca}")
	case $(cat "c/ca${drawn:+-$drawn}/rotation.txt" 2>/dev/null) in
	*begun*) draw_of switch switch switch abort ;;
	*switched*) drawn=finish ;;
	*) drawn=begin ;;
	esac
	stage=$drawn
	edit="rotate ca $stage ${ca[*]}"
	rotate "$stage" "${ca[@]}"
}

# as_told LOG: where a CA ends too soon, what the first message says.
as_told() {
	local words
	read -ra words < <(sed -n 's/.*outlive .* topocert rotate ca //p' "$1")
	note "so: rotate ca ${words[*]}"
	rotate "${words[@]}"
}

# What the former CA signed, and nothing replaced, is revoked.
revoke_former() {
	local serials=()
	mapfile -t serials < <(sed -n \
		's/.*: signed by the former CA, serial number \([^,]*\),.*/\1/p' \
		rotate.log)
	note "so: revoke ${serials[*]}"
	topocert revoke -q c.ini "${serials[@]}" || fail "revoke ${serials[*]}"
}

# rotate STAGE [OPTION...]: and what else is needed for that.
rotate() {
	local tries
	for tries in 1 2 3 4; do
		topocert rotate ca "$@" -q c.ini >rotate.log 2>&1 && return
		case $(<rotate.log) in
		*'still valid and not replaced'*) revoke_former ;;
		*'only after topocert rotate ca switch'*)
			note "so: not yet $toggled"
			toggle "$toggled"
			write_topology >c.ini
			return
			;;
		*'rotate ca abort'*)
			# the next CA was made too long ago
			as_told rotate.log
			return
			;;
		*'outlive the CA'*) as_told rotate.log ;;
		*) break ;;
		esac
		# an option of the profile has gone meanwhile, and its CA
		[[ $* != *'--ca client'* ]] || [ "${option[split_ca]}" ] ||
			return 0
	done
	fail "rotate $*, $tries times: $(<rotate.log)"
}

# plan OPTION...: to plan.json. Where the CA ends too soon, do what the message
# says until it does not.
plan() {
	while ! at "$TOPOCERT" plan --json "$@" c.ini >plan.json 2>plan.log; do
		grep -q 'outlive the CA' plan.log || break
		as_told plan.log
	done
	[ ! -s plan.log ] || grep -q warning plan.log || fail "plan: $(<plan.log)"
}

mapfile -t often < <(declare -F | sed -n 's/.* \(edit_\)/\1/p')
seldom=()
for name in "${!often[@]}"; do
	case ${often[name]} in
	*_upload | *_crl | *_option)
		seldom+=("${often[name]}")
		unset "often[name]"
		;;
	esac
done

# One edit, and what has to come of it.
live() {
	local prune=() renew=()
	until draw_of "${often[@]}" "${often[@]}" "${seldom[@]}" \
		edit_clock edit_clock edit_clock edit_clock && "$drawn"; do
		:
	done
	write_topology >c.ini
	draw 4
	[ "$drawn" -eq 0 ] || prune=(--prune)
	note "$edit${prune:+, prune}"
	plan "${prune[@]}" "${renew[@]}"
	record >before.record
	bundles >before.bundles
	topocert generate --json "${prune[@]}" "${renew[@]}" c.ini \
		>made.json 2>made.log || fail "generate: $(<made.log)"
	record >after.record
	bundles >after.bundles
	check_changes
	check_state "${prune[@]}"
}

seed=${TOPOCERT_SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
n=0
first_topology
write_topology >c.ini
topocert generate -q c.ini || fail 'the first run'
check_state
for ((n = 1; n <= $1; n++)); do
	live
done
printf '%s edits with TOPOCERT_SEED=%s, until %(%F)T\n' "$1" "$seed" "$now"
