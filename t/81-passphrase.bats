#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The key of a CA under a passphrase, wherever that comes from.

load common
load existing

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export PW=sesame
}

# protected SOURCE [LINE...]: c.ini with that passphrase.
protected() {
	small_topology "${@:2}"
	sed -i "s|^\[ca\]|&\npassphrase = $1|" c.ini
}

# opens FILE PASSPHRASE: stock openssl opens the key with it.
opens() {
	[ "$(head -n 1 "$1")" = '-----BEGIN ENCRYPTED PRIVATE KEY-----' ]
	openssl pkey -in "$1" -passin pass:"$2" -noout
}

# quick PASSPHRASE: c/ as generate makes it, with a key that is protected, but in
# fewer rounds than ours.
quick() {
	rm -rf c
	small_topology
	topocert generate -q c.ini
	openssl pkcs8 -topk8 -iter 1 -v2 aes-256-cbc -passout pass:"$1" \
		-in c/ca/ca.key -out quick.key
	install -m 400 quick.key c/ca/ca.key
}

# answered ANSWERS COMMAND...: on a terminal of its own, where each line of
# ANSWERS is typed when it is asked for; what is shown goes to typescript.
answered() {
	local answers=$1 shown=0 line
	shift
	: >typescript
	{
		while IFS= read -r line; do
			for ((i = 0; i < 100; i++)); do
				[ "$(grep -cao ': ' typescript)" -gt "$shown" ] &&
					break
				sleep 0.05
			done
			shown=$(grep -cao ': ' typescript)
			printf '%s\n' "$line"
		done <<<"$answers"
		sleep 0.2
	} | script -qefc "${*@Q}" typescript >/dev/null
}

@test "a created key is AES-256 in PKCS#8, derived by PBKDF2 with SHA-256" {
	protected env:PW
	run -0 topocert generate c.ini
	run ! openssl pkey -in c/ca/ca.key -passin pass:wrong -noout
	assert_equal "$(stat -c %a c/ca/ca.key)" 400
	openssl asn1parse -in c/ca/ca.key >structure
	for name in PBES2 PBKDF2 hmacWithSHA256 aes-256-cbc; do
		grep -q "OBJECT *:$name\$" structure
	done
	assert_equal "$((16#$(sed -n 's/.*INTEGER *://p' structure)))" 600000
	opens c/ca/ca.key sesame
	(cd c/ca && openssl ca -config ca.conf -gencrl -passin env:PW -out l)
	openssl crl -in c/ca/l -CAfile c/ca/ca.crt -noout
	unset PW
	run -0 topocert plan c.ini
	run -0 topocert verify c.ini
	run -0 topocert generate c.ini
	run -0 topocert list c.ini
	run -0 topocert revoke c.ini node1
}

@test "a file of the topology's folder, and a descriptor" {
	mkdir sub
	printf 'open sesame\nnot this\n' >sub/pw
	chmod 600 sub/pw
	protected file:pw
	mv c.ini sub
	run -0 topocert generate sub/c.ini
	opens c/ca/ca.key 'open sesame'
	rm -r c
	protected fd:7
	run -0 topocert generate c.ini 7<sub/pw
	quick 'open sesame'
	protected fd:7 '[host node7]'
	run -0 topocert generate c.ini 7< <(printf 'open sesame')
}

@test "a terminal is asked without echo, twice for a new key" {
	protected prompt
	answered $'by hand\nby hand' "$TOPOCERT" generate c.ini
	opens c/ca/ca.key 'by hand'
	run ! grep -q 'by hand' typescript
	grep -qa 'Passphrase for the key of CA ca: ' typescript
	grep -qa 'Once more: ' typescript
	quick 'by hand'
	protected prompt '[host node7]'
	answered 'by hand' "$TOPOCERT" generate c.ini
	run ! grep -qa 'Once more: ' typescript
	[ -e c/hosts/node7.tar.gz ]
	rm -r c
	answered $'by hand\nby heart' "$TOPOCERT" generate c.ini || true
	grep -qa 'no passphrase was given, or not the same twice' typescript
	[ ! -e c/ca ]
	refused 1 'passphrase = prompt: there is no terminal to ask at' \
		setsid -w "$TOPOCERT" generate c.ini
}

@test "what is not there, empty, too long, too short or open to others" {
	local long
	printf -v long '%1024s' x
	protected env:PW
	PW='' refused 1 'c.ini:6: passphrase = env:PW: it is empty'
	PW=abc refused 1 'too short for a new key: wanted 4 bytes or more'
	PW=$long refused 1 'c.ini:6: passphrase = env:PW: more than 1023 bytes'
	unset PW
	refused 1 'passphrase = env:PW: this environment variable is not set'
	protected file:pw
	refused 1 'c.ini:6: passphrase = file:pw: No such file or directory'
	echo sesame >pw
	chmod 640 pw
	refused 1 'passphrase = file:pw: mode 0640 lets others at the passphrase'
	echo "$long" >pw
	chmod 600 pw
	refused 1 'passphrase = file:pw: more than 1023 bytes'
	echo >pw
	refused 1 'passphrase = file:pw: it is empty'
	printf 'se\0same\n' >pw
	refused 1 'passphrase = file:pw: it holds a zero byte'
	protected fd:9
	refused 1 'passphrase = fd:9: no such file is open'
	# a file of our own is none that was handed to us
	for fd in 3 4 5 6; do
		protected fd:$fd
		refused 1 "passphrase = fd:$fd: no such file is open" \
			bash -c "exec $fd>&-; exec \"\$TOPOCERT\" generate c.ini"
	done
	[ ! -e c/ca ]
}

@test "a wrong one, or none in the topology, opens nothing" {
	quick sesame
	protected env:PW '[host node7]'
	PW=wrong refused 1 \
		'c/ca/ca.key: wrong passphrase, or damaged: c.ini:6: passphrase'
	PW=wrong refused 1 'wrong passphrase' topocert crl c.ini
	PW=wrong refused 1 'wrong passphrase' topocert rotate ca begin c.ini
	sed -i '/^passphrase/d' c.ini
	refused 1 'ca.key: no private key in PEM without passphrase: wanted'
	run -4 topocert verify c.ini
	assert_output_has 'ca/ca.key: protected by a passphrase, and the topology'
	head -c 100 c/ca/ca.key >half
	install -m 400 half c/ca/ca.key
	refused 1 'no private key in PEM without passphrase'
}

@test "a plain key is said to be plain, and the command said mends it" {
	small_topology
	topocert generate -q c.ini
	protected env:PW
	run -4 topocert verify c.ini
	assert_output_has 'ca/ca.key: the topology has a passphrase, but this key'
	echo '[host node7]' >>c.ini
	run -0 topocert generate c.ini
	assert_output_has 'warning: c/ca/ca.key: the topology has a passphrase'
	sh -c "$(sed -n 's/.* by one: \(openssl .*\)/\1/p' <<<"$output" |
		sed 's/ -in / -passout env:PW&/')"
	opens c/ca/ca.key sesame
	run -0 topocert verify c.ini
	echo '[host node8]' >>c.ini
	run -0 topocert generate c.ini
	[[ $output != *warning* ]]
}

@test "the key of an existing CA, in PEM of either kind" {
	organisation
	openssl pkcs8 -topk8 -passout env:PW -in pki/a.key -out pki/b.key
	openssl ec -aes256 -passout env:PW -in pki/a.key -out pki/c.key
	for name in b c; do
		rm -rf c
		existing_topology 'cert_file = pki/a.crt' \
			"key_file = pki/$name.key" 'passphrase = env:PW'
		PW=wrong refused 1 \
			"c.ini:10: key_file = pki/$name.key: wrong passphrase"
		run -0 topocert generate c.ini
		[[ $output != *warning* ]]
		run -0 topocert verify c.ini
	done
	existing_topology 'cert_file = pki/a.crt' 'key_file = pki/a.key' \
		'passphrase = env:PW' '[host node9]'
	run -0 topocert generate c.ini
	assert_output_has 'warning: c.ini:10: key_file = pki/a.key: the topology'
	run -4 topocert verify c.ini
	assert_output_has "pki/a.key: the topology has a passphrase, but this key"
}

@test "a rotation protects the next key by the same passphrase" {
	quick sesame
	cp -a c settled
	protected env:PW
	run -0 topocert rotate ca begin c.ini
	opens c/ca/next/ca.key sesame
	run -0 topocert rotate ca switch c.ini
	run -0 topocert rotate ca finish c.ini
	cmp quick.key c/ca/old/1/ca.key
	run -0 topocert crl c.ini
	rm -r c
	mv settled c
	run -0 topocert rotate ca begin --reuse-key c.ini
	opens c/ca/next/ca.key sesame
}

@test "what stands in the topology in the place of a source is not printed" {
	for text in pass:hush hush 'env:' 'fd:' fd:hush fd:-1 promptly \
		ENV:hush 'env:a=hush'; do
		protected "$text"
		refused 3 'c.ini:6: passphrase: '
		[[ $output != *hush* ]]
	done
	protected pass:hush
	sed -i 's/^passphrase.*/&\nexternal = yes\nissuer = x/' c.ini
	run topocert plan c.ini
	[[ $output != *hush* ]]
}
