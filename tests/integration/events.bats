#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# events: what a container uses. The numbers of all controllers are compared in tests/vm.
load helpers

# Where the container's cgroup is.
cg() {
	echo "/sys/fs/cgroup/hull-$ID"
}

# stats: one object of statistics, in $W/stats.json
stats() {
	hull events --stats "$ID" >"$W/stats.json"
	[ "$(wc -l <"$W/stats.json")" = 1 ]
}

# holds EXPRESSION...: each must hold for what `stats` said
holds() {
	local e
	for e; do
		jq -e "$e" "$W/stats.json" >/dev/null || {
			echo "does not hold: $e"
			cat "$W/stats.json"
			return 1
		}
	done
}

# listen OPTIONS...: `events` in the background, its lines in $W/lines, its pid $LISTENER
listen() {
	"$HULL" --root "$STATE" events "$@" "$ID" >"$W/lines" 2>"$W/errors" 3>&- &
	LISTENER=$!
	eventually test -s "$W/lines"
}

# The listener has ended by itself.
ended() {
	status=0
	wait "$LISTENER" || status=$?
	output=$(<"$W/errors")
}

lines() {
	wc -l <"$W/lines"
}

@test "--stats: one object, with what runc always writes" {
	started .
	stats
	holds '.type == "stats"' ".id == \"$ID\"" 'keys == ["data", "id", "type"]' \
		'.data.cpu.usage | has("kernel") and has("user")' \
		'.data.cpuset | length >= 9' \
		'.data.memory | [.usage, .swap, .kernel, .kernelTCP] | all(has("limit") and has("failcnt"))' \
		'.data | has("network_interfaces") and .network_interfaces == null' \
		'.data | [.pids, .blkio, .hugetlb, .intel_rdt, .cpu.throttling] | all(type == "object")' \
		'.data.intel_rdt == {}'
}

@test "--stats: the kernel's numbers, those of cgroups below too" {
	local key
	started '.mounts |= map(if .type == "cgroup" then .options -= ["ro"]
		else . end)' /bin/sh -c 'mkdir /sys/fs/cgroup/a
		(echo 0 >/sys/fs/cgroup/a/cgroup.procs; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done)
		touch /done; exec /bin/probe pause'
	eventually test -e "$B/rootfs/done"
	hull pause "$ID"
	# The way into the freezer still takes some microseconds.
	eventually eval 'before=$(<"$(cg)/cpu.stat"); stats; [ "$(<"$(cg)/cpu.stat")" = "$before" ]'
	for key in usage:total user:user system:kernel; do
		holds ".data.cpu.usage.${key#*:} == $(awk "/^${key%:*}_usec/ { print \$2 }" "$(cg)/cpu.stat")000"
	done
	holds ".data.cpu.usage.total > $(awk '/^usage_usec/ { print $2 }' "$(cg)/a/cpu.stat")000 * 0.99"
}

@test "--stats: pressures are those of the kernel" {
	local name member
	started .
	[ -e "$(cg)/cpu.pressure" ] || skip "the kernel keeps no pressures of cgroups"
	hull pause "$ID"
	stats
	for name in cpu:cpu memory:memory io:blkio; do
		member=.data.${name#*:}.psi
		holds "$member.some.total == $(sed -n 's/^some.*total=//p' "$(cg)/${name%:*}.pressure")" \
			"$member.full | has(\"avg10\") and has(\"avg60\") and has(\"avg300\")"
	done
}

@test "--stats: a controller that is not there leaves zeros, and is no error" {
	started .
	stats
	if ! controller memory; then
		holds '.data.memory.usage == {limit: 0, failcnt: 0}' '.data.memory | has("raw") | not'
	fi
	controller pids || holds '.data.pids == {}'
	controller io || holds '.data.blkio | del(.psi) == {}'
	if controller hugetlb; then
		holds ".data.hugetlb | keys == $(find "$(cg)" -name '*.rsvd.current' -printf '%f\n' | cut -d. -f2 | sort | jq -cRn '[inputs]')"
	else
		holds '.data.hugetlb == {}'
	fi
}

@test "--stats: created and paused containers, too" {
	created .
	stats
	hull start "$ID"
	hull pause "$ID"
	stats
	holds '.data.cpu.usage.total > 0'
}

@test "errors: none, stopped, without a cgroup" {
	run_hull events none
	expect 1 'events none: container does not exist$'
	started . /bin/probe true
	eventually state_is stopped
	run_hull events --stats "$ID"
	expect 1 'container not running'
	run_hull events "$ID"
	expect 1 'container not running'
	hull delete "$ID"
	bundle b '.process.args = ["/bin/probe", "pause"]'
	hull --cgroup-manager disabled create -b "$B" "$ID" >/dev/null 2>&1
	run_hull events --stats "$ID"
	expect 1 'the container has no cgroup of its own'
	run_hull events --interval 1s "$ID"
	expect 1 'the container has no cgroup of its own'
}

@test "--interval: Go's durations greater than zero, and nothing else" {
	local bad
	started .
	for bad in 0 0s -1s 5 5x 1e3s ' 5s' 5s5; do
		run_hull events --interval "$bad" "$ID"
		expect 1 "--interval: \"$bad\" is no length of time" '500ms, 5s or 1m30s'
	done
	for good in 1h30m .5h 100ms --interval=7s; do
		listen --stats --interval "${good#--interval=}"
		ended
		[ "$status" = 0 ]
	done
}

@test "an object at once, then at every interval" {
	local first last
	started .
	listen --interval 200ms
	first=${EPOCHREALTIME/./}
	eventually eval '[ "$(lines)" -ge 6 ]'
	last=${EPOCHREALTIME/./}
	# Five intervals; the machine may be busy, but none comes early.
	[ $((last - first)) -ge 800000 ]
	hull kill "$ID" KILL
	ended
	[ "$status" = 0 ]
	[ -z "$output" ]
	jq -e '.type == "stats"' "$W/lines" >/dev/null
}

@test "it ends with the container, whatever the interval" {
	started .
	listen --interval 100h
	SECONDS=0
	hull kill "$ID" KILL
	ended
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ $SECONDS -le 2 ]
	[ "$(lines)" = 1 ]
}

@test "it ends when the container is deleted" {
	started .
	listen --interval 1ms
	hull delete --force "$ID"
	ended
	[ "$status" = 0 ]
	[ -z "$output" ]
	jq -e '.type == "stats"' "$W/lines" >/dev/null
}

@test "it ends when nobody reads any more" {
	local trapped
	started .
	for trapped in '' 'trap "" PIPE; '; do
		SECONDS=0
		# The reader goes while it waits, and while it writes.
		bash -c "$trapped"'("$@" --interval 1h $ID; echo $? >'"$W"'/status) | head -n 1 >'"$W"'/first' \
			-- "$HULL" --root "$STATE" events "$ID" 3>&- 2>"$W/errors"
		[ "$(<"$W/status")" = 0 ]
		[ "$(jq -r .type "$W/first")" = stats ]
		bash -c "$trapped"'("$@"; echo $? >'"$W"'/status) | head -n 3 >'"$W"'/first' \
			-- "$HULL" --root "$STATE" events --interval 1us "$ID" 3>&- 2>"$W/errors"
		[ "$(<"$W/status")" = 0 ]
		[ ! -s "$W/errors" ]
		[ $SECONDS -le 4 ]
	done
}

@test "a full disk is an error" {
	started .
	status=0
	"$HULL" --root "$STATE" events --stats "$ID" >/dev/full 2>"$W/errors" 3>&- || status=$?
	[ "$status" = 1 ]
	grep -q 'no space left on device' "$W/errors"
}

@test "signals end it, and leave no half line" {
	local signal i
	started .
	for signal in TERM INT HUP; do
		for i in {1..8}; do
			# Not in the background, where shells ignore SIGINT. 124: timeout had to do it
			status=0
			timeout --foreground -s "$signal" 0.1 "$HULL" --root "$STATE" events --interval 1us "$ID" \
				>"$W/lines" 2>"$W/errors" 3>&- || status=$?
			[ "$status" = 124 ]
			[ ! -s "$W/errors" ]
			[ "$(tail -c 1 "$W/lines")" = "" ]
			# A busy machine may not even have come to the first.
			jq -e '.type == "stats"' "$W/lines" >/dev/null || [ ! -s "$W/lines" ]
		done
	done
	# Who was told to ignore one goes on ignoring it.
	(trap "" HUP; exec "$HULL" --root "$STATE" events --interval 1h "$ID") >"$W/deaf" 2>"$W/errors" 3>&- &
	LISTENER=$!
	eventually test -s "$W/deaf"
	kill -HUP "$LISTENER"
	sleep 0.1
	kill -TERM "$LISTENER"
	ended
	[ "$status" = 143 ]
}

@test "signals end it, too, if the reader does not read" {
	started .
	mkfifo pipe
	exec 8<>pipe
	"$HULL" --root "$STATE" events --interval 1us "$ID" >pipe 2>"$W/errors" 3>&- 8>&- &
	LISTENER=$!
	eventually grep -q pipe_write "/proc/$LISTENER/wchan" || sleep 1
	kill -TERM "$LISTENER"
	ended
	[ "$status" = 143 ]
	exec 8>&-
}

@test "it holds no lock" {
	started .
	listen --interval 10ms
	run_hull exec "$ID" /bin/probe true
	expect 0
	run_hull pause "$ID"
	expect 0
	run_hull resume "$ID"
	expect 0
	hull kill "$ID" KILL
	ended
	[ "$status" = 0 ]
}

@test "every object is one write" {
	need "no strace" strace -o /dev/null true
	started .
	strace -f -e trace=write -o "$W/trace" "$HULL" --root "$STATE" events --interval 100ms "$ID" >"$W/lines" 2>"$W/errors" 3>&- &
	LISTENER=$!
	eventually eval '[ "$(lines)" -ge 3 ]'
	hull kill "$ID" KILL
	ended
	[ "$status" = 0 ]
	[ "$(grep -c 'write(1, "{' "$W/trace")" = "$(lines)" ]
	[ "$(grep -c 'write(1,' "$W/trace")" = "$(lines)" ]
}

@test "oom: told when the kernel has killed, in cgroups below too" {
	controller memory || skip "the memory controller is not in the cgroup2 hierarchy of this host"
	started '.linux.resources.memory = {limit: 33554432, swap: 33554432} |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' /bin/sh -c '
		mkdir /sys/fs/cgroup/a
		while [ ! -e /go ]; do usleep 10000; done
		(echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec /bin/probe hog 96)
		exec /bin/probe pause'
	listen --interval 1h
	touch "$B/rootfs/go"
	eventually grep -q '"oom"' "$W/lines"
	[ "$(grep '"oom"' "$W/lines")" = "{\"type\":\"oom\",\"id\":\"$ID\"}" ]
	hull kill "$ID" KILL
	ended
	[ "$status" = 0 ]
}
