#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Lines that libinih would take for something, and files it would take for
# empty ones.

load common
load topologies

@test "a header that libinih would cut, merge or let pass is refused" {
	refuse_table 15 <<-'END'
		[a]b]
		! text after ']': wanted nothing behind the section's name
		dns = x

		[ok]junk
		! text after ']': wanted nothing behind the section's name

		[host node3] # junk
		! text after ']': wanted nothing behind the section's name

		[host node3];junk
		! text after ']': wanted nothing behind the section's name

		[host node3
		! section without ']': wanted [KIND NAME]
		dns = x

		[host node3 ; ]
		! section without ']': wanted [KIND NAME]

		[]
		! section without a name: wanted [KIND NAME]

		[ ]
		! section without a name: wanted [KIND NAME]
		dns = x

		[host node3]
		[user x]
		[host node3]
		! section [host node3] again: it began in line 12; wanted all of it in one place

		[ca]
		! section [ca] again: it began in line 5; wanted all of it in one place

		name = c
		! key before any section: wanted [cluster] or another section first
		[cluster]
		name = c
		profile = cockroachdb
		[host n1]

		 x
		! indented, but no key above continues here: wanted KEY = VALUE in the first column
		[cluster]
		name = c
		profile = cockroachdb
		[host n1]

		[host node3]
		 10.0.0.3
		! indented, but no key above continues here: wanted KEY = VALUE in the first column

		[host node3]
		\t10.0.0.3
		! indented, but no key above continues here: wanted KEY = VALUE in the first column

		[host node3]
		bad line
		! wanted KEY = VALUE, [SECTION] or a comment
		 10.0.0.3
		! indented, but no key above continues here: wanted KEY = VALUE in the first column
	END
}

@test "quotes, colons and bare signs have no meaning of libinih's" {
	refuse_table 7 <<-'END'
		[host node3]
		ip = "10.0.0.3"
		! ip = "10.0.0.3": not an IP address: wanted IPv4 as 10.0.0.11 or IPv6 as fd00::11, without port, prefix length or zone

		[host node3]
		dns = 'a'
		! dns = 'a': character not allowed: wanted letters, digits, '-' and '.'

		[host node3]
		host:26257=x
		! wanted KEY = VALUE, [SECTION] or a comment

		[host node3]
		ip : 10.0.0.3
		! wanted KEY = VALUE, [SECTION] or a comment

		[host node3]
		=v
		! wanted KEY = VALUE, [SECTION] or a comment

		[host node3]
		dns==a
		! dns = =a: character not allowed: wanted letters, digits, '-' and '.'

		[host node3]
		dns = a \\
		! dns = a \: character not allowed: wanted letters, digits, '-' and '.'
		 b
	END
}

@test "a file that is a folder, missing or empty is an error that names it" {
	mkdir folder
	run -3 topocert generate missing.ini
	assert_equal "$output" 'missing.ini: No such file or directory'
	run -3 topocert generate folder
	assert_equal "$output" 'folder: Is a directory'
	: >empty.ini
	refused 3 empty.ini 'empty.ini: no [cluster] section: wanted one with name and profile'
	echo '; nothing' >empty.ini
	refused 3 empty.ini 'empty.ini: no [cluster] section: wanted one with name and profile'
	assert_equal "$(ls)" $'empty.ini\nfolder'
}
