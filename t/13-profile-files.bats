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
	refuse_changes 3 <<<"${rows%$'\n'}"
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
		certificate node|file|ca.crt|+0 [certificate node]: a file of host node1 has the name of one of [ca]: ca.crt
		certificate node|file|CA.CRT|+0 [certificate node]: a file of host node1 has the name of one of [ca]: CA.CRT
		certificate node|key_file|ca.crt|+0 [certificate node]: a file of host node1 has the name of one of [ca]: ca.crt
		certificate node|file|node.key|+2 [certificate node]: a file of host node1 has the name of one of [certificate node]: node.key
		certificate client|file|client.{{name}}.key|+2 [certificate client]: a file of user root has the name of one of [certificate client]: client.root.key
		certificate client|key_file|CLIENT.{{name}}.CRT|+0 [certificate client]: a file of user root has the name of one of [certificate client]: CLIENT.root.CRT
	END
	change ca file 'file = node.crt'
	refused 3 c.ini './mine.ini:34: [certificate node]: a file of host node1 has the name of one of [ca]: node.crt'
	change ca file 'file = node{{cluster}}.crt'
	sed -i 's/^name = c/name = 1/' c.ini
	change_line mine.ini 36 'key_file = NODE1.crt' >more.ini
	mv more.ini mine.ini
	refused 3 c.ini './mine.ini:36: [certificate node]: a file of host node1 has the name of one of [ca]: NODE1.crt'
}

@test "no two certificates of an owner share a file" {
	local file message='a file of host node1 has the name of one of [certificate node]'
	two_certificates >two.ini
	for file in 'file = node.crt' 'file = NODE.KEY' 'key_file = node.key' \
		'key_file = node.crt'; do
		sed "/^\[certificate peer\]/,\$s/^${file%% *} .*/$file/" \
			two.ini >mine.ini
		refused 3 c.ini "./mine.ini:$(grep -nFx "$file" mine.ini | cut -d: -f1): [certificate peer]: $message: ${file##* }"
	done
	cp two.ini mine.ini
	topocert generate --quiet c.ini
}

@test "the CA's folder has ca.crt, whatever the bundles call that file" {
	local name wanted
	for name in ca.key ca.conf CA.KEY index.txt index.txt.attr serial.txt \
		crlnumber newcerts '{{cluster}}.crt'; do
		wanted=${name/'{{cluster}}'/c}
		change ca file "file = $name"
		topocert generate --quiet c.ini
		openssl verify -x509_strict -CAfile c/ca/ca.crt \
			c/hosts/node1/certs/node.crt
		cmp c/ca/ca.crt "c/hosts/node1/certs/$wanted"
		cmp c/ca/ca.crt "c/users/root/certs/$wanted"
		tar -xzOf c/hosts/node1.tar.gz "certs/$wanted" |
			cmp - c/ca/ca.crt
		diff <(printf '%s\n' "$wanted" node.{crt,key} | sort) \
			<(find c/hosts/node1/certs -type f -printf '%f\n' | sort)
		assert_equal "$(ls c/ca)" "$(printf '%s\n' bundles.txt ca.conf \
			ca.crt ca.key crlnumber index.txt index.txt.attr \
			newcerts serial.txt)"
		openssl pkey -in c/ca/ca.key -noout
		(cd c/ca && openssl ca -config ca.conf -gencrl -out /dev/null)
		rm -r c
	done
}

@test "two profiles of one host do not both have a file, but for that of the CA" {
	local want='both want the file certs/'
	local end=': wanted other names, or two hosts'
	sed 's/^profile.*/profile = .\/a.ini, .\/b.ini/' c.ini >both.ini
	cp good.ini a.ini
	sed 's/^file *= client/&s/;s/^key_file *= node/key_file = nodes/' \
		good.ini >b.ini
	refused 3 both.ini "both.ini:4: host node1: profile a, [certificate node], and profile b, [certificate node], ${want}node.crt$end
both.ini:6: user root: profile a, [certificate client], and profile b, [certificate client], ${want}client.root.key$end"
	sed 's/client\.{{/clients.{{/;s/= node\.crt/&.b/;s/= node\.key/&.b/
		s/= ca.crt/= CA.crt/' good.ini >b.ini
	refused 3 both.ini "both.ini:4: host node1: profile a, [ca], and profile b, [ca], ${want}CA.crt$end
both.ini:6: user root: profile a, [ca], and profile b, [ca], ${want}CA.crt$end"
	sed -i 's/= CA.crt/= ca.crt/' b.ini
	topocert generate --quiet both.ini
	assert_equal "$(find c/hosts/node1/certs -type f -printf '%f\n' | sort |
		xargs)" 'ca.crt node.crt node.crt.b node.key node.key.b'
	openssl verify -x509_strict -CAfile c/ca/ca.crt \
		c/hosts/node1/certs/node.crt{,.b} \
		c/users/root/certs/client{,s}.root.crt
}

@test "a bundle's folder is not that of the configuration files, nor their name" {
	local name line
	for name in conf CONF CONFIG.txt config.TXT; do
		change bundle folder "folder = $name"
		run -3 topocert generate c.ini
		assert_output_has "./mine.ini:$line: folder = $name: "
		[ ! -e c ]
	done
}
