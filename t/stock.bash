# SPDX-License-Identifier: Apache-2.0
# For comparison with stock openssl: what ./o holds is made again by it.

# same_signed FILE FILE: but for the signature, which ECDSA draws at random.
same_signed() {
	signed_part "$1" >signed.1
	signed_part "$2" >signed.2
	[ -s signed.1 ] && cmp signed.1 signed.2
}

# The second line of asn1parse is where it begins.
signed_part() {
	local at
	at=$(openssl asn1parse -in "$1" | sed -n '2s/:.*//p')
	openssl asn1parse -in "$1" -strparse "$at" -noout -out /dev/stdout
}

# x509_date FILE start|end FORMAT
x509_date() {
	date -u -d "$(openssl x509 -in "$1" -noout "-${2}date" | cut -d= -f2)" \
		"+$3"
}

x509_serial() {
	openssl x509 -in "$1" -noout -serial | cut -d= -f2
}

# request_again HOW CONF KEY REQUEST: made by openssl, it is equal by HOW.
request_again() {
	openssl req -new -batch -config "$2" -key "$3" -out again.csr
	"$1" again.csr "$4"
}

# sign_again HOW SECTION REQUEST CERTIFICATE: as an administrator would, who
# has the CA directory of ./o as it was before this certificate.
sign_again() {
	local serial
	serial=$(x509_serial "$4")
	rm -rf again
	cp -r o/ca again
	sed -i "/$serial/d" again/index.txt
	rm "again/newcerts/$serial.pem"
	echo "$serial" >again/serial.txt
	cp "$3" again/request.csr
	(cd again && openssl ca -batch -config ca.conf -keyfile ca.key \
		-cert ca.crt -outdir newcerts -policy signing_policy \
		-extensions "$2" -notext -in request.csr -out ../again.crt \
		-startdate "$(x509_date "../$4" start %Y%m%d%H%M%SZ)" \
		-enddate "$(x509_date "../$4" end %Y%m%d%H%M%SZ)")
	"$1" again.crt "$4" && "$1" again.crt "o/ca/newcerts/$serial.pem" &&
		assert_equal "$(index_row o/ca "$serial")" \
			"$(index_row again "$serial")"
}

# index_row CA SERIAL: without the column that says where the certificate is.
index_row() {
	grep "$2" "$1/index.txt" | cut -f 1-4,6
}

# all_again HOW COUNT: all certificates in ./o, COUNT of them, come out again,
# and so does the CA's own.
all_again() {
	local how=$1 wanted=$2 file folder name n=0
	for file in o/hosts/*/certs/node.crt o/users/*/certs/client.*.crt; do
		folder=${file%/certs/*}
		name=${file##*/}
		name=${name%%.*}
		cmp "$folder/certs/ca.crt" o/ca/ca.crt
		request_again "$how" "$folder/conf/$name.conf" \
			"${file%.crt}.key" "$folder/conf/$name.csr"
		sign_again "$how" "signing_${name}_req" \
			"$folder/conf/$name.csr" "$file"
		n=$((n + 1))
	done
	assert_equal "$n" "$wanted"
	assert_equal "$(wc -l <o/ca/index.txt)" "$wanted"
	authority_again "$how"
}

# authority_again HOW: at the hour its certificate begins.
authority_again() {
	local ca=o/ca/ca.crt seconds
	seconds=$(($(x509_date $ca end %s) - $(x509_date $ca start %s)))
	assert_equal $((seconds % 86400)) 0
	(cd o/ca && TZ=UTC0 faketime -f \
		"$(x509_date ca.crt start '%Y-%m-%d %H:%M:%S')" \
		openssl req -new -x509 -batch -config ca.conf -key ca.key \
		-set_serial "0x$(x509_serial ca.crt)" \
		-days $((seconds / 86400)) -out ../../again.crt)
	"$1" again.crt $ca
}

# In a CA directory: each row of the index has its certificate in newcerts/,
# with the same serial, subject and expiry, and there is nothing else there.
assert_index_agrees() {
	local type expires serial subject rows=0
	while IFS='|' read -r type expires _ serial _ subject; do
		rows=$((rows + 1))
		assert_equal "$(openssl x509 -in "newcerts/$serial.pem" -noout \
			-serial -subject -nameopt compat -enddate)" "serial=$serial
subject=$subject
notAfter=$(LC_ALL=C date -u -d "20${expires:0:2}-${expires:2:2}-${expires:4:2} \
${expires:6:2}:${expires:8:2}:${expires:10:2}" '+%b %e %T %Y GMT')"
		[[ $type = [VR] ]]
	done < <(tr '\t' '|' <index.txt)
	assert_equal "$(find newcerts -type f | wc -l)" "$rows"
	assert_equal "$(cut -f 4 index.txt | sort -u | wc -l)" "$rows"
}
