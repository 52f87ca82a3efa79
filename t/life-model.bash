# SPDX-License-Identifier: Apache-2.0
# A topology that changes at random: what is in it, and the edits that somebody
# might make. For life.bash.
#
# An edit is a function. It says what it does in $edit, or returns 1 where it
# cannot be done just now.

# shellcheck disable=SC2034

owners=() # "host node1", "user u1"
# Of each of them, and the last five of "cluster":
declare -A ip dns key days organization renew_before reuse_key
declare -A option # of the profile, in [cluster]: "yes" or ""

# draw N: a number below N, in $drawn. Not in a subshell, where bash would draw
# from other numbers.
draw() {
	drawn=$((RANDOM % $1))
}

# draw_of WORD...: one of them, in $drawn.
draw_of() {
	draw $#
	drawn=${*:drawn+1:1}
}

# draw_owner [KIND]
draw_owner() {
	local all=() owner
	for owner in "${owners[@]}"; do
		[[ $owner != "${1:-}"* ]] || all+=("$owner")
	done
	[ ${#all[@]} -gt 0 ] || return 1
	draw ${#all[@]}
	drawn=${all[drawn]}
}

has_owner() {
	local owner
	for owner in "${owners[@]}"; do
		[ "$owner" != "$1" ] || return 0
	done
	return 1
}

# A name that is free; one that was there before may come back.
draw_name() {
	draw 9
	if [ "$1" = host ]; then drawn="host node$drawn"; else drawn="user u$drawn"; fi
	! has_owner "$drawn"
}

# write_key NAME VALUE
write_key() {
	[ -z "$2" ] || echo "$1 = $2"
}

write_defaults() {
	write_key key "${key[$1]}"
	write_key days "${days[$1]}"
	write_key organization "${organization[$1]}"
	write_key renew_before "${renew_before[$1]}"
	write_key reuse_key "${reuse_key[$1]}"
}

write_topology() {
	local owner
	printf '%s\n' '[cluster]' 'name = c' 'profile = cockroachdb'
	write_key split_node "${option[split_node]}"
	write_key split_ca "${option[split_ca]}"
	write_defaults cluster
	printf '%s\n' '[ca]' 'key = ec:P-256' 'days = 700'
	[ -z "${option[split_ca]}" ] ||
		printf '%s\n' '[ca client]' 'key = ec:P-256' 'days = 800'
	for owner in "${owners[@]}"; do
		echo "[$owner]"
		write_defaults "$owner"
		write_key ip "${ip[$owner]}"
		write_key dns "${dns[$owner]}"
	done
}

first_topology() {
	owners=('host node1' 'host node2' 'user u1')
	key[cluster]=ec:P-256
	days[cluster]=120
	ip['host node1']='10.0.0.1, 127.0.0.1'
	ip['host node2']='10.0.0.2'
}

edit_add() {
	draw_of host user
	draw_name "$drawn" || return
	[ ${#owners[@]} -lt 9 ] || return
	owners+=("$drawn")
	edit="add $drawn"
}

# forget OWNER
forget() {
	local owner kept=()
	for owner in "${owners[@]}"; do
		[ "$owner" = "$1" ] || kept+=("$owner")
	done
	owners=("${kept[@]}")
	unset "ip[$1]" "dns[$1]" "key[$1]" "days[$1]" "organization[$1]" \
		"renew_before[$1]" "reuse_key[$1]"
}

edit_remove() {
	draw_owner
	[ ${#owners[@]} -gt 2 ] || return
	forget "$drawn"
	edit="remove $drawn"
}

edit_rename() {
	local old
	draw_owner
	old=$drawn
	draw_name "${old% *}" || return
	owners+=("$drawn")
	ip[$drawn]=${ip[$old]}
	dns[$drawn]=${dns[$old]}
	key[$drawn]=${key[$old]}
	days[$drawn]=${days[$old]}
	forget "$old"
	edit="rename $old to $drawn"
}

edit_address() {
	local owner
	draw_owner host || return
	owner=$drawn
	draw 250
	draw_of '' "10.0.1.$drawn" "10.0.2.$drawn, 127.0.0.1" "fd00::$drawn"
	[ "$drawn" != "${ip[$owner]}" ] || return
	ip[$owner]=$drawn
	edit="$owner has ip = $drawn"
}

edit_name() {
	local owner
	draw_owner host || return
	owner=$drawn
	draw_of '' lb.example.com '*.example.com' 'a.example.com, localhost'
	[ "$drawn" != "${dns[$owner]}" ] || return
	dns[$owner]=$drawn
	edit="$owner has dns = $drawn"
}

# Of all or of one: seldom of all.
draw_section() {
	draw 5
	if [ "$drawn" -eq 0 ]; then drawn=cluster; else draw_owner; fi
}

# set_key NAME VALUE...: one of these values for somebody; '' takes it away.
set_key() {
	local -n values=$1 # an associative array
	local owner
	draw_section
	owner=$drawn
	draw_of "${@:2}"
	[ "$owner $drawn" != 'cluster ' ] &&
		[ "$drawn" != "${values[$owner]}" ] || return
	# shellcheck disable=SC2004
	values[$owner]=$drawn
	edit="$owner has $1 = $drawn"
}

edit_key() {
	set_key key '' ec:P-256 ec:P-384 ed25519
}

edit_days() {
	set_key days '' 60 90 150 300
}

edit_organization() {
	set_key organization '' 'Roach & Sons' 'Other'
}

edit_renew_before() {
	set_key renew_before '' 0 10 59
}

edit_reuse_key() {
	set_key reuse_key '' yes no
}

# toggle OPTION
toggle() {
	if [ "${option[$1]}" ]; then option[$1]=; else option[$1]=yes; fi
}

edit_option() {
	draw_of split_node split_ca
	toggled=$drawn
	toggle "$toggled"
	edit="$toggled = ${option[$toggled]:-no}"
}
