#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hosts and users that must not be: bad names, doubles, logins, ranges.

load common
load topologies

# repeat N TEXT
repeat() {
	printf "%$1s" '' | sed "s/ /$2/g"
}

@test "the name of a host is a host name that makes one plain folder" {
	refuse_names host "character not allowed: wanted letters, digits, '-' and '.'" \
		../../etc/x /etc/x a/b 'a b' a_b 'a;b' 'a#b' 'a$b' 'a\b' 'a"b' \
		"a'b" a,b a=b '@a' '*' '*.example.com' a:b '$ENV::HOME'
	refuse_names host 'empty label: wanted names joined by single dots, none at either end' \
		.. . a. .a a..b
	refuse_names host "label that begins or ends with '-'" -rf a-
	refuse_names host 'label of more than 63 octets' "$(repeat 64 a)"
	refuse_names host 'last label is a number: wanted a host name; addresses go into ip' \
		10.0.0.1 1
	refuse_names host 'ends in .tar.gz, as only bundles may' a.tar.gz a.TAR.GZ
	refuse_names host 'name of more than 200 characters' \
		"$(repeat 63 a).$(repeat 63 a).$(repeat 63 a).$(repeat 9 a)"
	refuse_names host 'not an international host name by IDNA2008' xn--a '☃'
}

@test "the name of a user makes one plain folder and a common name" {
	refuse_names user "character not allowed: wanted letters, digits, '_', '-' and '.'" \
		../../etc/x a/b 'a b' a,b a=b a+b 'a,CN=root' 'a$b' 'a\b' 'a"b' \
		'a#b' 'a;b' '@a' 'bücher' 'a:b' '*' '$ENV::USER'
	refuse_names user "begins with '.' or '-': wanted a letter, digit or '_'" \
		. .. .ssh -rf
	refuse_names user "ends in '.': wanted a letter, digit, '_' or '-'" a.
	refuse_names user 'ends in .tar.gz, as only bundles may' a.tar.gz
}

@test "owners of one name, or of names that differ only in case" {
	refuse_table 9 <<-'END'
		[host NODE1]
		! host NODE1 differs from node1 of line 7 only in case: wanted another name

		[user Root]
		! user Root differs from root of line 11 only in case: wanted another name

		[host node1]
		! section [host node1] again: it began in line 7; wanted all of it in one place

		[user root]
		! section [user root] again: it began in line 11; wanted all of it in one place

		[host node{2..4}]
		! host node2 again: it is in line 9 already

		[host n{1..3}]
		[host n{3..5}]
		! host n3 again: it is in line 12 already

		[host n{01..03}]
		[host N02]
		! host N02 differs from n02 of line 12 only in case: wanted another name

		[user u{1..3}]
		[user u3]
		! user u3 again: it is in line 12 already

		[host bücher]
		[host xn--bcher-kva]
		! host xn--bcher-kva again: it is in line 12 already
	END
}

@test "no name of a host is a login, where DNS names are logins" {
	refuse_table 12 <<-'END'
		[host root]
		! host root: this system takes DNS names for logins, and 'root' is a user: wanted another name

		[host Root]
		! host Root: this system takes DNS names for logins, and 'Root' is a user: wanted another name

		[host node]
		! host node: this system takes DNS names for logins, and 'node' is a user: wanted another name

		[host node3]
		dns = a, root
		! dns = root: this system takes DNS names for logins, and 'root' is a user: wanted another name

		[host node3]
		dns = NODE
		! dns = NODE: this system takes DNS names for logins, and 'NODE' is a user: wanted another name

		[host node3]
		dns = ｒｏｏｔ
		! dns = root: this system takes DNS names for logins, and 'root' is a user: wanted another name

		[host maxroach]
		! host maxroach: this system takes DNS names for logins, and 'maxroach' is a user: wanted another name
		[user maxroach]

		[host node3]
		dns = app3
		! dns = app3: this system takes DNS names for logins, and 'app3' is a user: wanted another name
		[user app{1..3}]

		[host n{1..3}]
		dns = a{1..3}
		! dns = a2: this system takes DNS names for logins, and 'a2' is a user: wanted another name
		[user a2]

		[cluster]
		name = c
		profile = cockroachdb
		domain = example.com
		[host n1]
		! host n1: this system takes DNS names for logins, and 'n1.example.com' is a user: wanted another name
		[user n1.example.com]

		[user node]
		! user node: hosts are known by this name: wanted another

		[user Node]
		! user Node: hosts are known by this name: wanted another
	END
}

@test "a lifetime beyond the CA's is refused, whoever asks for it" {
	refuse_table 4 <<-'END'
		[host node3]
		days = 3661
		! days = 3661: outlives the CA, which is made for 3660 days: wanted at most that

		[user x]
		days = 36500
		! days = 36500: outlives the CA, which is made for 3660 days: wanted at most that

		[cluster]
		name = c
		profile = cockroachdb
		days = 101
		! days = 101: outlives the CA, which is made for 100 days: wanted at most that
		[ca]
		days = 100
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		[ca]
		days = 100
		! the CA is made for 100 days, but certificate node of the profile for 1830: wanted days = 100 or less in [cluster], or a longer CA
		[host n1]
	END
}
