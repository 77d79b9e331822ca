#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# events with all controllers: the numbers are the kernel's, the members are runc's, and the
# OOM killer is told of. What needs no controllers: tests/integration/events.bats
load helpers

limits='.linux.resources.memory = {limit: 33554432, swap: 67108864} | .linux.resources.pids = {limit: 33} |
	.linux.resources.cpu = {quota: 20000, period: 100000} | .root.readonly = false'
# Limits need controllers, and a cgroup with processes, as ours is, does not hand them on.
[ "$DRIVER" != cgroupfs ] || limits+=" | .linux.cgroupsPath = \"$CGROUP/events\""

# stats: one object of statistics, in $W/stats.json
stats() {
	hull events --stats "$ID" >"$W/stats.json"
}

# is MEMBER NUMBER
is() {
	[ "$(jq ".data.$1" "$W/stats.json")" = "$2" ] || {
		echo "$1 is not $2"
		cat "$W/stats.json"
		return 1
	}
}

# key FILE KEY: the number behind it
key() {
	cgroup "$1" | awk -v key="$2" '$1 == key { print $2 }'
}

# Whether all of memory.stat, and what changes with it, is what the kernel says.
memory_is() {
	stats
	is memory.usage.usage "$(cgroup memory.current)" &&
		is memory.usage.max "$(cgroup memory.peak)" &&
		is memory.cache "$(key memory.stat file)" &&
		is memory.swap.usage $(($(cgroup memory.current) + $(cgroup memory.swap.current))) &&
		[ "$(jq -S .data.memory.raw stats.json)" = "$(cgroup memory.stat |
			jq -SRn '[inputs | split(" ") | {(.[0]): (.[1] | tonumber)}] | add')" ]
}

cpu_is() {
	stats
	is cpu.usage.total "$(key cpu.stat usage_usec)000" &&
		is cpu.usage.user "$(key cpu.stat user_usec)000" &&
		is cpu.usage.kernel "$(key cpu.stat system_usec)000" &&
		is cpu.throttling.periods "$(key cpu.stat nr_periods)" &&
		is cpu.throttling.throttledPeriods "$(key cpu.stat nr_throttled)" &&
		is cpu.throttling.throttledTime "$(key cpu.stat throttled_usec)000"
}

# io NAME READ WRITE: a list as the keys of io.stat have it
io_is() {
	[ "$(jq -c "[.data.blkio.$1[] | select(.op == \"Read\" or .op == \"Write\") |
		[.major // 0, .minor // 0, .op, .value // 0]]" stats.json)" = "$(cgroup io.stat |
		jq -cRn "[inputs | select(test(\"$2=\")) | (split(\" \")[0] | split(\":\") | map(tonumber)) as \$device |
			(capture(\"$2=(?<r>[0-9]+) .*$3=(?<w>[0-9]+)\") // capture(\"$2=(?<r>[0-9]+) $3=(?<w>[0-9]+)\")) |
			\$device + [\"Read\", (.r | tonumber)], \$device + [\"Write\", (.w | tonumber)]]")" ]
}

# listen OPTIONS...: `events` in the background, each line behind the time at which it came
listen() {
	local options=()
	[ "$DRIVER" != systemd ] || options=(--systemd-cgroup)
	{ "$HULL" --root "$STATE" "${options[@]}" events "$@" "$ID" 2>"$W/errors" && echo '{"type":"end"}'; } |
		while read -r line; do echo "${EPOCHREALTIME/./} $line"; done >"$W/lines" 3>&- &
	eventually grep -q stats "$W/lines"
}

@test "the numbers are the kernel's; a paused container stands still" {
	local before
	started "$limits" /bin/sh -c 'dd if=/dev/zero of=/x bs=1M count=4 conv=fsync
		(/bin/probe pause & wait) & i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done
		touch /done; exec /bin/probe pause'
	eventually test -e "$B/rootfs/done"
	hull pause "$ID"
	eventually cpu_is
	eventually memory_is
	is memory.usage.limit 33554432
	is memory.swap.limit 67108864
	is memory.usage.failcnt "$(key memory.events max)"
	is pids.current "$(cgroup pids.current)"
	is pids.limit 33
	is cpuset.cpus "$(jq -n "[range($(nproc))]")"
	before=$(cgroup cpu.stat)
	sleep 2
	[ "$(cgroup cpu.stat)" = "$before" ]
	cpu_is
	# What it has written may still be on its way.
	eventually eval 'stats; io_is ioServiceBytesRecursive rbytes wbytes && io_is ioServicedRecursive rios wios'
	[ "$(jq '[.data.blkio.ioServiceBytesRecursive[] | select(.op == "Write").value] | add' stats.json)" -ge 4194304 ]
}

@test "no limit is 2^64-1 for memory, and nothing for processes, unless systemd has one" {
	local tasks
	started "$limits"' | del(.linux.resources)'
	stats
	grep -q '"usage":{"limit":18446744073709551615,' stats.json
	grep -q '"swap":{"limit":18446744073709551615,' stats.json
	tasks=$(cgroup pids.max)
	[ "$tasks" != max ] || tasks=null
	[ "$(jq .data.pids.limit stats.json)" = "$tasks" ]
}

@test "pressures are there, and grow with what waits" {
	local member
	started "$limits" /bin/sh -c 'while :; do :; done'
	eventually eval '[ "$(key cpu.stat nr_throttled)" -gt 3 ]'
	stats
	for member in cpu memory blkio; do
		jq -e ".data.$member.psi | [.some, .full] | all(has(\"avg10\", \"avg60\", \"avg300\", \"total\"))" stats.json
	done
	jq -e '.data.cpu.psi.some.total > 0' stats.json
}

@test "huge pages, by size" {
	[ "$USER" = root ] || skip "the hugetlb controller is root's here"
	echo 8 >/proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" = 8 ] || skip "no huge pages can be had"
	started '.mounts += [{destination: "/huge", type: "hugetlbfs", source: "none", options: ["pagesize=2M"]}]
		| .linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 8388608}]' \
		/bin/sh -c 'fallocate -l 4194304 /huge/x; touch /done; exec /bin/probe pause'
	eventually test -e "$B/rootfs/done"
	stats
	is 'hugetlb."2MB".usage' 4194304
	is 'hugetlb."2MB".usage' "$(cgroup hugetlb.2MB.current)"
	is 'hugetlb."2MB".failcnt' 0
	hull delete --force "$ID"
	echo 0 >/proc/sys/vm/nr_hugepages
}

# The members of an object with their types, arrays as [].
shape='[paths(type != "object") as $p | ($p | map(if type == "number" then "[]" else . end) | join(".")) + ":" +
	(getpath($p) | type)] | unique'

@test "the members are those of runc, for a container like this one" {
	[ "$USER $DRIVER" = "root cgroupfs" ] || skip "once is enough"
	need "no runc" runc --version
	started "$limits"' | .linux.cgroupsPath = "/like-ours"' /bin/sh -c 'dd if=/dev/zero of=/x bs=1M count=1 conv=fsync; touch /done
		exec /bin/probe pause'
	eventually test -e "$B/rootfs/done"
	stats
	rm "$B/rootfs/done"
	reconfigure '.linux.cgroupsPath = "/like-runc"'
	runc --root "$W/runc" run --detach --bundle "$B" like >/dev/null 2>"$W/errors" 3>&- || { cat "$W/errors"; false; }
	eventually test -e "$B/rootfs/done"
	runc --root "$W/runc" events --stats like >"$W/runc.json"
	runc --root "$W/runc" delete --force like
	jq "$shape" runc.json >runc.shape
	jq "$shape" stats.json >our.shape
	echo "runc's alone:"
	jq -n '[inputs] | .[0] - .[1]' runc.shape our.shape | tee missing
	echo "ours alone:"
	jq -n '[inputs] | .[1] - .[0]' runc.shape our.shape | tee more
	[ "$(jq length missing)" = 0 ]
	# What runc has in newer versions, or leaves out at zero, and what hull(8) says is ours.
	jq -e 'map(select(test("\\.psi\\.|^data\\.cpuset\\.(cpus|mems)|^data\\.hugetlb\\.|^data\\.blkio\\.ioCost|" +
		"^data\\.cpu\\.throttling\\.|^data\\.memory\\.(usage|swap)\\.") | not)) == []' more
}

@test "oom: told within a second" {
	local seen told
	started "$limits" /bin/sh -c 'while [ ! -e /go ]; do usleep 10000; done
		/bin/probe hog 96; exec /bin/probe pause'
	listen --interval 1h
	touch "$B/rootfs/go"
	eventually eval '[ "$(key memory.events oom_kill)" -gt 0 ]'
	seen=${EPOCHREALTIME/./}
	eventually grep -q oom "$W/lines"
	told=$(awk '/oom/ { print $1 }' "$W/lines")
	echo "seen at $seen, told at $told"
	[ $((told - seen)) -le 1000000 ]
	[ "$(sed -n 's/^[0-9]* \(.*oom.*\)/\1/p' "$W/lines")" = "{\"type\":\"oom\",\"id\":\"$ID\"}" ]
	state_is running
}

@test "oom: of the first process, before the end" {
	started "$limits" /bin/sh -c 'while [ ! -e /go ]; do usleep 10000; done
		exec /bin/probe hog 96'
	listen --interval 1h
	touch "$B/rootfs/go"
	eventually grep -q end "$W/lines"
	[ "$(cut -d'"' -f4 "$W/lines" | tr '\n' ' ')" = "stats oom end " ]
	[ ! -s "$W/errors" ]
}

@test "oom: again for the next, and not for those before" {
	local i
	started "$limits" /bin/sh -c 'for i in 1 2 3; do while [ ! -e /go$i ]; do usleep 10000; done
		/bin/probe hog 96; done; exec /bin/probe pause'
	touch "$B/rootfs/go1"
	eventually eval '[ "$(key memory.events oom_kill)" = 1 ]'
	listen --interval 1h
	for i in 2 3; do
		touch "$B/rootfs/go$i"
		eventually eval '[ "$(grep -c oom "$W/lines")" = '$((i - 1))' ]'
	done
	[ "$(key memory.events oom_kill)" = 3 ]
	hull kill "$ID" KILL
	eventually grep -q end "$W/lines"
	[ "$(grep -c oom "$W/lines")" = 2 ]
}

@test "a paused container: updated, counted, killed, deleted" {
	started "$limits" /bin/sh -c 'while :; do :; done'
	hull pause "$ID"
	hull update --memory 67108864 --memory-swap 67108864 --pids-limit 44 "$ID"
	state_is paused
	stats
	is memory.usage.limit 67108864
	is pids.limit 44
	hull resume "$ID"
	state_is running
	hull pause "$ID"
	listen --interval 1h
	hull kill "$ID" KILL
	eventually grep -q end "$W/lines"
	eventually state_is stopped
	hull delete "$ID"
}

@test "processes in cgroups below count, and are paused" {
	started "$limits"' | .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' /bin/sh -c '
		mkdir /sys/fs/cgroup/a
		(echo 0 >/sys/fs/cgroup/a/cgroup.procs; /bin/probe pause & /bin/probe pause & wait) &
		exec /bin/probe pause'
	eventually eval '[ "$(cgroup pids.current)" = 4 ]'
	stats
	is pids.current 4
	[ "$(hull ps --format json "$ID" | jq length)" = 4 ]
	hull pause "$ID"
	[ "$(key a/cgroup.events frozen)" = 1 ]
	hull resume "$ID"
	[ "$(key a/cgroup.events frozen)" = 0 ]
}
