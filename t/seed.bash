# SPDX-License-Identifier: Apache-2.0
# For tests of what comes from a seed.

# A seed for tests: anybody has it.
seed=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f

write_seed() {
	rm -f s.seed
	echo "$seed" >s.seed
	chmod 0400 s.seed
}

# seeded_topology KEY [LINE...]: c.ini, with a seed, two hosts and a user, and
# the lines given at its end.
seeded_topology() {
	write_seed
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb' \
		"key = $1" 'seed_file = s.seed' 'not_before = 2026-11-01' \
		'[ca]' "key = $1" \
		'[host node1]' 'ip = 10.0.0.11, 127.0.0.1' \
		'[host node2]' 'ip = 10.0.0.12, 127.0.0.1' \
		'[user root]' "${@:2}" >c.ini
}

# same_trees A B: the same names, modes and octets.
same_trees() {
	diff -r "$1" "$2" && diff <(cd "$1" && find . -printf '%P %m\n' | sort) \
		<(cd "$2" && find . -printf '%P %m\n' | sort)
}

# derived LENGTH PART...: what stock openssl derives from the seed, in
# hexadecimal, for these parts of the label.
derived() {
	openssl kdf -keylen "$1" -kdfopt digest:SHA256 -kdfopt "hexkey:$seed" \
		-kdfopt "hexinfo:$(printf '%s\0' 'topocert seed 1' "${@:2}" |
			od -An -v -tx1 | tr -d ' \n')" -binary HKDF |
		od -An -v -tx1 | tr -d ' \n'
}

# private_octets FILE: those of an Ed25519 key, which stand at the end.
private_octets() {
	openssl pkey -in "$1" -outform DER | tail -c 32 |
		od -An -v -tx1 | tr -d ' \n'
}
