#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A certificate for the DB Console that comes from a public CA: what is placed,
# and what is wrong with it.

load common
load cockroachdb

public_names=DNS:node1,DNS:node2,IP:10.0.0.11,IP:10.0.0.12

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	public_ca "$public_names"
}

# import_ui: c.ini imports a certificate that lies beside it, and is good.
import_ui() {
	cp -p "$BATS_FILE_TMPDIR"/*.{crt,key} .
	variant c.ini 'ui = import' 'ui_cert = ui.crt' 'ui_key = ui.key'
}

# assert_import_refused TEXT...: generate says so, and writes nothing.
assert_import_refused() {
	local text
	run topocert generate c.ini
	assert_status 3
	for text; do
		assert_output_has "$text"
	done
	[ ! -e c ]
}

@test "an imported certificate is placed whole, its chain in order" {
	import_ui
	topocert generate --quiet c.ini
	cmp ui.crt c/hosts/node1/certs/ui.crt
	cmp ui.crt c/hosts/node2/certs/ui.crt
	diff <(openssl pkey -in ui.key) c/hosts/node1/certs/ui.key
	run ! grep -q ui.crt c/ca/index.txt
	topocert plan c.ini
	public_ui "$public_names" 91
	run topocert plan c.ini
	assert_status 4
	topocert generate --quiet c.ini
	cmp ui.crt c/hosts/node2/certs/ui.crt
	topocert plan c.ini
}

@test "an imported certificate with another's key is refused" {
	import_ui
	cp -p middle.key ui.key
	assert_import_refused 'c.ini:7: ui.key: not the key of certificate 1'
	rm ui.key
	assert_import_refused 'c.ini:7: ui.key: No such file or directory'
}

@test "an imported key that is encrypted, or that others can read" {
	import_ui
	openssl pkcs8 -topk8 -passout pass:secret -in ui.key -out other.key
	chmod 0600 other.key
	mv other.key ui.key
	assert_import_refused 'c.ini:7: ui.key: encrypted'
	import_ui
	chmod 0644 ui.key
	assert_import_refused 'c.ini:7: ui.key: mode 0644 lets others'
}

@test "an imported certificate that has expired is refused" {
	import_ui
	faketime -f -100d "$BASH" -c ". '$BATS_TEST_DIRNAME/cockroachdb.bash'
		public_ui '$public_names' 90"
	assert_import_refused 'c.ini:6: ui.crt: certificate 1 (' 'expired at'
}

@test "an imported certificate that misses a name of a host is refused" {
	import_ui
	public_ui "DNS:node1,IP:10.0.0.11,IP:10.0.0.12" 90
	assert_import_refused \
		'c.ini:6: ui.crt: does not cover DNS:node2 of host node2'
	public_ui DNS:console.example.com 90
	assert_import_refused \
		'c.ini:6: ui.crt: covers no name of host node1'
}

@test "a chain that is out of order, or not of certificates, is refused" {
	import_ui
	cat leaf.crt root.crt middle.crt >ui.crt
	assert_import_refused 'c.ini:6: ui.crt: chain not in order' \
		'certificate 2'
	cat middle.crt leaf.crt >ui.crt
	assert_import_refused \
		'c.ini:6: ui.crt: certificate 1 (/O=Public/CN=Public Issuing CA'
	cat leaf.crt ui.key >ui.crt
	assert_import_refused 'c.ini:6: ui.crt: holds a private key'
	echo nothing >ui.crt
	assert_import_refused 'c.ini:6: ui.crt: no certificate in it'
}

@test "an imported certificate for more than 825 days is worth a warning" {
	import_ui
	public_ui "$public_names" 900
	run -0 topocert generate c.ini
	assert_output_has 'ui.crt: valid for 900 days: some browsers refuse'
}

@test "one host imports, and one of a cluster that imports does not" {
	import_ui
	sed -i '/host node2/a ui = none' c.ini
	topocert generate --quiet c.ini
	assert_bundle c/hosts/node1.tar.gz ca.crt node.crt node.key \
		ui.crt ui.key
	assert_bundle c/hosts/node2.tar.gz ca.crt node.crt node.key
	rm -r c
	variant c.ini
	sed -i '/host node2/a ui = import\nui_cert = ui.crt\nui_key = ui.key' \
		c.ini
	topocert generate --quiet c.ini
	assert_bundle c/hosts/node1.tar.gz ca.crt node.crt node.key
	assert_bundle c/hosts/node2.tar.gz ca.crt node.crt node.key \
		ui.crt ui.key
}
