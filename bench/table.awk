# SPDX-License-Identifier: Apache-2.0
# From lines of "KIND HOSTS NAME WALL CPU KIB" for each run, and of
# "KIND HOSTS NAME - REASON..." for what was not run, the tables of medians;
# names gives "NAME PROGRAM KINDS TITLE..." in their order.

function median(list, n, values, i, k, value) {
	n = split(list, values, " ")
	for (i = 2; i <= n; i++) {
		value = values[i] + 0
		for (k = i - 1; k > 0 && values[k] + 0 > value; k--)
			values[k + 1] = values[k]
		values[k + 1] = value
	}
	if (n % 2)
		return values[(n + 1) / 2] + 0
	return (values[n / 2] + values[n / 2 + 1]) / 2
}

# What its title says is the fourth word and all that follow.
function rest(from, text, i) {
	for (i = from; i <= NF; i++)
		text = text (i > from ? " " : "") $i
	return text
}

function head() {
	printf "\n## %s, %d hosts\n\n", part[1], part[2]
	printf "| %-26s | %8s | %8s | %8s | %5s | %6s |\n", "", "seconds", \
		"ms/host", "CPU/host", "MB", "times"
	printf "| %s | %s | %s | %s | %s | %s |\n", dashes(26), dashes(8), \
		dashes(8), dashes(8), dashes(5), dashes(6)
}

function dashes(n) {
	return substr("----------------------------------------", 1, n)
}

function row(at, title, base, time, hosts) {
	if (at in why) {
		notes = notes sprintf("- %s: %s\n", title, why[at])
		return
	}
	if (!(at in wall))
		return
	time = median(wall[at])
	hosts = part[2]
	printf "| %-26s | %8.3f | %8.3f | %8.3f | %5.1f | %6s |\n", title, \
		time, 1000 * time / hosts, 1000 * median(cpu[at]) / hosts, \
		median(kib[at]) / 1024, \
		(base > 0 ? sprintf("%.2f", time / base) : "-")
}

FILENAME == names {
	order[++n_names] = $1
	title[$1] = rest(4)
	next
}

{
	table = $1 " " $2
	if (!(table in known)) {
		known[table] = 1
		tables[++n_tables] = table
	}
	at = table " " $3
	if ($4 == "-") {
		why[at] = rest(5)
		next
	}
	wall[at] = wall[at] " " $4
	cpu[at] = cpu[at] " " $5
	kib[at] = kib[at] " " $6
}

END {
	for (i = 1; i <= n_tables; i++) {
		split(tables[i], part, " ")
		head()
		notes = ""
		us = tables[i] " topocert"
		base = us in wall ? median(wall[us]) : 0
		for (k = 1; k <= n_names; k++)
			row(tables[i] " " order[k], title[order[k]], base)
		if (notes != "")
			printf "\n%s", notes
	}
}
