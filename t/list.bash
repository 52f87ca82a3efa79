# SPDX-License-Identifier: Apache-2.0
# What the tests of list share: load common first.

# listing [OPTION...]: c.ini's certificates, in list.json.
listing() {
	topocert list --json "$@" c.ini >list.json
}

# row FILE KEY: of what was last signed for that path and was not replaced.
row() {
	jq -r --arg file "$1" '.certificates[] |
		select(.file == $file and (.superseded | not)) | '"$2" list.json
}

# serial FILE: of the last row of ca/index.txt with that path.
serial() {
	awk -F'\t' -v file="$1" '$5 == file { s = $4 } END { print s }' \
		c/ca/index.txt
}

# revoke FILE [REASON]: as an administrator does.
revoke() {
	local serial
	serial=$(serial "$1")
	(cd c/ca && openssl ca -config ca.conf \
		-revoke "newcerts/$serial.pem" \
		${2:+-crl_reason "$2"} 2>/dev/null)
}

# rotated STAGE: c/ca as a rotation leaves it, with the CA of another cluster
# for the other generation.
rotated() {
	rm -rf other
	sed 's/^\[ca\]/&\ncommon_name = Other CA/' c.ini >other.ini
	topocert generate --quiet -o other other.ini
	case $1 in
	begun)
		# it has signed nothing yet
		rm other/ca/newcerts/*
		: >other/ca/index.txt
		mv other/ca c/ca/next
		;;
	switched)
		mkdir -p other/ca/old
		mv c/ca other/ca/old/1
		mv other/ca c/ca
		;;
	esac
	echo "$1" >c/ca/rotation.txt
}

# by_hand SUBJECT EXTENSION...: a certificate that openssl ca issues.
by_hand() {
	printf '%s\n' "${@:2}" >hand.ext
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-keyout hand.key -subj "$1" -utf8 -out hand.csr 2>/dev/null
	(cd c/ca && openssl ca -batch -config ca.conf -policy any \
		-config <(cat ca.conf && printf '%s\n' '[any]' \
			'commonName = supplied' 'organizationName = optional') \
		-extfile ../../hand.ext -in ../../hand.csr -days 9 -utf8 \
		-out ../../hand.crt -notext 2>/dev/null)
}
