#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A system that nobody has heard of, by a profile of the topology's own: files
# of all kinds come out as stock openssl wants them.

load common
load servers

write_profile() {
	cat >mine.ini <<-'END'
		[profile]
		description  = Lantern: lamps, keepers and visitors
		organization = Lantern
		services     = lamp, keeper

		[bundle]
		folder         = tls
		folder_mode    = 0750
		tar_owner      = root
		tar_group      = root
		directory      = /etc/lantern/tls
		user_directory = tls

		[option remote]
		summary  = keepers call lamps from elsewhere
		type     = flag
		sections = cluster, host

		[option store_file]
		summary = name of a visitor's key store
		type    = name
		default = visitor.p12
	END
	ca ''
	ca ' keeper' '{{organization}} keeper CA' keeper-ca.crt host
	certificate lamp host yes serverAuth 'service = lamp'
	certificate keeper host yes serverAuth 'service = keeper' 'ca = keeper'
	certificate caller host no clientAuth 'service = keeper' \
		'when = remote' 'organizational_unit = callers'
	certificate visitor user no clientAuth
	file lamp_rsa lamp-rsa lamp pem traditional_key
	file lamp_der lamp.der lamp der certificate
	file lamp_key lamp-key.der lamp der key
	file lamp_chain lamp-chain.pem lamp pem fullchain
	file keeper_pem keeper.pem keeper pem 'key, certificate, chain'
	file keeper_store keeper.p12 keeper pkcs12 'key, certificate, chain' \
		'alias = the keeper' 'password_file = keeper.password'
	file visitor_store '{{option.store_file}}' visitor pkcs12_legacy \
		'key, certificate, chain' 'password_file = visitor.password'
	cat >>mine.ini <<-'END'
		[file trust]
		owner         = user
		content       = ca
		format        = pkcs12
		file          = trust.p12
		mode          = 0640
		password_file = visitor.password

		[config lamp]
		owner    = host
		service  = lamp
		template = ./lamp.txt
	END
	cat >lamp.txt <<-'END'
		# --- lantern.conf ---
		der = {{file.lamp_der}}
		{{#service.keeper}}
		keeper = {{file.keeper_pem}}{{#option.remote}} remote{{/option.remote}}
		{{/service.keeper}}
		{{#hosts.keeper}}
		call {{name}}{{^last}},{{/last}}
		{{/hosts.keeper}}
	END
}

# ca NAME [COMMON-NAME FILE OWNER]
ca() {
	printf '%s\n' "[ca$1]" "common_name = ${2:-{{organization\}\} CA}" \
		'key = ec:P-256' 'days = 3660' 'template = ca.conf' \
		"file = ${3:-ca.crt}" 'mode = 0644' \
		"owner = ${4:-host, user}" >>mine.ini
}

# certificate NAME OWNER NAMES USAGE [LINE...]
certificate() {
	local template=client
	[ "$3" = no ] || template=node
	printf '%s\n' "[certificate $1]" "owner = $2" 'common_name = {{name}}' \
		"names = $3" 'key = rsa:2048' 'days = 90' \
		"template = $template.conf" 'policy = signing_policy' \
		"extensions = signing_$1_req" \
		'key_usage = digitalSignature, keyEncipherment' \
		"extended_key_usage = $4" "file = $1.crt" 'mode = 0644' \
		"key_file = $1.key" 'key_mode = 0600' "${@:5}" >>mine.ini
}

# file NAME FILE CERTIFICATE FORMAT CONTENT [LINE...]
file() {
	local owner=$'owner = host\nservice = '$3
	[ "$3" != visitor ] || owner='owner = user'
	printf '%s\n' "[file $1]" "$owner" "file = $2" "certificate = $3" \
		"format = $4" "content = $5" 'mode = 0600' "${@:6}" >>mine.ini
}

write_topology() {
	cat <<-'END'
		[cluster]
		name = harbour
		profile = mine.ini
		store_file = me.p12
		[host pier]
		ip = 127.69.1.1
		services = lamp, keeper
		remote = yes
		[host rock]
		services = lamp
		[user tourist]
	END
}

setup_file() {
	have openssl || return 0
	cd "$BATS_FILE_TMPDIR" || return
	write_profile
	write_topology >c.ini
	topocert generate --quiet -o o c.ini
	unpack o/hosts/pier.tar.gz pier
	unpack o/hosts/rock.tar.gz rock
	unpack o/users/tourist.tar.gz tourist
}

setup() {
	cd "$BATS_FILE_TMPDIR/pier/tls" || return
}

# files FOLDER: the names, in one line.
files() {
	(cd "$1" && printf '%s\n' * | xargs)
}

@test "each owner gets its files, by service and option" {
	assert_equal "$(files .)" "ca.crt caller.crt caller.key \
keeper-ca.crt keeper.crt keeper.key keeper.p12 keeper.password keeper.pem \
lamp-chain.pem lamp-key.der lamp-rsa lamp.crt lamp.der lamp.key"
	assert_equal "$(files ../../rock/tls)" "ca.crt keeper-ca.crt \
lamp-chain.pem lamp-key.der lamp-rsa lamp.crt lamp.der lamp.key"
	assert_equal "$(files ../../tourist/tls)" \
		"ca.crt me.p12 trust.p12 visitor.crt visitor.key visitor.password"
	assert_equal "$(stat -c %a . keeper.pem lamp-rsa keeper.password \
		../../tourist/tls/trust.p12 | xargs)" '750 600 600 600 640'
}

@test "two CAs sign what the profile says" {
	openssl verify -CAfile ca.crt -purpose sslserver lamp.crt
	openssl verify -CAfile ca.crt -purpose sslclient caller.crt
	openssl verify -CAfile keeper-ca.crt -purpose sslserver keeper.crt
	run -2 openssl verify -CAfile ca.crt keeper.crt
	assert_equal "$(openssl x509 -noout -subject -nameopt RFC2253 \
		-in caller.crt)" subject=CN=pier,OU=callers,O=Lantern
}

@test "keys and certificates are there in every coding" {
	local certificate
	head -n 1 lamp-rsa | grep -x -- '-----BEGIN RSA PRIVATE KEY-----'
	openssl pkey -traditional -in lamp.key | cmp - lamp-rsa
	openssl pkey -inform der -in lamp-key.der | cmp - lamp.key
	openssl pkcs8 -inform der -nocrypt -in lamp-key.der -out /dev/null
	certificate=$(openssl x509 -in lamp.crt)
	assert_equal "$(openssl x509 -inform der -in lamp.der)" "$certificate"
	assert_equal "$(<lamp-chain.pem)" "$certificate"
	cat keeper.key keeper.crt keeper-ca.crt | cmp - keeper.pem
}

@test "key store and trust store open with the password beside them" {
	run -0 openssl pkcs12 -in keeper.p12 -passin file:keeper.password -nodes
	assert_output_has 'friendlyName: the keeper'
	openssl pkey <<<"$output" | cmp - keeper.key
	assert_equal "$(grep -c 'BEGIN CERTIFICATE' <<<"$output")" 2
	cd ../../tourist/tls
	run -0 openssl pkcs12 -legacy -in me.p12 -nodes \
		-passin file:visitor.password
	openssl pkey <<<"$output" | cmp - visitor.key
	run -0 openssl pkcs12 -in trust.p12 -passin file:visitor.password
	assert_output_has '2.16.840.1.113894.746875.1.1: '
	openssl x509 <<<"$output" | cmp - ca.crt
	run -1 openssl pkcs12 -in trust.p12 -noout \
		-passin file:../../pier/tls/keeper.password
	assert_output_has 'Mac verify error: invalid password?'
}

@test "CONFIG.txt is that of the profile's template" {
	assert_equal "$(part lantern.conf ../CONFIG.txt)" \
"der = /etc/lantern/tls/lamp.der
keeper = /etc/lantern/tls/keeper.pem remote
call pier"
	assert_equal "$(part lantern.conf ../../rock/CONFIG.txt)" \
"der = /etc/lantern/tls/lamp.der
call pier"
}
