#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Sections, keys and values that a topology cannot have.

load common
load topologies

@test "sections that are unknown, unnamed or one too many" {
	refuse_table 11 <<-'END'
		[hots node3]
		! unknown section [hots]: nearest is [host]

		[Host node3]
		! unknown section [Host]: nearest is [host]

		[usr x]
		! unknown section [usr]: nearest is [user]

		[host]
		! [host] without a name: wanted [host NAME]
		ip = 10.0.0.3

		[user]
		! [user] without a name: wanted [user NAME]

		[ca backup]
		! [ca backup]: there is no such CA in the profile; wanted [ca]

		[ca client]
		! [ca client]: there is no such CA with these options; wanted [ca]

		[cluster]
		name = c
		profile = cockroachdb
		split_ca = yes
		[ca client]
		days = 3660
		[ca server]
		! [ca server]: there is no such CA in the profile; wanted [ca]
		[host n1]

		[cluster x]
		!! no [cluster] section: wanted one with name and profile
		! [cluster x]: wanted [cluster]
		name = c
		profile = cockroachdb
		[host n1]

		[cluster]
		name = c
		profile = cockroachdb
		!! no host and no user: wanted [host NAME] or [user NAME]

		[cluster]
		name = c
		profile = cockroachdb
		[cluster]
		! section [cluster] again: it began in line 1; wanted all of it in one place
		[host n1]
	END
}

@test "keys that are unknown, given twice or empty" {
	refuse_table 16 <<-'END'
		[host node3]
		ipp = 10.0.0.3
		! unknown key 'ipp' in [host node3]: nearest is 'ip'

		[host node3]
		DNS = a
		! unknown key 'DNS' in [host node3]: nearest is 'ip'

		[host node3]
		xip = 1
		! unknown key 'xip' in [host node3]: nearest is 'ip'
		 2

		[user x]
		services = tikv
		! unknown key 'services' in [user x]: nearest is 'profile'

		[user x]
		ip = 10.0.0.3
		! unknown key 'ip' in [user x]: nearest is 'key'

		[cluster]
		! [cluster] without profile: wanted profile = NAME of a kind of system
		name = c
		profil = cockroachdb
		! unknown key 'profil' in [cluster]: nearest is 'profile'
		[host n1]

		[cluster]
		name = c
		profile = nonesuch
		! profile = nonesuch: no such profile; nearest is generic
		no_flag = yes
		[host n1]
		no_ip = 10.0.0.3
		[ca]
		kye = rsa:2048
		! unknown key 'kye' in [ca]: nearest is 'key'

		[cluster]
		name = c
		name = d
		! name has a value already (line 2): it takes one
		profile = cockroachdb
		[host n1]

		[cluster]
		name = c
		 d
		! name has a value already (line 2): it takes one
		profile = cockroachdb
		[host n1]

		[host node3]
		key = ec:P-256
		dns = a
		key = ec:P-256
		! key has a value already (line 13): it takes one

		[host node3]
		ip =
		! ip has no value

		[host node3]
		key = ; none
		! key has no value

		[host node3]
		ip = ,
		! empty item in the list of ip

		[host node3]
		ip = 10.0.0.3,, 10.0.0.4
		! empty item in the list of ip

		[host node3]
		ip = ,10.0.0.3
		! empty item in the list of ip

		[host node3]
		ip = 10.0.0.3
		 ,10.0.0.4
		! empty item in the list of ip
	END
}

@test "services, where the profile has none" {
	refuse_values services 'the profile has no services' tikv
}
