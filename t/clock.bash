# SPDX-License-Identifier: Apache-2.0
# For tests of what comes after the first day: a clock that stands still where
# it is told to, and what a plan says.

start=1900000000 # 2030-03-17 17:46:40 UTC

# at SECONDS ARGUMENT...: topocert, so many seconds after the start.
at() {
	TZ=UTC0 faketime -f "$(date -u -d "@$((start + $1))" '+%F %T')" \
		"$TOPOCERT" "${@:2}"
}

# planned OWNER: the action and the reason in plan.json.
planned() {
	jq -r --arg path "$1/" '.certificates[] |
		select(.path | startswith($path)) |
		[.action, .reason // empty] | join(" ")' plan.json
}

# renewed_between OWNER DAYS: after just so many days it is kept, and a second
# later it is not; both on a clock of the plan alone.
renewed_between() {
	at $(($2 * 86400)) plan --json c.ini >plan.json || :
	case $(planned "$1") in
	keep) ;;
	*) planned "$1" && return 1 ;;
	esac
	at $(($2 * 86400 + 1)) plan --json c.ini >plan.json || :
	[[ $(planned "$1") == 'reissue expire'* ]] || {
		planned "$1"
		return 1
	}
}

# end_of FILE: in c/, in seconds.
end_of() {
	date -u -d "$(openssl x509 -in "c/$1" -noout -enddate |
		cut -d= -f2)" +%s
}
