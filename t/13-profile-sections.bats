#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Sections of profiles, their names, and what they name.

load common
load topologies
load profiles

@test "sections that are unknown, missing, unnamed or named in vain" {
	local section
	refuse_changes 6 <<-'END'
		certificate client||[certificates client]|unknown section [certificates]: nearest is [certificate]
		certificate client||[host client]|unknown section [host]: nearest is [ca]
		certificate client||[certificate]|[certificate]: wanted [certificate NAME] with a plain name of letters, digits, '_', '-' and '.'
		certificate client||[certificate node]|section [certificate node] again: it began in line 23; wanted all of it in one place
		profile||[profile mine]|[profile mine]: wanted [profile]
		bundle||[bundle mine]|[bundle mine]: wanted [bundle]
	END
	for section in profile bundle ca; do
		sed "/^\[$section\]/,/^$/d" good.ini >mine.ini
		refused 3 c.ini "./mine.ini: no [$section] section"
	done
	sed "s/^principals/princpals/" good.ini >mine.ini
	refused 3 c.ini "./mine.ini:7: unknown key 'princpals' in [profile]: nearest is 'principals'"
	sed '/^\[certificate node\]/,$d' good.ini >mine.ini
	refused 3 c.ini './mine.ini: no [certificate] section'
	sed '/^\[certificate node\]/,/^$/d' good.ini >mine.ini
	refused 3 c.ini 'c.ini:4: host node1: the profile has no certificate for hosts'
	: >mine.ini
	refused 3 c.ini './mine.ini: empty: no [profile] section'
}

@test "the name of a certificate names files: it is a plain one" {
	local name
	for name in ../../../ca/ca a/b .. 'a b' 'a"b' '{{name}}'; do
		sed "s|^\[certificate client\]|[certificate $name]|" good.ini >mine.ini
		run -3 topocert generate c.ini
		assert_output_has "[certificate $name]: "
		[ ! -e c ]
	done
}

@test "the name of a CA names its folder: it is a plain one" {
	local name
	for name in ../../mine a/b .. 'a b' 'a"b' '{{name}}' -x; do
		sed "s|^\[ca\]|[ca $name]|
			s|^\[certificate.*|&\nca = $name|" good.ini >mine.ini
		refused 3 c.ini "./mine.ini:15: [ca $name]: wanted [ca NAME] with a plain name of letters, digits, '_', '-' and '.'"
	done
	sed 's/^\[ca\]/[ca mine]/;s/^\[certificate.*/&\nca = mine/' good.ini \
		>mine.ini
	topocert generate --quiet c.ini
	assert_equal "$(ls c)" $'SHA256SUMS\nca-mine\nhosts\nusers'
	openssl verify -x509_strict -CAfile c/ca-mine/ca.crt \
		c/hosts/node1/certs/node.crt c/users/root/certs/client.root.crt
}

@test "a certificate of a CA that the profile has not" {
	change ca '' '[ca mine]'
	refused 3 c.ini './mine.ini:23: without ca, but the profile has no plain [ca]: wanted ca = mine
./mine.ini:39: without ca, but the profile has no plain [ca]: wanted ca = mine'
	change 'certificate node' common_name 'common_name = node\nca = mine'
	refused 3 c.ini './mine.ini:26: ca = mine: the profile has no [ca mine]'
}

@test "a profile none of whose CAs is there with the options that are set" {
	{
		sed 's/^\[ca\]/&\nwhen = extra/' good.ini
		printf '%s\n' '' '[option extra]' 'summary = x' 'type = flag'
	} >mine.ini
	refused 3 c.ini 'c.ini:4: host node1: node.crt is signed by a CA that is there only with extra in [cluster]
c.ini:6: user root: client.root.crt is signed by a CA that is there only with extra in [cluster]'
	printf '%s\n' '[ca other]' 'days = 3660' >>c.ini
	run -3 topocert generate c.ini
	assert_output_has 'c.ini:7: [ca other]: there is no such CA'
	[ ! -e c ]
	sed -i 's/^\[cluster]/&\nextra = yes/;/^\[ca other]/,$d' c.ini
	topocert generate --quiet c.ini
}

# with_file LINE...: mine.ini with a [file extra] for hosts; sets line to its
# number.
with_file() {
	line=$(($(wc -l <good.ini) + 2))
	{
		cat good.ini
		printf '%s\n' '' '[file extra]' 'owner = host' 'file = extra' \
			'mode = 0600' "$@"
	} >mine.ini
}

@test "what a file holds has to suit its format" {
	local store="[file extra]: a pkcs12 holds a key with its certificate and perhaps the chain, or ca alone, which makes it a trust store" content line
	for content in key 'key, chain' certificate 'key, certificate, ca' \
		'ca, ca' 'traditional_key, certificate'; do
		with_file 'certificate = node' "content = $content" \
			'format = pkcs12' 'password_file = extra.password'
		refused 3 c.ini "./mine.ini:$line: $store"
	done
	with_file 'certificate = node' 'content = key, certificate' \
		'format = pkcs12'
	refused 3 c.ini "./mine.ini:$line: [file extra]: a pkcs12 has a password: wanted password_file = NAME"
	with_file 'certificate = node' 'content = key, certificate' \
		'format = der'
	refused 3 c.ini "./mine.ini:$line: [file extra]: format = der holds one part"
	with_file 'certificate = node' 'content = key' 'alias = mine'
	refused 3 c.ini "./mine.ini:$line: [file extra]: only a pkcs12 has a password and an alias"
	with_file 'content = key'
	refused 3 c.ini "./mine.ini:$line: [file extra]: of which certificate? wanted certificate = NAME"
	with_file 'certificate = node' 'content = key, certificate' \
		'format = pkcs12_legacy' 'password_file = extra.password'
	topocert generate --quiet c.ini
}

@test "a template that is not there is an error of the profile's line" {
	refuse_changes 3 <<-END
		ca|template|none.conf|=cannot read $TOPOCERT_DATADIR/templates/none.conf
		certificate node|template|folder/none.conf|=cannot read ./folder/none.conf
		certificate client|template|/none/none.conf|=cannot read /none/none.conf
	END
}
