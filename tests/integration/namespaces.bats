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
