# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL primary and its standby, from their bundles: load servers first.

net=127.63.0 # of their addresses

find_server() {
	local programs=(/usr/lib/postgresql/*/bin)
	PATH=${programs[-1]}:$PATH
	need postgres initdb psql pg_basebackup setpriv openssl
	# The server refuses to run as root.
	become=()
	[ "$(id -u)" -ne 0 ] || become=(setpriv --reuid=postgres
		--regid=postgres --init-groups)
}

as_postgres() {
	"${become[@]}" "$@"
}

write_topology() {
	cat >accounts.ini <<-END
		[cluster]
		name = accounts
		profile = postgresql
		organization = Example
		domain = db.example.com
		key = ec:P-256
		replication_user = replicator
		[ca]
		key = ec:P-256
		[host pg1]
		ip = $net.1
		directory = $PWD/pg1/certs
		[host pg2]
		ip = $net.2
		directory = $PWD/pg2/certs
		[user alice]
		[user bob]
		directory = $PWD/bob/certs
		jdbc = yes
	END
}

# configure NAME ADDRESS: the parts of CONFIG.txt in its data folder.
configure() {
	local data=$1/data
	{
		part postgresql.conf "$1/CONFIG.txt"
		printf '%s\n' "listen_addresses = '$2'" \
			"unix_socket_directories = ''" 'fsync = off'
	} >"$data/postgresql.conf"
	part pg_hba.conf "$1/CONFIG.txt" >"$data/pg_hba.conf"
}

# primary [SQL]: a line of it, for more than the roles.
primary() {
	as_postgres initdb -D pg2/data -N -A reject -E UTF8 --locale=C
	as_postgres postgres --single -D pg2/data postgres <<-END
		create role alice login in role pg_monitor;
		create role bob login;
		create role replicator login replication;
		create role pg2 login superuser;
		${1:-}
	END
	configure pg2 $net.2
	start pg2 "${become[@]}" postgres -D "$PWD/pg2/data"
	until_ready pg2 psql -l "$(string alice)"
}

# Both the copy and the standby log in as primary_conninfo says.
standby() {
	as_postgres pg_basebackup -D pg1/data -d "$(conninfo pg1)" -c fast
	as_postgres touch pg1/data/standby.signal
	configure pg1 $net.1
	start pg1 "${become[@]}" postgres -D "$PWD/pg1/data"
	until_ready pg1 psql -l "$(string alice) hostaddr=$PGHOSTADDR \
		target_session_attrs=standby"
}

# string USER: the connection string of its bundle; paths are absolute or begin
# in the bundle's folder.
string() {
	part 'connection string' "$1/CONFIG.txt" |
		sed "s, ssl\([a-z]*\)=certs/, ssl\1=$PWD/$1/certs/,g"
}

# conninfo HOST: how a standby connects.
conninfo() {
	part postgresql.conf "$1/CONFIG.txt" |
		sed -n "s/^primary_conninfo = '\(.*\)'/\1/p"
}

# take_bundles: from o/, each in a folder of its name; servers want theirs.
take_bundles() {
	local owner
	for owner in hosts/pg1 hosts/pg2 users/alice users/bob; do
		unpack "o/$owner.tar.gz" "${owner#*/}"
	done
	[ "$(id -u)" -ne 0 ] || chown postgres: pg1 pg2
}
