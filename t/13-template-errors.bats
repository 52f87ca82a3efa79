#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Templates that must be refused before anything is made.

load common
load topologies
load profiles

# hidden TEXT: a template with TEXT would put into the request what stands in
# hidden.conf or in $SECRET: it is refused.
hidden() {
	change_template node.conf commonName \
		"commonName = {{common_name}}\n$1"
	printf 'organizationalUnitName = hidden\n' >hidden.conf
	export SECRET=hidden
	run topocert generate --templates mine c.ini
	assert_status 3
	assert_output_has "mine/node.conf:"
	[ ! -e c ]
}

@test "a placeholder that is unknown, open or without a value" {
	refuse_templates node.conf 12 <<-'END'
		3|commonName|commonName = {{comon_name}}|@: unknown placeholder {{comon_name}}: nearest is {{common_name}}
		3|commonName|commonName = {{}}|@: unknown placeholder {{}}: nearest is {{ip}}
		3|commonName|commonName = {{ common_name }}|@: unknown placeholder {{ common_name }}: nearest is {{common_name}}
		3|commonName|commonName = {{Common_Name}}|@: unknown placeholder {{Common_Name}}: nearest is {{common_name}}
		3|commonName|commonName = {{node.key_usage}}|@: unknown placeholder {{node.key_usage}}: nearest is {{common_name}}
		3|commonName|commonName = {{common_name|@: '{{' without '}}'
		3|commonName|commonName = {{common_name}|@: '{{' without '}}'
		3|commonName|commonName = {{fqdn}}|@: {{fqdn}} has no value: the topology gives no domain
		3|commonName|commonName = {{domain}}|@: {{domain}} has no value: the topology gives no domain
		3|commonName|commonName = {{ip}}|@: {{ip}} has no value: host node1 has 2 in ip: {{alt_names}} or {{subject_alt_name}} takes any number
		3|commonName|commonName = {{dns}}|@: {{dns}} has no value: host node1 has 0 in dns: {{alt_names}} or {{subject_alt_name}} takes any number
		3|commonName|\n\ncommonName = {{x}}|@: unknown placeholder {{x}}: nearest is {{ip}}
	END
	refuse_templates client.conf 2 <<-'END'
		3|commonName|commonName = {{alt_names}}|@: {{alt_names}} has no value: this certificate carries no names
		3|commonName|commonName = {{subject_alt_name}}|@: {{subject_alt_name}} has no value: this certificate carries no names
	END
	refuse_templates ca.conf 2 <<-'END'
		3|default_days|default_days = {{ip}}|@: unknown placeholder {{ip}}: nearest is {{days}}
		3|default_days|default_days = {{name}}|@: unknown placeholder {{name}}: nearest is {{days}}
	END
}

@test "a placeholder in quotes or where no value can be" {
	local quotes='inside quotes: leave the quotes out, values are quoted as they need'
	refuse_templates node.conf 9 <<-END
		3|commonName|commonName = "{{common_name}}"|@: {{common_name}} $quotes
		3|commonName|commonName = '{{common_name}}'|@: {{common_name}} $quotes
		3|commonName|commonName = \`{{common_name}}\`|@: {{common_name}} $quotes
		3|commonName|commonName = "x {{common_name}}|@: {{common_name}} $quotes
		3|{{alt_names|DNS.9 = {{alt_names}}|@: {{alt_names}} makes lines: wanted it alone on its line
		3|{{alt_names|{{alt_names}} # all|@: {{alt_names}} makes lines: wanted it alone on its line
		3|{{alt_names|{{alt_names}}{{alt_names}}|@: {{alt_names}} makes lines: wanted it alone on its line
		3|{{alt_names|"{{alt_names}}"|@: {{alt_names}} makes lines: wanted it alone on its line
		3|{{alt_names|  {{common_name}}|@: {{common_name}} makes a value: wanted KEY = before it
	END
}

@test "what makes lines has a line of its own, what the topology lacks no value" {
	local alone='makes lines: wanted it alone on its line'
	refuse_templates node.conf 6 <<-END
		3|commonName|commonName = {{subject}}|@: {{subject}} $alone
		3|commonName|{{subject}} # it|@: {{subject}} $alone
		3|commonName|{{subject}}{{alt_names}}|@: {{subject}} $alone
		3|commonName|OU = {{organizational_unit}}\\n{{subject}}|mine/node.conf:15: {{organizational_unit}} has no value: the profile gives this certificate none
		3|commonName|{{signing_sections}}|@: unknown placeholder {{signing_sections}}: nearest is {{organization}}
		3|commonName|x = {{crl_distribution_points}}|@: unknown placeholder {{crl_distribution_points}}: nearest is {{organizational_unit}}
	END
	refuse_templates ca.conf 8 <<-END
		3|copy_ext|x = {{signing_sections}}|@: {{signing_sections}} $alone
		3|copy_ext|"{{signing_sections}}"|@: {{signing_sections}} $alone
		3|copy_ext|{{signing_sections}} # all|@: {{signing_sections}} $alone
		3|copy_ext|{{signing_section}}|@: unknown placeholder {{signing_section}}: nearest is {{signing_sections}}
		3|copy_ext|{{subject}}|@: unknown placeholder {{subject}}: nearest is {{cluster}}
		3|x509_ext|{{default_section}}|@: {{default_section}} makes a value: wanted KEY = before it
		3|extendedKey|authorityInfoAccess = {{authority_information}}|@: {{authority_information}} has no value: the topology gives neither ocsp nor ca_issuers
		3|extendedKey|crlDistributionPoints = {{crl_distribution_points}}|@: {{crl_distribution_points}} has no value: the topology gives no crl
	END
}

@test "several faults of several templates are reported in one run" {
	mkdir mine
	sed 's/{{organization}}/{{org}}/;s/{{common_name}}/{{cn}}/' \
		"$BATS_TEST_DIRNAME/13-node.conf" >mine/node.conf
	sed '1i .include x' "$TOPOCERT_DATADIR/templates/client.conf" \
		>mine/client.conf
	run -3 topocert generate --templates mine c.ini
	assert_output_has 'mine/client.conf:1: .include: '
	rm mine/client.conf
	run -3 topocert generate --templates mine c.ini
	assert_output_has 'mine/node.conf:14: unknown placeholder {{org}}: '
	assert_output_has 'mine/node.conf:15: unknown placeholder {{cn}}: '
	[ ! -e c ]
}

@test "NUL, .include, .pragma and the environment are no part of a template" {
	local include='.include: wanted all in this one file, which has to explain the certificate by itself'
	local environment='$ENV: wanted a placeholder; what the environment says is in no file'
	refuse_templates node.conf 10 <<-END
		3|prompt|prompt = no\\x00|@: NUL byte: wanted text
		3|prompt|\\x00|@: NUL byte: wanted text
		3|prompt|# x\\x00|@: NUL byte: wanted text
		3|prompt|.include mine/x|@: $include
		3|prompt|prompt = no\\n .include = mine/x|@: $include
		3|prompt|.includes mine/x|@: $include
		3|prompt|.pragma = dollarid:true|@: .pragma: wanted plain configuration
		3|commonName|commonName = \$ENV::HOME|@: $environment
		3|commonName|commonName = x\${ENV::HOME}|@: $environment
		3|commonName|commonName = \$(ENV::HOME)|@: $environment
	END
}

@test "an include is refused behind a section's name" {
	hidden 'x::.include = hidden.conf'
}

@test "an include is refused across two lines" {
	hidden '.inc\\\nlude hidden.conf'
}

@test "an include is refused behind a carriage return" {
	hidden '\r.include hidden.conf'
}

@test "an include is refused behind a byte order mark" {
	printf '[ distinguished_name ]\norganizationalUnitName = hidden\n' >hidden.conf
	change_template node.conf '#' '\xef\xbb\xbf.include hidden.conf'
	run -3 topocert generate --templates mine c.ini
	assert_output_has 'mine/node.conf:1: '
	[ ! -e c ]
}

@test "a comment that ends in two or three backslashes hides no line" {
	hidden '#\\\\\n.include hidden.conf'
	hidden '# x\\\\\\\n.include hidden.conf'
	hidden '#\\\\\norganizationalUnitName = $ENV::SECRET'
}

@test "the environment is refused across two lines" {
	hidden 'organizationalUnitName = $EN\\\nV::SECRET'
}

@test "the environment is refused in a section named after it" {
	sed 's/^distinguished_name .*/distinguished_name = ENV/
		s/^\[ distinguished_name.*/[ ENV ]/
		s/^commonName.*/&\norganizationalUnitName = $SECRET/' \
		"$BATS_TEST_DIRNAME/13-node.conf" >node.conf
	mkdir mine
	mv node.conf mine
	SECRET=hidden run -3 topocert generate --templates mine c.ini
	assert_output_has 'mine/node.conf:'
	[ ! -e c ]
	# a backslash in the name of a section vanishes
	sed -i 's/^\[ ENV/[ EN\\V/;s/{{organization}}/Test/;s/{{common_name}}/node/' \
		mine/node.conf
	SECRET=hidden run -3 topocert generate --templates mine c.ini
	assert_output_has 'mine/node.conf:'
	[ ! -e c ]
}

@test "a folder without any of the profile's templates is an error" {
	mkdir mine
	refused 3 c.ini "mine: --templates: none of the profile's templates is here: wanted ca.conf or another that it names" \
		--templates mine
	refused 3 c.ini "none: --templates: none of the profile's templates is here: wanted ca.conf or another that it names" \
		--templates none
}
