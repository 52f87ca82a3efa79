#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How the errors of a topology are reported, and that the tables would notice.

load common
load topologies

@test "a table's row fails when the topology is accepted or speaks otherwise" {
	run -1 refuse_table 1 <<<$'[host a]\n! [host a]: wrong'
	rm -r c
	run -1 refuse_table 1 <<<$'[host a_]\n! [host a_]: wrong'
	run -1 refuse_table 1 <<<$'[host a_]'
	run -1 refuse_table 0 <<<$'[hots a]\n! unknown section [hots]: nearest is [host]'
	run -0 refuse_table 1 <<<$'[hots a]\n! unknown section [hots]: nearest is [host]'
	# another line, one error more, one less
	run -1 refuse_table 1 <<<$'[hots a]\n; x\n! unknown section [hots]: nearest is [host]'
	run -1 refuse_table 1 <<<$'[hots a]\n! unknown section [hots]: nearest is [host]\n[hots b]'
	run -1 refuse_table 1 <<<$'[hots a]\n! unknown section [hots]: nearest is [host]\n!! no host'
}

@test "one run reports all errors of a file, in the order of its lines" {
	refuse_table 1 <<-'END'
		[user root]
		ip = 10.0.0.1
		! unknown key 'ip' in [user root]: nearest is 'key'
		[cluster]
		! [cluster] without profile: wanted profile = NAME of a kind of system
		nmae = c
		! unknown key 'nmae' in [cluster]: nearest is 'name'
		name = ../c
		! name = ../c: character not allowed: wanted letters, digits, '_', '-' and '.'
		key = rsa:1024
		! key = rsa:1024: RSA key below 2048 bits: wanted rsa:2048 or more
		bad line
		! wanted KEY = VALUE, [SECTION] or a comment
		[host n{3..1}]
		! [host n{3..1}]: range counts down: wanted the smaller number first
		days = 0
		! days = 0: wanted a whole number from 1 to 36500
		[host n1]
		dns = a,b..c,$ENV::HOME
		! dns = b..c: empty label: wanted names joined by single dots, none at either end
		! dns = $ENV::HOME: character not allowed: wanted letters, digits, '-' and '.'
		ip = 10.0.0.0/8
		! ip = 10.0.0.0/8: not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone
		[ok]junk
		! text after ']': wanted nothing behind the section's name
		[host n1]
		! section [host n1] again: it began in line 10; wanted all of it in one place
		[user ../x]
		! [user ../x]: character not allowed: wanted letters, digits, '_', '-' and '.'
		[user Root]
		! user Root differs from root of line 1 only in case: wanted another name
	END
}

@test "what would mislead a reader of a message is shown by its number" {
	printf '[cluster]\nname = c\nprofile = cockroachdb\norganization = %s\n[host n1]\n' \
		$'a\u202eb' >c.ini
	run -3 topocert plan c.ini
	assert_equal "$output" "c.ini:4: organization = a\\u202eb: character not allowed: wanted letters, digits, blanks and .'()&-/:_!"
}
