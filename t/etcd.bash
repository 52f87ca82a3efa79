# SPDX-License-Identifier: Apache-2.0
# Three etcd members and a user of them, on their bundles: load servers first.

members=(etcd1 etcd2 etcd3)

# etcd_topology NET [LINE...]: members etcd1 to etcd3 at NET.1 to NET.3, and the
# user app; LINEs are what there is of CAs. Calls on the loopback net come from
# 127.0.0.1, whomever they are for.
etcd_topology() {
	local number
	printf '%s\n' '[cluster]' 'name = c' 'profile = etcd' \
		'key = ec:P-256' "${@:2}" '[user app]'
	for number in 1 2 3; do
		printf '%s\n' "[host etcd$number]" \
			"ip = $1.$number, 127.0.0.1" \
			"directory = $BATS_FILE_TMPDIR/etcd$number/certs"
	done
}

# member NAME: a server with the lines of its CONFIG.txt as environment, which
# is how systemd gives them. Its data folder is all that we add.
member() {
	part /etc/default/etcd "$1/CONFIG.txt" >"$1/env"
	(
		set -a
		# shellcheck source=/dev/null
		. "$1/env"
		set +a
		start "$1" etcd --data-dir "$PWD/$1/data"
	)
}

# cluster: all of them, from the bundles in o/, until they are ready.
cluster() {
	local name
	unpack o/users/app.tar.gz app
	for name in "${members[@]}"; do
		unpack "o/hosts/$name.tar.gz" "$name"
		member "$name"
	done
	for name in "${members[@]}"; do
		until_ready "$name" grep -F 'ready to serve client requests' \
			"$name.log"
	done
}

# as_app COMMAND...: by env(1), in the folder of the user's bundle, with the
# lines of its CONFIG.txt.
as_app() (
	cd -P "$BATS_FILE_TMPDIR/app" || return
	# shellcheck source=/dev/null
	. <(part environment CONFIG.txt)
	exec env "$@"
)
