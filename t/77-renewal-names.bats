#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# generate --renew: by name, whatever the calendar says.

load common
load tree

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology '[user node1x]'
	"$TOPOCERT" generate -q c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
}

# renews OWNERS OPTION...: plan and generate issue just their certificates
# again, and for this reason; the bundles of all others stay.
renews() {
	local wanted=$1
	shift
	rm -rf c
	cp -a "$BATS_FILE_TMPDIR/c" .
	(cd c && sha256sum ./*/*.tar.gz) >before
	run -4 topocert plan "$@"
	assert_equal "$(sed -n 's|^reissue *\([^ ]*\)/certs/.*  asked for by --renew$|\1|p' \
		<<<"$output" | sort | xargs)" "$wanted"
	run -0 topocert generate --json "$@"
	assert_equal "$(jq -r '.certificates[] | select(.serial) |
		.path | split("/certs/")[0]' <<<"$output" | sort | xargs)" "$wanted"
	assert_equal "$(cd c && sha256sum ./*/*.tar.gz |
		diff - ../before | sed -n 's|^<.*\./\(.*\)\.tar\.gz$|\1|p' |
		xargs)" "$wanted"
	assert_tree c
	# it was asked for once
	run -0 topocert plan c.ini
}

@test "one name, several, with commas, by folder, by path and by pattern" {
	renews hosts/node1 --renew node1 c.ini
	renews 'hosts/node1 users/root' c.ini --renew node1 root
	renews 'hosts/node1 users/root' --renew root,node1 c.ini
	renews 'hosts/node1 users/root' --renew=root --renew node1 -- c.ini
	renews users/node1x --renew users/node1x --output c c.ini
	renews users/root --renew users/root/certs/client.root.crt c.ini
	renews 'hosts/node1 hosts/node2' --renew 'node?' c.ini
	renews 'users/node1x users/root' --renew 'users/*' c.ini
	renews 'hosts/node1 hosts/node2 users/node1x users/root' c.ini --renew '*'
}

@test "the name of a host and a user means both, with its folder one of them" {
	printf '%s\n' '[cluster]' 'name = c' 'profile = generic' \
		'key = ec:P-256' '[ca]' 'key = ec:P-256' \
		'[host both]' '[user both]' '[host other]' >c.ini
	local name wanted
	while read -r name wanted; do
		rm -rf c
		topocert generate -q c.ini
		topocert plan --json --renew "$name" c.ini >plan.json || :
		assert_equal "$(jq -r '[.certificates[] |
			select(.action == "reissue") | .path |
			split("/")[0:2] | join("/")] | unique | join(" ")' \
			plan.json)" "$wanted"
	done <<-'END'
		both        hosts/both users/both
		hosts/both  hosts/both
		users/both  users/both
		*/both      hosts/both users/both
		users/*     users/both
	END
}

@test "an unknown name is an error, all of them are told, and nothing is changed" {
	local command
	snapshot c >before
	for command in plan generate; do
		run -3 topocert $command --renew node1,nod hosts/root --only '' \
			"x"$'\e' c.ini
		assert_equal "$output" "c.ini:1: --only : no host or user of the topology has this name
c.ini:1: --only x\\x1b: no host or user of the topology has this name
c.ini:1: --renew nod: no host or user of the topology has this name
c.ini:1: --renew hosts/root: no host or user of the topology has this name"
		snapshot c | diff before -
	done
}

@test "an option that is left without a name does not mean all" {
	local option line
	snapshot c >before
	while read -r option line; do
		# shellcheck disable=SC2086 # words
		run -2 topocert generate $line
		assert_output_has "topocert: generate: $option needs a name"
		snapshot c | diff before -
	done <<-'END'
		--renew --renew c.ini
		--renew c.ini --renew
		--renew --renew --prune c.ini
		--only  c.ini --only --prune
		--only  --only --renew node1 c.ini
	END
	run -2 topocert generate --only
}

@test "who shares a certificate names it, and all who share it get the new one" {
	local name
	sed 's/^\[cluster\]/&\nkey = ec:P-256/; s/^;shared.*/shared = yes/
		$a [ca]\nkey = ec:P-256' "$SRCDIR/examples/tidb.ini" >c.ini
	rm -r c
	topocert generate -q -o first c.ini
	for name in pd services/pd node2 node3; do
		rm -rf c
		cp -a first c
		run -0 topocert generate --json -o c --renew $name c.ini
		assert_equal "$(jq -r '.certificates[] | select(.serial).path' \
			<<<"$output")" services/pd/certs/pd.crt
		run ! cmp -s first/hosts/node1/certs/pd.crt \
			c/hosts/node1/certs/pd.crt
		cmp c/hosts/node{1,2}/certs/pd.crt
		cmp c/hosts/node{1,3}/certs/pd.key
		cmp {first,c}/hosts/node1/certs/tidb.crt
		cmp {first,c}/hosts/node4.tar.gz
		run -0 topocert verify -o c c.ini
	done
	# node1 is the host of TiDB, too
	run -4 topocert plan -o first --renew node1 c.ini
	assert_output_has ' 0 to issue, 2 to reissue, 2 to keep'
}
