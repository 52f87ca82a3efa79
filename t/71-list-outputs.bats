#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The outputs of list: for monitoring, a terminal, a browser.

load common
load list

# node1 has 40 days.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	sed -i 's/^\[host node1\]/&\ndays = 40/' c.ini
	topocert generate --quiet c.ini
}

setup() {
	cp -a "$BATS_FILE_TMPDIR"/c* "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# check STATUS DAYS [OPTION...]: in so many days there is one line, and it and
# the exit status are these; what stands behind the status is in the output.
check() {
	local words=(OK WARNING CRITICAL UNKNOWN)
	run "-$1" --separate-stderr faketime -f "+$2.5d" \
		"$TOPOCERT" list "${@:3}" c.ini
	assert_equal "$(wc -l <<<"$output")" 1
	[[ $output == "TOPOCERT ${words[$1]} - "* ]]
}

@test "--warn and --crit print one line, and exit as monitoring wants it" {
	check 0 9 --warn 30d
	assert_output_has 'node1/certs/node.crt expires in 30 days'
	assert_output_has ' certificates=4;;;0 expiring=0;;;0 expired=0;;;0'
	[[ ${output##* | } == "soonest="*"s;2592000:;604800: "* ]]
	check 1 11 --warn 30
	assert_output_has 'c: 1 of 4 expiring'
	check 2 34 --warn 30d
	check 1 34 --crit 96h
	check 2 34 --warn 2w --crit 1w
	check 2 41 --crit 1d
	assert_output_has 'c: 1 of 4 expired'
	assert_output_has ' expiring=0;;;0 expired=1;;;0'
}

@test "monitoring hears of what serves now, and of nothing else" {
	revoke hosts/node1/certs/node.crt
	check 0 39 --warn 30d
	assert_output_has ' certificates=3;'
	topocert generate --quiet c.ini
	sed -i 's/^\[host node1\]//; s/^days = 40//; s/^ip = 10.0.0.11.*//' c.ini
	check 0 39 --warn 30d
	assert_output_has ' certificates=3;'
}

@test "monitoring hears UNKNOWN where nothing can be said" {
	local age
	for age in x 3y -1 '' 12345678 1d2 1.5; do
		check 3 0 --warn "$age"
		assert_output_has 'wanted an age such as 30d, 12h or 2w'
		# shellcheck disable=SC2154 # from run
		[[ $stderr == *"--warn $age: "* ]]
	done
	check 3 0 --warn 7d --crit 30d
	mkdir c/.topocert-commit
	check 3 0 --warn 30d
	rmdir c/.topocert-commit
	echo 'V	damaged' >>c/ca/index.txt
	check 3 0 --warn 30d
	[[ $stderr == *'index.txt: damaged'* ]]
	rm -r c
	check 3 0 --warn 30d
	echo 'nonsense = 1' >>c.ini
	check 3 0 --warn 30d
	[[ $stderr == *'c.ini:'* ]]
}

@test "two outputs at once are wrong usage" {
	local pair
	for pair in '--json --graph' '--prometheus --html x' \
		'--warn 3d --json' '--graph --crit 3d'; do
		# shellcheck disable=SC2086 # two options
		run -2 topocert list $pair c.ini
		assert_output_has 'one at a time'
	done
	[ ! -e x ]
}

# on_terminal [VARIABLE=VALUE...]: what is seen there.
on_terminal() {
	env TERM=xterm "$@" script -qc \
		"stty cols 80; '$TOPOCERT' list c.ini" /dev/null \
		</dev/null | tr -d '\r' >seen
}

@test "a terminal gets colours and as many names as fit, a pipe gets all" {
	local red=$'\e[31m' dim=$'\e[2m'
	local variable
	sed -i 's/^ip = 10.0.0.12/&, 10.0.1.1, 10.0.1.2, 10.0.1.3/' c.ini
	topocert generate --quiet c.ini
	revoke hosts/node1/certs/node.crt
	on_terminal
	grep -qF "${red}revoked " seen
	grep -qF "${dim}replaced " seen
	grep -q 'host node2  node.crt  *node2, and 5 more$' seen
	run -1 grep -nE '^.{81}' <(sed 's/\x1b\[[0-9]*m//g' seen)
	for variable in NO_COLOR=1 TERM=dumb; do
		on_terminal "$variable"
		grep -q '^revoked ' seen
		run -1 grep -q $'\e' seen
	done
	topocert list c.ini >all
	run -1 grep -q $'\e' all
	run -1 grep ' more' all
	grep -q 'node2, 10.0.0.12, 10.0.1.1, 10.0.1.2, 10.0.1.3, 127.0.0.1$' all
}

@test "--html writes a whole page beside the old one and then in its place" {
	echo old >x.html
	ln x.html older
	(umask 077 && topocert list --html x.html c.ini) >out
	assert_equal "$(cat out)" 'x.html: written'
	assert_equal "$(cat older)" old
	assert_equal "$(stat -c %a x.html)" 644
	assert_equal "$(tail -n 1 x.html)" '</html>'
	run -1 grep -nE '<script|<link|<img|https?:|url\(|@import' x.html
	run -0 topocert list --quiet --html x.html c.ini
	assert_equal "$output" ''
	run -1 topocert list --html missing/x.html c.ini
	assert_output_has 'missing/x.html: No such file or directory'
	mkdir folder
	run -1 topocert list --html folder c.ini
	assert_output_has 'folder: Is a directory'
	assert_equal "$(ls)" "$(printf '%s\n' c c.ini folder older out x.html)"
}

# Nothing of this can come from a topology, but openssl ca signs all.
@test "hostile names break no output" {
	local name=$'<b>&"\'\\|{}$(id)`\e[31m\u202e'
	by_hand "/CN=${name//\\/\\\\}" \
		'subjectAltName = DNS:<i>\\|x, URI:javascript:alert(1)'
	sed -i 's|\(.*\)unknown\(.*\)|\1hosts/<u>"x\\y/certs/node.crt\2|' \
		c/ca/index.txt
	topocert list c.ini >text
	run -1 grep -P '\x1b|\x{202e}' text
	grep -qF '(not wanted) <i>' text
	listing
	jq -e '.certificates[0] | .owner == "<u>\"x\\y" and
		.names[0] == "DNS:<i>\\|x" and
		(.subject | startswith("/CN=<b>&\"'"'"'\\|{}$(id)`"))' list.json
	topocert list --html x.html c.ini
	run -1 grep -P '<[iu]>|<b>&|\x1b|\x{202e}' x.html
	grep -qF '&lt;i&gt;\|x, javascript:alert(1)' x.html
	grep -qF 'data-file="hosts/&lt;u&gt;&quot;x\y/certs/node.crt"' x.html
	run -0 topocert list --prometheus c.ini
	assert_output_has 'owner="<u>\"x\\y",'
	run -0 topocert list --graph c.ini
	assert_output_has '"host:<u>\"x\\y" [label='
}

@test "what was imported is listed with its own issuer" {
	load cockroachdb
	rm -r c
	public_ca DNS:node1,DNS:node2,IP:10.0.0.11,IP:10.0.0.12
	variant c.ini 'ui = import' 'ui_cert = ui.crt' 'ui_key = ui.key'
	topocert generate --quiet c.ini
	listing
	assert_equal "$(row hosts/node2/certs/ui.crt \
		'"serial=\(.serial) \(.owner) \(.imported) \(.wanted) \(.ca)"')" \
		"$(openssl x509 -in ui.crt -noout -serial) node2 true true null"
	assert_equal "$(row hosts/node1/certs/ui.crt .issuer)" "$(openssl x509 \
		-in ui.crt -noout -issuer -nameopt compat | sed 's/issuer=//')"
	topocert list --graph c.ini | grep -F '"issuer:/'
	echo broken >c/ca/imported/hosts/node1/certs/ui.crt
	run -0 topocert list c.ini
	assert_output_has 'ui.crt: no certificate: not in the list'
	check 3 0 --warn 1d
}
