#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load common
load tree

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology
	"$TOPOCERT" generate -q c.ini
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -a "$BATS_FILE_TMPDIR"/{c,c.ini} .
}

# refused TEXT: generate fails, says why, and leaves c/ as it was.
refused() {
	snapshot c >before
	run topocert generate c.ini
	assert_status 1
	assert_output_has "$1"
	run -1 grep -F 'PRIVATE KEY' <<<"$output"
	diff before <(snapshot c)
}

# damaged TEXT: plan finds it, too.
damaged() {
	refused "$1"
	run topocert plan c.ini
	assert_status 1
	assert_output_has "$1"
	rm -r c && cp -a "$BATS_FILE_TMPDIR/c" .
}

@test "without ca.key all can be kept, and nothing be signed" {
	rm c/ca/ca.key
	run -0 topocert generate c.ini
	assert_output_has 'nothing to do'
	echo '[host node7]' >>c.ini
	run -4 topocert plan c.ini
	refused 'c/ca/ca.key: No such file or directory: signing needs it'
}

@test "the key of another CA signs nothing" {
	echo '[host node7]' >>c.ini
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out key.pem
	install -m 400 key.pem c/ca/ca.key
	refused 'c/ca/ca.key is not the key of ca.crt'
}

@test "a ca.key that others can read or write signs nothing" {
	echo '[host node7]' >>c.ini
	for mode in 644 440 404 402; do
		chmod "$mode" c/ca/ca.key
		refused "c/ca/ca.key: mode 0$mode lets others at the CA's key"
	done
	chmod 600 c/ca/ca.key
	run -0 topocert generate c.ini
}

@test "a ca.key that is empty, cut short or encrypted signs nothing, and nobody is asked" {
	echo '[host node7]' >>c.ini
	cp c/ca/ca.key key.pem
	chmod 600 c/ca/ca.key
	: >c/ca/ca.key
	refused 'c/ca/ca.key: no private key in PEM without passphrase'
	head -c 100 key.pem >c/ca/ca.key
	refused 'c/ca/ca.key: no private key in PEM without passphrase'
	openssl pkcs8 -topk8 -passout pass:x -in key.pem -out c/ca/ca.key
	refused 'c/ca/ca.key: no private key in PEM without passphrase'
}

@test "a leaf in the place of ca.crt signs nothing" {
	echo '[host node7]' >>c.ini
	sed -i '2s/$/\ndays = 30/' c.ini
	cp c/hosts/node1/certs/node.crt c/ca/ca.crt
	install -m 400 c/hosts/node1/certs/node.key c/ca/ca.key
	refused 'c/ca/ca.crt: not the certificate of a CA'
}

@test "a damaged index.txt is told, and nothing done with it" {
	truncate -s -1 c/ca/index.txt
	damaged 'c/ca/index.txt: damaged'
	sed -i '2s/\t[^\t]*$//' c/ca/index.txt
	damaged 'c/ca/index.txt: damaged'
	sed -i '2s/$/\tmore/' c/ca/index.txt
	damaged 'c/ca/index.txt: damaged'
	sed -i '2s/^V\([^Z]*Z\t\t\).*\thosts/V\1xyz\thosts/' c/ca/index.txt
	damaged 'c/ca/index.txt:2: damaged'
	sed -i '3s/^V/X/' c/ca/index.txt
	damaged 'c/ca/index.txt:3: damaged'
	sed -i '1s/Z/Q/' c/ca/index.txt
	damaged 'c/ca/index.txt:1: damaged'
	sed -i '2p' c/ca/index.txt
	damaged 'c/ca/index.txt: damaged: a serial number stands there twice'
	printf '\0' >>c/ca/index.txt
	damaged 'c/ca/index.txt: damaged'
	rm c/ca/index.txt
	damaged 'c/ca: damaged: no index.txt'
}

@test "an index.txt without rows is a CA that issued nothing" {
	: >c/ca/index.txt
	run -4 topocert plan c.ini
	assert_output_has '3 to issue, 0 to reissue, 0 to keep'
}

@test "a ca.crt that is missing or none is told" {
	echo broken >c/ca/ca.crt
	damaged 'c/ca/ca.crt: no certificate'
	rm c/ca/ca.crt
	damaged 'c/ca: damaged: no ca.crt'
}

@test "--json says the same as the text, for jq to read" {
	echo '[host node7]' >>c.ini
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	run -4 topocert plan --json c.ini
	assert_equal "$(jq -r '.format, .command, .directory, .ca.action, .work,
		(.certificates[] | select(.action != "keep") |
			.path + " " + .action + " " + .reason)' <<<"$output")" \
		"$(printf '%s\n' 1 plan c keep 2 \
			'hosts/node2/certs/node.crt reissue names changed: -IP 10.0.0.12 +IP 10.0.0.99' \
			'hosts/node7/certs/node.crt issue new')"
	topocert generate --json c.ini >json
	jq -r '.certificates[] | select(.serial) | .serial + " " + .path' json |
		diff - <(tail -2 c/ca/index.txt | cut -f4,5 --output-delimiter=' ')
	assert_equal "$(jq -r '.command, .work' json)" $'generate\n2'
	assert_tree c
}

@test "a pipe gets the result and nothing else" {
	export TERM=xterm
	for command in plan generate 'plan --json' 'generate --json' plan; do
		# shellcheck disable=SC2086 # command and option
		run ! grep -P '[^\x20-\x7e\n\t]' <(topocert $command c.ini 2>&1)
	done
	sed -i 's/10.0.0.12/10.0.0.99/' c.ini
	topocert generate c.ini >out 2>err
	run -1 grep -P '[^\x20-\x7e]' out
	[ -s out ] && [ ! -s err ]
}
