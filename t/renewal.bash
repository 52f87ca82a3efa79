# SPDX-License-Identifier: Apache-2.0
# For tests of the reload commands in CONFIG.txt: load servers first. The
# folder has o/, made from a topology, and a folder for each unpacked bundle.

# renew TOPOLOGY HOST: unpack a new certificate over the old one.
renew() {
	sed -i "s/^\[host $2]\$/&\ndays = 100/" "$1"
	topocert generate --quiet -o o "$1"
	unpack "o/hosts/$2.tar.gz" "$2"
}

# reload_line BEFORE FILE: what stands behind these words in the part reload.
reload_line() {
	sed -n "/^# --- reload ---\$/,\${s/^# $1//p}" "$2" | grep .
}

# serves CERTIFICATE ADDRESS:PORT [OPTION...]: the server shows this file.
serves() {
	diff <(openssl x509 -in "$1" -noout -serial) \
		<(openssl s_client -connect "${@:2}" </dev/null |
			openssl x509 -noout -serial)
}
