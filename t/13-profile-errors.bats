#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Profiles that must be refused: a topology may bring its own.

load common
load topologies
load profiles

@test "the profile of these tests is good as it stands" {
	cp good.ini mine.ini
	run -0 topocert generate c.ini
	openssl verify -CAfile c/ca/ca.crt c/hosts/node1/certs/node.crt \
		c/users/root/certs/client.root.crt
}

@test "what a profile has to say" {
	refuse_changes 24 <<-'END'
		profile|description|-|[profile] without description
		profile|organization|-|[profile] without organization
		bundle|folder|-|[bundle] without folder
		bundle|folder_mode|-|[bundle] without folder_mode
		bundle|tar_owner|-|[bundle] without tar_owner
		bundle|tar_group|-|[bundle] without tar_group
		ca|common_name|-|[ca] without common_name
		ca|key|-|[ca] without key
		ca|days|-|[ca] without days
		ca|template|-|[ca] without template
		ca|file|-|[ca] without file
		ca|mode|-|[ca] without mode
		certificate node|owner|-|[certificate] without owner
		certificate node|common_name|-|[certificate] without common_name
		certificate node|key|-|[certificate] without key
		certificate node|days|-|[certificate] without days
		certificate node|template|-|[certificate] without template
		certificate node|policy|-|[certificate] without policy
		certificate node|extensions|-|[certificate] without extensions
		certificate node|key_usage|-|[certificate] without key_usage
		certificate node|extended_key_usage|-|[certificate] without extended_key_usage
		certificate node|file|-|[certificate] without file
		certificate client|key_file|-|[certificate] without key_file
		certificate client|key_mode|-|[certificate] without key_mode
	END
}

@test "modes are octal, and no key is open to all" {
	refuse_changes 20 <<-'END'
		certificate node|mode|644|=wanted an octal mode from 0400 to 0777
		certificate node|mode|0999|=wanted an octal mode from 0400 to 0777
		certificate node|mode|04755|=wanted an octal mode from 0400 to 0777
		certificate node|mode|0000|=wanted an octal mode from 0400 to 0777
		certificate node|mode|0200|=wanted an octal mode from 0400 to 0777
		certificate node|mode|-0644|=wanted an octal mode from 0400 to 0777
		certificate node|mode|0o644|=wanted an octal mode from 0400 to 0777
		certificate node|mode|u=rw|=wanted an octal mode from 0400 to 0777
		certificate node|mode|0644 0600|=wanted an octal mode from 0400 to 0777
		ca|mode|01644|=wanted an octal mode from 0400 to 0777
		bundle|folder_mode|0888|=wanted an octal mode from 0700 to 0777
		bundle|folder_mode|0600|=wanted an octal mode from 0700 to 0777
		bundle|folder_mode|02700|=wanted an octal mode from 0700 to 0777
		certificate node|key_mode|0644|=wanted an octal mode from 0400 to 0740
		certificate node|key_mode|0660|=wanted an octal mode from 0400 to 0740
		certificate node|key_mode|0604|=wanted an octal mode from 0400 to 0740
		certificate node|key_mode|0777|=wanted an octal mode from 0400 to 0740
		certificate client|key_mode|0602|=wanted an octal mode from 0400 to 0740
		certificate client|key_mode|600|=wanted an octal mode from 0400 to 0740
		certificate client|key_mode|0200|=wanted an octal mode from 0400 to 0740
	END
}

@test "usages, owners and yes or no" {
	refuse_changes 17 <<-'END'
		certificate node|key_usage|digitalSignatures|=wanted digitalSignature, keyEncipherment or another of RFC 5280
		certificate node|key_usage|digitalsignature|=wanted digitalSignature, keyEncipherment or another of RFC 5280
		certificate node|key_usage|critical, digitalSignature|key_usage = critical: wanted digitalSignature, keyEncipherment or another of RFC 5280
		certificate node|key_usage|digitalSignature,, keyAgreement|empty item in the list of key_usage
		certificate node|extended_key_usage|serverauth|=wanted serverAuth, clientAuth or another that OpenSSL knows
		certificate node|extended_key_usage|nope|=wanted serverAuth, clientAuth or another that OpenSSL knows
		certificate node|extended_key_usage|critical, serverAuth|extended_key_usage = critical: wanted serverAuth, clientAuth or another that OpenSSL knows
		certificate node|owner|hosts|=wanted host or user
		certificate node|owner|ca|=wanted host or user
		certificate node|owner|host, user|=wanted host or user
		certificate node|names|true|=wanted yes or no
		certificate node|names|YES|=wanted yes or no
		profile|dns_names_are_logins|1|=wanted yes or no
		certificate node|days|0|=wanted a whole number from 1 to 36500
		ca|days|ten|=wanted a whole number from 1 to 36500
		ca|key|rsa:1024|=RSA key below 2048 bits: wanted rsa:2048 or more
		certificate node|key|x25519|=unknown key: wanted rsa:BITS, ec:CURVE, ed25519 or another signature algorithm of OpenSSL
	END
}

@test "the certificate of a host or user signs no certificate and no CRL" {
	local usage line
	for usage in keyCertSign cRLSign; do
		change 'certificate node' key_usage "key_usage = $usage"
		run -3 topocert generate c.ini
		assert_output_has "./mine.ini:$line: key_usage = $usage: "
		[ ! -e c ]
	done
}

@test "an extended usage is one, not any name that OpenSSL has for something" {
	local name line
	for name in commonName O SHA256; do
		change 'certificate node' extended_key_usage "extended_key_usage = $name"
		run -3 topocert generate c.ini
		assert_output_has "./mine.ini:$line: extended_key_usage = $name: "
		[ ! -e c ]
	done
}
