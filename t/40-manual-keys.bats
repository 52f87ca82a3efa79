#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual pages explain all that topologies, profiles and templates can say.

load common
load manual

# tables: "FILE:TABLE KEY" for all keys that sections can have. Macros that
# such tables are made with count as tables.
tables() {
	(cd "$SRCDIR/src" && awk '
		/struct setting_key [a-z_]+\[\] = / {
			match($0, /[a-z_]+\[\]/)
			table = substr($0, RSTART, RLENGTH - 2)
		}
		/^#define [A-Z_]+KEYS\(/ {
			table = $2
			sub(/\(.*/, "", table)
		}
		table != "" {
			line = $0
			while (match(line, /"[^"]+"/)) {
				print FILENAME ":" table, \
					substr(line, RSTART + 1, RLENGTH - 2)
				line = substr(line, RSTART + RLENGTH)
			}
		}
		/^};|^$/ { table = "" }
	' ./*.[ch] | sed 's|^\./||')
}

# enumerated NAME FILE: the strings of the table of FILE.c that is indexed by
# NAME_...; as many as FILE.h has names.
enumerated() {
	local found
	found=$(grep -oE "\[$1_[A-Z0-9_]+\] = (\{ )?\"[^\"]+\"" \
		"$SRCDIR/src/$2.c" | cut -d'"' -f2)
	assert_equal "$(wc -l <<<"$found")" \
		"$(grep -cE "^	$1_[A-Z0-9_]+,( |\$)" "$SRCDIR/src/$3.h")" &&
		echo "$found"
}

@test "every key of topologies and profiles is where its section is explained" {
	local table page title
	tables >keys
	while read -r table page title; do
		echo "$table" >>explained
		grep "^$table " keys | cut -d' ' -f2 |
			assert_items "$(section "$page" "$title")" 'Cm ' || {
			echo "$table, in $page, $title"
			return 1
		}
	done <<-'END'
		topology.c:cluster_keys    topocert.ini.5     [cluster]
		ca-section.c:keys          topocert.ini.5     [ca], [ca NAME]
		owner.c:host_keys          topocert.ini.5     [host NAME]
		defaults.h:MEMBERSHIP_KEYS topocert.ini.5     [cluster]
		defaults.h:MEMBERSHIP_KEYS topocert.ini.5     [host NAME]
		defaults.h:MEMBERSHIP_KEYS topocert.ini.5     [user NAME]
		defaults.h:DEFAULTS_KEYS   topocert.ini.5     Defaults
		defaults.h:RENEWAL_KEYS    topocert.ini.5     Renewal
		profile.c:profile_keys     topocert-profile.5 Section [profile]
		profile.c:bundle_keys      topocert-profile.5 Section [bundle]
		option.c:keys              topocert-profile.5 Section [option NAME]
		profile-ca.c:keys          topocert-profile.5 Section [ca], [ca NAME]
		profile-certificate.c:keys topocert-profile.5 Section [certificate NAME]
		profile-file.c:keys        topocert-profile.5 Section [file NAME]
		profile-config.c:config_keys topocert-profile.5 Section [config NAME]
		profile-config.c:uri_keys  topocert-profile.5 Section [uri], [uri NAME]
	END
	diff <(cut -d' ' -f1 keys | sort -u) <(sort -u explained)
}

@test "every section of a profile has a subsection" {
	grep -oE '\{ "[a-z]+", (read_|profile_read_)' "$SRCDIR/src/profile.c" |
		cut -d'"' -f2 | sort >kinds
	diff kinds <(sed -n 's/^\.Ss Section \[\([a-z]*\).*/\1/p' \
		"$SRCDIR/man/topocert-profile.5" | sort)
}

@test "every type of option, part of a file and format is in topocert-profile(5)" {
	enumerated OPTION option option |
		assert_items "$(section topocert-profile.5 \
			'Section [option NAME]')" 'Sy '
	enumerated PART profile-file profile |
		assert_items "$(section topocert-profile.5 \
			'Section [file NAME]')" 'Sy '
	enumerated FORMAT profile-file profile |
		assert_items "$(section topocert-profile.5 \
			'Section [file NAME]')" 'Sy '
}

@test "every placeholder is in topocert-profile(5)" {
	local adding='values_add(_or|_number|_block)?'
	adding+='|placeholders_add(_block)?|add_single'
	flat values.c rendering.c inventory.c cmd-init.c |
		grep -oE "($adding)\([^\";{]*\"(%s\.)?[a-z0-9_]+(\.%s)?\"" |
		cut -d'"' -f2 |
		sed 's/^%s/CERTIFICATE/; s/%s$/NAME/; s/.*/\\{\\{&\\}\\}/' |
		sort -u >placeholders
	assert_items "$(section topocert-profile.5 TEMPLATES)" 'Cm ' \
		<placeholders
	# no other file makes any
	assert_equal "$(cd "$SRCDIR/src" && grep -lE \
		'values_new\(|placeholders_add\(' ./*.c | tr '\n' ' ')" \
		'./ca-entry.c ./cmd-init.c ./inventory.c ./rendering.c ./template.c ./values.c '
}

@test "every name of CONFIG.txt is in topocert-profile(5)" {
	# words and prefixes, such as "file."
	flat guide.c | grep -oE '"[a-z][a-z0-9_]+\.?"' | tr -d '"' |
		sed 's/^hosts\.$/hosts.SERVICE/
		s/^subject\(.*\)\.$/subject\1.CERTIFICATE/
		s/\.$/.NAME/
		s/.*/\\{\\{&\\}\\}/' | sort -u |
		assert_items "$(section topocert-profile.5 CONFIG.TXT)" 'Cm '
}

@test "every name of a URI is in topocert-profile(5)" {
	{
		flat uri.c | grep -oE 'set(_new)?\( ?values, "[a-z0-9_]+"' |
			cut -d'"' -f2
		# ca_file and ca_file.NAME
		flat uri.c | grep -oE '"[a-z0-9_]+%s%s"' |
			sed 's/"\(.*\)%s%s"/\1\n\1.NAME/'
		flat uri.c | grep -oE 'kinds\[\] = \{[^}]*\}' |
			grep -oE '"[^"]+"' | sed 's/"\(.*\)"/CERTIFICATE.\1/'
	} | sort -u | sed 's/.*/\\{\\{&\\}\\}/' |
		assert_items "$(section topocert-profile.5 \
			'Section [uri], [uri NAME]')" 'Cm '
}

@test "every profile and each of its options is in topocert.ini(5)" {
	local text profile
	text=$(section topocert.ini.5 SYSTEMS)
	for profile in "$SRCDIR"/profiles/*.ini; do
		basename "$profile" .ini
	done | assert_items "$text" 'Sy '
	sed -n 's/^\[option \(.*\)\]$/\1/p' "$SRCDIR"/profiles/*.ini |
		sort -u | assert_items "$text" 'Cm '
}
