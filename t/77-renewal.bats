#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# When a certificate is issued anew because its end is near, and what must not
# be said about that in a topology.

# shellcheck disable=SC2154 # start is that of clock.bash

load common
load topologies
load clock

@test "by default it is 30 days before the end above 90 days, a third below" {
	local days before
	printf '%s\n' '[host d'{1,2,3,10,89,90,91,120,1000}']' |
		sed 's/\[host d\(.*\)]/&\ndays = \1/' >hosts.ini
	small_topology "$(<hosts.ini)"
	at 0 generate --quiet c.ini
	while read -r days before; do
		renewed_between "hosts/d$days" $((days - before))
	done <<-'END'
		3    1
		10   3
		89   29
		90   30
		91   30
		120  30
		1000 30
	END
	# of one or two days there is no third
	for days in 1 2; do
		at $((days * 86400 - 1)) plan --json c.ini >plan.json || :
		assert_equal "$(planned hosts/d$days)" keep
	done
}

@test "renew_before of [cluster] counts for all, that of a host or user for it alone" {
	small_topology '[host own]' 'renew_before = 100' \
		'[user other]' 'renew_before = 0' 'days = 300'
	sed -i 's/^\[cluster\]/&\ndays = 400\nrenew_before = 50/' c.ini
	at 0 generate --quiet c.ini
	renewed_between hosts/own 300
	renewed_between hosts/node1 350
	renewed_between users/root 350
	# not before it has expired
	at $((300 * 86400 - 1)) plan --json c.ini >plan.json || :
	assert_equal "$(planned users/other)" keep
	at $((300 * 86400)) plan --json c.ini >plan.json || :
	assert_equal "$(planned users/other)" \
		"reissue expired on $(date -u -d "@$((start + 300 * 86400))" +%F)"
}

@test "plan and generate say how many days are left, and do what they say" {
	small_topology '[host short]' 'days = 60' 'renew_before = 20'
	at 0 generate --quiet c.ini
	local later=$((47 * 86400 - 3600))
	run -4 at $later plan c.ini
	assert_output_has 'reissue  hosts/short/certs/node.crt  expires in 13 days, renew_before is 20'
	assert_output_has 'c: 0 to issue, 1 to reissue, 3 to keep'
	run -0 at $later generate c.ini
	assert_output_has 'short.tar.gz  node.crt until '
	assert_output_has '; expires in 13 days, renew_before is 20'
	run -0 at $later plan c.ini
	# the new one counts from its own start
	assert_equal "$(end_of hosts/short/certs/node.crt)" \
		$((start + later + 60 * 86400))
}

@test "another reason comes before it, and it before --renew" {
	small_topology '[host short]' 'days = 60'
	at 0 generate --quiet c.ini
	run -4 at $((50 * 86400)) plan --renew short c.ini
	assert_output_has 'short/certs/node.crt  expires in 10 days, renew_before is 20'
	echo 'ip = 10.0.0.9' >>c.ini
	run -4 at $((50 * 86400)) plan c.ini
	assert_output_has 'short/certs/node.crt  names changed: +IP 10.0.0.9'
}

@test "renew_before and reuse_key of another kind are refused with their lines" {
	local days='wanted a whole number from 0 to 36500' value
	refuse_values renew_before "$days" -1 1.5 x 10x 0x10 +5 36501 \
		99999999999999999999 '1 2' '1,2'
	refuse_values reuse_key 'wanted yes or no' YES true 1 always 'yes, no'
	for value in 'renew_before = 3' 'reuse_key = yes'; do
		small_topology
		sed -i "s/^\[ca\]/&\n$value/" c.ini
		run -3 topocert plan c.ini
		assert_output_has "c.ini:6: unknown key '${value% = *}' in [ca]: "
	done
}

@test "renew_before has to be less than the lifetime, and that is said once" {
	refuse_table 4 <<-'END'
		[host short]
		days = 20
		renew_before = 20
		! renew_before = 20: certificate node has days = 20 (line 13): wanted less than that

		[cluster]
		name = c
		profile = cockroachdb
		renew_before = 30
		! renew_before = 30: certificate node has days = 30 (line 6): wanted less than that
		[host n{1..50}]
		days = 30

		[cluster]
		name = c
		profile = cockroachdb
		split_node = yes
		renew_before = 1830
		! renew_before = 1830: certificate node_server has days = 1830: wanted less than that
		! renew_before = 1830: certificate node_client has days = 1830: wanted less than that
		[host n{1..50}]

		[user x]
		days = 1
		renew_before = 1
		! renew_before = 1: certificate client has days = 1 (line 13): wanted less than that
	END
}

@test "where the CA ends too soon for a renewal, both commands say what to do" {
	local command day
	small_topology
	sed -i 's/^\[cluster\]/&\ndays = 100/; s/^\[ca\]/&\ndays = 130/' c.ini
	at 0 generate --quiet c.ini
	snapshot c >before
	day=$(date -u -d "@$((start + 130 * 86400))" +%F)
	for command in plan generate; do
		run -3 at $((80 * 86400)) $command c.ini
		assert_output_has "c.ini:2: certificate node: 100 days from now outlive the CA in ca/, which ends on $day: wanted days = 50 or less, or a new CA: topocert rotate ca begin"
		assert_equal "${#lines[@]}" 2
		snapshot c | diff before -
	done
}

@test "a rotation can begin when the CA ends too soon, and switch issues what waited" {
	local warning='c.ini:1: warning: the CA in ca/ ends too soon for certificate node: what is to be issued waits for topocert rotate ca switch'
	small_topology '[host new]'
	sed -i 's/^\[cluster\]/&\ndays = 100/; s/^\[ca\]/&\ndays = 130/' c.ini
	sed '/^\[host new/d' c.ini >c0.ini
	at 0 generate --quiet c0.ini
	run -0 at $((80 * 86400)) rotate ca begin c.ini
	assert_output_has "$warning"
	[ ! -e c/hosts/new ]
	assert_equal "$(grep -c BEGIN c/hosts/node1/certs/ca.crt)" 2
	for command in plan generate; do
		run -0 at $((80 * 86400)) $command c.ini
		assert_output_has "$warning"
		assert_output_has 'nothing to do'
	done
	# but not what is no good any more
	cp -a c copy
	at $((80 * 86400)) revoke --quiet -o copy c.ini node1
	run -3 at $((80 * 86400)) plan -o copy c.ini
	assert_output_has ': wanted days = 50 or less, or this certificate only after topocert rotate ca switch'
	run -3 at $((101 * 86400)) plan c.ini
	assert_output_has ': wanted days = 29 or less, or this certificate only after topocert rotate ca switch'
	run -0 at $((80 * 86400)) rotate ca switch c.ini
	[[ $output != *warning* ]]
	assert_equal "$(end_of hosts/new/certs/node.crt)" \
		$((start + 180 * 86400))
	run -0 at $((80 * 86400)) plan c.ini
	run -0 at $((80 * 86400)) verify c.ini
}

@test "a CA that has expired is replaced in the same way" {
	small_topology
	sed -i 's/^\[cluster\]/&\ndays = 100/; s/^\[ca\]/&\ndays = 130/' c.ini
	at 0 generate --quiet c.ini
	run -3 at $((140 * 86400)) plan c.ini
	assert_output_has ': wanted a new CA: topocert rotate ca begin'
	for stage in begin switch finish; do
		at $((140 * 86400)) rotate ca $stage --quiet c.ini
	done
	run -0 at $((140 * 86400)) plan c.ini
	TZ=UTC0 openssl verify -attime $((start + 140 * 86400)) \
		-CAfile c/ca/ca.crt c/hosts/*/certs/node.crt
}

@test "in each stage of a rotation the error says what can be done" {
	local days=$((80 * 86400))
	small_topology
	sed -i 's/^\[cluster\]/&\ndays = 100/; s/^\[ca\]/&\ndays = 130/' c.ini
	at 0 generate --quiet c.ini
	# one more certificate for hosts that have one: it cannot wait
	sed -i 's/^profile .*/&\nsplit_node = yes/' c.ini
	run -3 at $days rotate ca begin c.ini
	assert_output_has 'certificate node_client: 100 days from now outlive the CA in ca/'
	assert_output_has ': wanted days = 50 or less, or this certificate only after topocert rotate ca switch'
	run -3 at $days plan c.ini
	assert_output_has ': wanted days = 50 or less, or a new CA: topocert rotate ca begin'
	sed -i '/^split_node/d' c.ini
	at $days rotate ca begin -q c.ini
	at $days rotate ca switch -q c.ini
	sed -i 's/^profile .*/&\nsplit_node = yes/' c.ini
	at $days generate -q c.ini
	echo '[host late]' >>c.ini
	run -3 at $((160 * 86400)) plan c.ini
	assert_output_has ': wanted days = 50 or less, or a new CA: topocert rotate ca finish'
	# which is done, for it leads to the next one
	run -0 at $((160 * 86400)) rotate ca finish c.ini
	assert_output_has 'certificate node_server: what is to be issued waits for topocert rotate ca begin'
	[ ! -e c/hosts/late ]
	at $((160 * 86400)) rotate ca begin -q c.ini
	at $((160 * 86400)) rotate ca switch -q c.ini
	at $((160 * 86400)) verify -q c.ini
	[ -e c/hosts/late.tar.gz ]
}

@test "a next CA that was made too long ago can be given up, whatever cannot be made" {
	local days=$((150 * 86400))
	small_topology
	sed -i 's/^\[cluster\]/&\ndays = 100/; s/^\[ca\]/&\ndays = 130/' c.ini
	at 0 generate --quiet c.ini
	at $((80 * 86400)) rotate ca begin --quiet c.ini
	rm -r c/hosts c/users
	sed -i 's/^profile .*/&\nsplit_node = yes/' c.ini
	run -3 at $days plan c.ini
	assert_output_has ': wanted this certificate only after topocert rotate ca switch'
	run -3 at $days rotate ca switch c.ini
	assert_output_has ': wanted days = 60 or less, or another next CA: topocert rotate ca abort'
	run -0 at $days rotate ca abort c.ini
	assert_output_has 'certificate node_server: what is to be issued waits for topocert rotate ca begin'
	[ ! -e c/ca/next ]
	sed -i '/^split_node/d' c.ini
	at $days rotate ca begin --quiet c.ini
	at $days rotate ca switch --quiet c.ini
	run -0 at $days plan c.ini
	run -0 at $days verify c.ini
}
