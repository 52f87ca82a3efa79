#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Profiles whose files would leave their folder or overwrite each other.

load common
load topologies
load profiles

@test "files and folders have plain names" {
	refuse_changes 24 <<-'END'
		bundle|folder|../x|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|/etc/x|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|a/b|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|.ssh|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|..|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|a b|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|folder|a"b|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|tar_owner|root:root|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|tar_owner|../x|=wanted a plain name of letters, digits, '_', '-' and '.'
		bundle|tar_group|a b|=wanted a plain name of letters, digits, '_', '-' and '.'
		ca|file|../ca.crt|=wanted a plain name of letters, digits, '_', '-' and '.'
		ca|file|.crt|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate node|file|../../../x.crt|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate node|file|a/b.crt|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate node|file|$HOME.crt|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate node|key_file|../../../ca/ca.key|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate node|key_file|.key|=wanted a plain name of letters, digits, '_', '-' and '.'
		certificate client|file|../{{name}}.crt|file = ../root.crt: wanted a plain name of letters, digits, '_', '-' and '.'
		certificate client|file|{{nmae}}.crt|unknown placeholder {{nmae}}: nearest is {{name}}
		certificate client|file|{{ip}}.crt|unknown placeholder {{ip}}: nearest is {{name}}
		certificate client|file|{{fqdn}}.crt|{{fqdn}} has no value: the topology gives no domain
		certificate client|file|client.{{name|'{{' without '}}'
		certificate client|common_name|{{alt_names}}|unknown placeholder {{alt_names}}: nearest is {{name}}
		certificate node|common_name|{{domain}}|{{domain}} has no value: the topology gives no domain
	END
}

@test "a placeholder is refused where none is put in" {
	local key reason="wanted a plain name of letters, digits, '_', '-' and '.'" rows=''
	for key in folder tar_owner tar_group; do
		rows+="bundle|$key|{{name}}|=$reason"$'\n'
	done
	refuse_changes 4 <<<"${rows}ca|file|{{cluster}}.crt|=$reason"
}

@test "single braces and a dash in front are not part of a plain name" {
	local reason="wanted a plain name of letters, digits, '_', '-' and '.'"
	refuse_changes 4 <<-END
		bundle|folder|-rf|=$reason
		certificate node|file|-node.crt|=$reason
		certificate node|file|{node}.crt|=$reason
		ca|file|ca.crt}}|=$reason
	END
}

@test "no two files of an owner have the same name" {
	refuse_changes 6 <<-'END'
		certificate node|file|ca.crt|[certificate node]: two files of host node1 would have the same name
		certificate node|file|CA.CRT|[certificate node]: two files of host node1 would have the same name
		certificate node|key_file|ca.crt|[certificate node]: two files of host node1 would have the same name
		certificate node|file|node.key|[certificate node]: two files of host node1 would have the same name
		certificate client|file|client.{{name}}.key|[certificate client]: two files of user root would have the same name
		certificate client|key_file|CLIENT.{{name}}.CRT|[certificate client]: two files of user root would have the same name
	END
	change ca file 'file = node.crt'
	refused 3 c.ini './mine.ini:23: [certificate node]: two files of host node1 would have the same name'
}

@test "no two certificates of an owner share a file" {
	local file message='a file of host node1 has the name of one of [certificate node]'
	for file in 'file = node.crt' 'file = NODE.KEY' 'key_file = node.key' \
		'key_file = node.crt'; do
		{
			cat good.ini
			sed -n '/^\[certificate node\]/,/^$/p' good.ini |
				sed "s/^\[.*/[certificate peer]/;s/^file .*/file = peer.crt/
					s/^key_file .*/key_file = peer.key/" |
				sed "s/^${file%% *} =.*/$file/"
		} >mine.ini
		refused 3 c.ini "./mine.ini:$(grep -nF '[certificate peer]' mine.ini | cut -d: -f1): [certificate peer]: $message"
	done
}

@test "the CA's file takes no name of an openssl ca folder" {
	local name line
	for name in ca.key ca.conf CA.KEY index.txt index.txt.attr serial.txt \
		crlnumber newcerts; do
		change ca file "file = $name"
		run -3 topocert generate c.ini
		assert_output_has "./mine.ini:$line: file = $name: "
		[ ! -e c ]
	done
}

@test "a bundle's folder is not that of the configuration files" {
	local name line
	for name in conf CONF; do
		change bundle folder "folder = $name"
		run -3 topocert generate c.ini
		assert_output_has "./mine.ini:$line: folder = $name: "
		[ ! -e c ]
	done
}

@test "sections that are unknown, missing, unnamed or named in vain" {
	local section
	refuse_changes 7 <<-'END'
		certificate client||[certificates client]|unknown section [certificates]: nearest is [certificate]
		certificate client||[host client]|unknown section [host]: nearest is [ca]
		certificate client||[certificate]|[certificate ]: wanted [certificate NAME] with a plain name of letters, digits, '_', '-' and '.'
		certificate client||[certificate node]|section [certificate node] again: it began in line 23; wanted all of it in one place
		profile||[profile mine]|[profile mine]: wanted [profile]
		bundle||[bundle mine]|[bundle mine]: wanted [bundle]
		ca||[ca mine]|[ca mine]: wanted [ca]
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

@test "a template that is not there is an error of the profile's line" {
	refuse_changes 3 <<-END
		ca|template|none.conf|=cannot read $TOPOCERT_DATADIR/templates/none.conf
		certificate node|template|folder/none.conf|=cannot read ./folder/none.conf
		certificate client|template|/none/none.conf|=cannot read /none/none.conf
	END
}
