#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.namespaces, linux.timeOffsets.
load helpers

all='.linux.namespaces = [("pid", "network", "ipc", "uts", "mount", "cgroup", "time") | {type: .}]'

# kind(TYPE): its file in /proc/PID/ns
kind() {
	case $1 in network) echo net ;; mount) echo mnt ;; *) echo "$1" ;; esac
}

# inode PID TYPE
inode() {
	readlink "/proc/$1/ns/$(kind "$2")" | tr -cd 0-9
}

# joins TYPE FILE: a container with new namespaces that joins one of $HOLDER
joins() {
	local path=/proc/$HOLDER/ns/$2
	bundle b '.process.args = ["/bin/probe", "probe"] | del(.hostname) | '"$all"' |
		.linux.namespaces |= map(if .type == $t then .path = $p else . end)' \
		--arg t "$1" --arg p "$path"
	run_hull run -b "$B" "$ID"
	expect 0 "$(readlink "$path" | tr -cd 0-9)"
}

@test "new: seven kinds differ from the host's, the eighth is the host's" {
	probe "$all"
	for k in pid network ipc uts mount cgroup time; do
		check ".ns[\"$(kind $k)\"] | contains(\"$(inode self $k)\") | not"
	done
	check ".ns.user | contains(\"$(inode self user)\")"
}

@test "not listed: the host's" {
	probe '.linux.namespaces = [{type: "mount"}] | del(.hostname, .linux.maskedPaths, .linux.readonlyPaths) |
		.mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
	for k in pid network ipc uts cgroup user time; do
		check ".ns[\"$(kind $k)\"] | contains(\"$(inode self $k)\")"
	done
	check ".ns.mnt | contains(\"$(inode self mount)\") | not"
}

@test "joined by path: network" {
	hold --net
	joins network net
}

@test "joined by path: ipc" {
	hold --ipc
	joins ipc ipc
}

@test "joined by path: uts" {
	hold --uts
	joins uts uts
}

@test "joined by path: uts, the hostname is set in it" {
	hold --uts
	bundle b '.process.args = ["/bin/true"] | .hostname = "joined" |
		.linux.namespaces |= map(if .type == "uts" then .path = $p else . end)' \
		--arg p "/proc/$HOLDER/ns/uts"
	run_hull run -b "$B" "$ID"
	expect 0
	[ "$(nsenter --uts="/proc/$HOLDER/ns/uts" hostname)" = joined ]
}

@test "joined by path: cgroup" {
	hold --cgroup
	joins cgroup cgroup
}

@test "joined by path: pid" {
	hold --pid --fork
	joins pid pid
}

@test "joined by path: pid, and the program is not its first process" {
	hold --pid --fork
	bundle b '.process.args = ["/bin/probe", "probe"] |
		.linux.namespaces |= map(if .type == "pid" then .path = $p else . end)' \
		--arg p "/proc/$HOLDER/ns/pid"
	run_hull run -b "$B" "$ID"
	expect 0 '"pid":[2-9]'
}

@test "joined by path: time" {
	hold --time --fork --boottime 1000
	joins time time
}

@test "joined by path: mount" {
	hold --mount
	bundle b '.process.args = ["/bin/probe", "probe"] |
		.linux.namespaces |= map(if .type == "mount" then .path = $p else . end)' \
		--arg p "/proc/$HOLDER/ns/mnt"
	run_hull run -b "$B" "$ID"
	expect 0 "$(inode "$HOLDER" mount)"
}

@test "joined by path: user, with a network namespace that it owns" {
	hold --user --map-root-user --net
	bundle b '.process.args = ["/bin/probe", "probe"] | .process.user = {uid: 0, gid: 0} |
		.linux.namespaces = [{type: "user", path: $u}, {type: "network", path: $n},
			{type: "mount"}, {type: "pid"}, {type: "uts"}, {type: "ipc"}] |
		.mounts |= map(select(.type != "cgroup")) |
		.mounts |= map(if .type == "devpts" then .options -= ["gid=5"] else . end)' \
		--arg u "/proc/$HOLDER/ns/user" --arg n "/proc/$HOLDER/ns/net"
	run_hull run -b "$B" "$ID"
	expect 0 "$(inode "$HOLDER" user)" "$(inode "$HOLDER" network)"
}

@test "a path of another kind is refused" {
	container '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/net" else . end)' \
		/bin/probe true
	expect fail 'ipc'
}

@test "a path that is no namespace is refused" {
	container '.linux.namespaces |= map(if .type == "ipc" then .path = "/etc/passwd" else . end)' \
		/bin/probe true
	expect fail '/etc/passwd'
}

@test "a missing path is refused" {
	container '.linux.namespaces |= map(if .type == "network" then .path = "/run/netns/none" else . end)' \
		/bin/probe true
	expect fail '/run/netns/none'
}

@test "a relative path is refused" {
	container '.linux.namespaces |= map(if .type == "ipc" then .path = "proc/self/ns/ipc" else . end)' \
		/bin/probe true
	expect fail 'ipc|absolute'
}

@test "an unknown type is refused" {
	container '.linux.namespaces += [{type: "net"}]' /bin/probe true
	expect fail 'net'
}

@test "a type named twice is refused" {
	container '.linux.namespaces += [{type: "pid"}]' /bin/probe true
	expect fail '/linux/namespaces/[0-9]+/type'
}

@test "network: the loopback device is up" {
	shell . 'cat /sys/class/net/lo/flags'
	expect 0 '^0x9$'
}

@test "pid: the program is process 1 and sees no other" {
	shell . 'echo $$; ls -d /proc/[0-9]*'
	expect 0 '^1
/proc/1(
/proc/[0-9]+)?$'
}

@test "time: offsets" {
	local up
	up=$(cut -d. -f1 /proc/uptime)
	container "$all"' | .linux.timeOffsets = {boottime: {secs: 100000}, monotonic: {secs: 50, nanosecs: 7}}' \
		/bin/probe cat /proc/self/timens_offsets /proc/uptime
	expect 0 'monotonic +50 +7' 'boottime +100000 +0'
	[ "$(tail -1 <<<"$output" | cut -d. -f1)" -ge $((up + 100000)) ]
}

@test "time: offsets without a time namespace are refused" {
	container '.linux.timeOffsets = {boottime: {secs: 1}}' /bin/probe true
	expect fail 'time'
}

# ---- the network namespace, which the parent makes ----

@test "network: sysctls are its own, lo is up, with and without a sysfs" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward)
	for filter in . 'del(.mounts[] | select(.type == "sysfs" or .type == "cgroup"))' 'del(.mounts[] | select(.destination != "/proc"))'; do
		bundle b "$filter"' | .linux.sysctl = {"net.ipv4.ip_forward": $f} |
			.process.args = ["/bin/sh", "-c", "cat /proc/sys/net/ipv4/ip_forward; ip -o link show lo; ip -o link | wc -l"]' \
			--arg f $((1 - before))
		run_hull run -b "$B" "$ID"
		expect 0 "^$((1 - before))" 'lo: .*LOOPBACK,UP' '^[1-9]'
		[ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
		rm -rf b
	done
}

@test "network: /sys shows its devices" {
	bundle b '.process.args = ["/bin/sh", "-c", "echo /sys/class/net/*; readlink /proc/self/ns/net"]'
	run_hull run -b "$B" "$ID"
	expect 0 '^/sys/class/net/[^ ]*lo' 'net:'
	[[ $output != *"$(readlink /proc/self/ns/net)"* ]]
}

@test "network: hooks on the host's side are in the host's" {
	printf '#!/bin/sh\nreadlink /proc/self/ns/net >"$1"\n' >hook
	chmod +x hook
	bundle b '.process.args = ["/bin/probe", "pause"] | .hooks = ("poststart", "poststop") as $n |
		{($n): [{path: ($w + "/hook"), args: ["hook", $w + "/" + $n]}]}' --arg w "$W"
	jq -s '.[0] * {hooks: (map(.hooks) | add)}' "$B/config.json" >both.json
	mv both.json "$B/config.json"
	hull run --detach -b "$B" "$ID" >/dev/null 2>&1
	hull delete --force "$ID"
	[ "$(cat poststart)" = "$(readlink /proc/self/ns/net)" ]
	[ "$(cat poststop)" = "$(readlink /proc/self/ns/net)" ]
}

# broken CALL ERROR WHEN: `run` where this one fails that time in each process
broken() {
	bundle b '.linux.namespaces |= map(select(.type != "cgroup"))'
	status=0
	output=$(timeout $((60 * SLOW)) strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:error=$2:when=$3" \
		"$HULL" --root "$STATE" run -b "$B" "$ID" 2>&1 </dev/null 3>&-) || status=$?
	rm -rf b
}

@test "network: one that cannot be made, or not be left again, is an error; nothing is left" {
	need "no strace" strace -qq -e trace=none -e inject=unshare:error=ENOSPC true
	broken unshare ENOSPC 1
	expect fail 'network: unshare: no space left on device'
	[ ! -e "$STATE/$ID" ]
	broken setns EPERM 1
	expect fail 'network: setns'
	[ ! -e "$STATE/$ID" ]
}

@test "network: who cannot return from it all the same ends, and delete finds what there is" {
	need "no strace" strace -qq -e trace=none -e inject=setns:error=EPERM true
	broken setns EPERM 2
	[ "$status" = 134 ]
	hull delete --force "$ID"
	[ ! -e "$STATE/$ID" ]
}
