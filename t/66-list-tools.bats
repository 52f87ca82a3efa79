#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What list writes for other programs, read by these: Chromium, Graphviz and
# Prometheus.

load common
load servers
load list

# A cluster where something of everything has happened.
setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	small_topology '[host n{1..60}]' 'ip = 10.0.1.{1..60}' \
		'[host gone]' 'ip = 10.0.2.1'
	sed -i 's/^\[host node2\]/&\ndays = 9/' c.ini
	topocert generate --quiet c.ini
	revoke hosts/gone/certs/node.crt keyCompromise
	sed -i 's/10.0.0.12/10.0.0.22/; s/^\[host gone\]//; s/^ip = 10.0.2.1//' \
		c.ini
	topocert generate --quiet c.ini
	by_hand $'/CN=<script>"\\\\|{}&amp;\u202e' \
		'subjectAltName = URI:javascript:<b>'
	rotated begun
	topocert list --json c.ini >list.json
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return
}

# browse [DAYS]: the page as a browser has it after so many days, in dom.html.
browse() {
	faketime -f "+${1:-0}.5d" "$TOPOCERT" list --quiet --html page.html c.ini
	faketime -f "+${1:-0}.5d" "$TOPOCERT" list --json c.ini >list.json
	HOME=$PWD chromium --headless --no-sandbox --disable-gpu \
		--dump-dom "file://$PWD/page.html" >dom.html 2>chromium.log
}

# rows: what the table of dom.html shows, "status days file serial" a line.
rows() {
	grep -o '<tr class="[a-z]*" data-status[^>]*>' dom.html |
		sed 's/.*data-status="\([^"]*\)" data-days="\([^"]*\)".*data-file="\([^"]*\)" data-serial="\([^"]*\)".*/\1 \2 \3 \4/'
}

@test "Chromium shows a row for each certificate, as --json has them" {
	need chromium
	browse
	rows | sort >shown
	jq -r '.certificates[] | "\(.status) \(.days_left) \(.file) \(.serial)"' \
		list.json | sort | diff - shown
	[ "$(wc -l <shown)" -gt 60 ]
	cut -d' ' -f1 shown | sort -u >statuses
	printf '%s\n' replaced revoked valid | diff statuses -
	# names in the cells are text
	grep -qF 'javascript:&lt;b&gt;' dom.html
	run -1 grep -qE '<script|<b>&' dom.html
	grep -q '<h1 id="headline">All certificates are good</h1>' dom.html
}

@test "the headline tells a person on call what is the matter" {
	need chromium
	browse 7
	grep -q '<h1 id="headline">1 certificate expires soon</h1>' dom.html
	grep -q 'id="soonest">The soonest: <b>host node2</b>, node.crt,' dom.html
	rows | grep -q '^expiring 1 hosts/node2/'
	browse 12
	grep -q '<h1 id="headline">1 certificate has expired</h1>' dom.html
	grep -q '<b>3 days ago</b>' dom.html
	grep -q 'rotation begun' dom.html
}

# The picture counts what it does not name.
@test "time line and trust graph are there, and say how many there are" {
	need chromium
	browse
	sed -n '/<svg id="timeline"/,/<\/svg>/p' dom.html >timeline
	grep -qF '>61 hosts<' timeline
	grep -qE '>n1, .*, and [0-9]+ more<' timeline
	grep -qF '>host node2<' timeline
	sed -n '/<svg id="trust"/,/<\/svg>/p' dom.html >trust
	grep -qF '>62 hosts: valid<' trust
	grep -qF '>Other CA<' trust
}

@test "the page is a picture of some size, and nothing in it is fetched" {
	need chromium
	browse
	run -1 grep -nE 'src=|href=|url\(|@import|<script' dom.html
	HOME=$PWD chromium --headless --no-sandbox --disable-gpu \
		--window-size=1200,1600 --screenshot="$PWD/page.png" \
		"file://$PWD/page.html" 2>chromium.log
	[ "$(stat -c %s page.png)" -gt 50000 ]
}

@test "dot draws the graph, with every certificate as an edge" {
	need dot
	topocert list --graph c.ini >graph.dot
	dot -Tsvg graph.dot >graph.svg 2>dot.log
	[ ! -s dot.log ]
	assert_equal "$(grep -c 'class="edge"' graph.svg)" "$(jq '
		[.certificates[] | select(.kind != "ca")] | length + 1' list.json)"
	grep -qF 'host node2</text>' graph.svg
	grep -qF 'next/ca.crt' graph.svg
	topocert list --current --graph c.ini | dot -Tplain >plain
	grep -qF '"host:node2"' plain
	run -1 grep -F '"host:gone"' plain
}

@test "promtool finds nothing wrong with the metrics, and their values are right" {
	need promtool
	topocert list --prometheus c.ini >metrics
	run -0 promtool check metrics < <(cat metrics)
	assert_equal "$output" ''
	assert_equal "$(sed -n 's/^topocert_certificate_not.*owner="node1".* //p' \
		metrics)" "$(date -u -d "$(openssl x509 -noout -enddate \
			-in c/hosts/node1/certs/node.crt | cut -d= -f2)" +%s)"
	assert_equal "$(grep -c '^topocert_certificate_not' metrics)" "$(jq '
		[.certificates[] | select(.kind != "ca" and
			(.superseded or .status == "revoked" | not))] |
		length' list.json)"
	grep -qF 'topocert_certificates{cluster="c",status="revoked"} 1' metrics
	grep -qF 'topocert_ca_rotation_stage{cluster="c",ca="ca",stage="begun"} 1' \
		metrics
	mv c away
	topocert list --prometheus c.ini >metrics
	mv away c
	run -0 promtool check metrics < <(cat metrics)
	assert_equal "$output" ''
}
