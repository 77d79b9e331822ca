#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# list of so many containers that processors share the work.

source "$BATS_TEST_DIRNAME/helpers.bash"

teardown() {
	rm -rf "$STATE/copy"*
	[ ! -d "$STATE" ] || chown -R 0:0 "$STATE"
	test_end
}

# copies N: of the record of a container that runs
copies() {
	local i
	started '.process.args = ["/bin/probe", "pause"]'
	for ((i = 100; i < 100 + $1; i++)); do
		mkdir "$STATE/copy$i"
		sed "s/\"id\":\"$ID\"/\"id\":\"copy$i\"/" "$STATE/$ID/state.json" >"$STATE/copy$i/state.json"
		cp -P "$STATE/$ID/brief" "$STATE/copy$i/"
	done
}

alone() {
	taskset -c "$(taskset -cp $$ | grep -o '[0-9]*$')" "$HULL" --root "$STATE" "$@"
}

forks() {
	env -i PATH="$PATH" "$PROGRAMS/tally" cost "$HULL" --root "$STATE" list >/dev/null
	sed -n 's/^forks //p' cost
}

@test "all are there in the order of their names, and so are they for one processor" {
	copies 150
	local ids
	ids=$(cd "$STATE" && printf '%s\n' *)
	[ "$(hull list -q)" = "$ids" ]
	[ "$(hull list | awk 'NR > 1 { print $1 }')" = "$ids" ]
	[ "$(hull list | awk 'NR > 1 { print $2, $3 }' | sort -u)" = "$(pid_of) running" ]
	[ "$(hull list -f json | jq -r '.[].id')" = "$ids" ]
	hull list -f json | jq -e --argjson pid "$(pid_of)" 'all(.status == "running" and .pid == $pid and .owner == "root")'
	[ "$(hull list)" = "$(alone list)" ]
	[ "$(hull list -f json)" = "$(alone list -f json)" ]
	hull kill "$ID" KILL
	eventually state_is stopped
	[ "$(hull list | awk 'NR > 1 { print $2, $3 }' | sort -u)" = "0 stopped" ]
}

@test "each processor has its share of many, and of few there is none" {
	copies 70
	[ "$(nproc)" -ge 2 ] || skip "there is one processor"
	[ "$(forks)" -ge 1 ]
	rm -rf "$STATE"/copy1[2-9]*
	[ "$(forks)" = 0 ]
}

@test "records that are damaged are told of, whoever reads them, and hide no others" {
	copies 150
	rm "$STATE"/*/brief # for the table, the records of those that run need not be read
	echo '{' >"$STATE/copy101/state.json"
	echo '{"schema": 1, "id": "another"}' >"$STATE/copy248/state.json"
	rm "$STATE/copy247/state.json"
	run_hull list
	expect 0 'WARN.*copy101|warning.*copy101'
	grep -c copy248 <<<"$output"
	[ "$(grep -c ' running ' <<<"$output")" = 148 ]
	[ "$(hull list -f json 2>/dev/null | jq length)" = 148 ]
}

@test "where there can be no other process there is still a list" {
	need "no setpriv" command -v setpriv
	copies 150
	chown -R 12345:12345 "$STATE"
	chmod o+x "$W" "$SUITE"
	# Theirs are counted in all of the host; nobody has this number.
	as=(setpriv --reuid 12345 --regid 12345 --clear-groups prlimit --nproc=1:1)
	run -0 "${as[@]}" "$HULL" --root "$STATE" list
	[ "$(grep -c ' running ' <<<"$output")" = 151 ]
}

# what a list shows is the same with the brief and without
same_without_brief() {
	local list
	[ -L "$STATE/$ID/brief" ]
	list=$(hull list)
	mv "$STATE/$ID/brief" aside
	[ "$(hull list)" = "$list" ]
	mv aside "$STATE/$ID/brief"
}

status_listed() {
	hull list | awk -v id="$ID" '$1 == id { print $3 }'
}

@test "what is kept in brief is what the record says, while the container lives" {
	created .
	[ ! -e "$STATE/$ID/brief" ]
	[ "$(status_listed)" = created ]
	hull start "$ID"
	[ "$(status_listed)" = running ]
	same_without_brief
	hull pause "$ID"
	[ "$(status_listed)" = paused ]
	same_without_brief
	hull resume "$ID"
	[ "$(status_listed)" = running ]
	hull kill "$ID" KILL
	eventually state_is stopped
	[ "$(status_listed)" = stopped ]
	same_without_brief
	hull delete "$ID"
	[ ! -e "$STATE/$ID" ]
}

@test "run --detach leaves a brief, too" {
	bundle "$ID" '.process.args = ["/bin/probe", "pause"]'
	hull run -d -b "$B" "$ID"
	[ "$(status_listed)" = running ]
	same_without_brief
}

@test "with the pids of the host the record is read" {
	started '.linux.namespaces -= [{type: "pid"}]'
	[ "$(readlink "$STATE/$ID/brief")" = executed ]
	[ "$(status_listed)" = running ]
	same_without_brief
	hull kill "$ID" KILL
	eventually state_is stopped
	[ "$(status_listed)" = stopped ]
}

@test "others in the cgroup of a container that has ended do not bring it to life" {
	local cgroup
	started .
	cgroup=$(jq -r .cgroup "$STATE/$ID/state.json")
	hull kill "$ID" KILL
	eventually state_is stopped
	sleep 1000 3>&- &
	echo $! >"$cgroup/cgroup.procs"
	grep -qx 'populated 1' "$cgroup/cgroup.events"
	[ "$(status_listed)" = stopped ]
	kill $!
	wait $! || true
}

@test "a brief that is damaged is as good as none" {
	local list text
	started .
	list=$(hull list)
	for text in x $'1\n0\nt\nb\nc\nd' "$(readlink "$STATE/$ID/brief" | head -n 3)"; do
		ln -sfn "$text" "$STATE/$ID/brief"
		[ "$(hull list)" = "$list" ]
	done
}
