#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: namespaces, id maps, clocks, sysctls, memory policy, personality.
load helpers
load rows

@test "namespaces: what cannot be is refused" {
	each refused <<-'END'
	/linux/namespaces/0/type  .linux.namespaces[0] = {}
	/linux/namespaces/0/type  .linux.namespaces[0].type = "net"
	/linux/namespaces/0/type  .linux.namespaces[0].type = "mnt"
	/linux/namespaces/0/type  .linux.namespaces[0].type = ""
	/linux/namespaces/1/path  .linux.namespaces[1].path = "proc/1/ns/net"
	/linux/namespaces/1/path  .linux.namespaces[1].path = ""
	/linux/namespaces/1/path  .linux.namespaces[1].path = "/none"
	/linux/namespaces/1/path  .linux.namespaces[1].path = "/proc/self/ns/ipc"
	/linux/namespaces/1/path  .linux.namespaces[1].path = "/etc/passwd"
	/linux/namespaces/6/type  .linux.namespaces += [{type: "pid"}]
	/linux/namespaces/6/type  .linux.namespaces[1].path = "/proc/self/ns/net" | .linux.namespaces += [.linux.namespaces[1]]
	END
}

@test "namespaces: each of the eight, made anew" {
	base '.process.args = ["/bin/probe", "probe"] | .mounts |= map(select(.type != "cgroup" and .type != "sysfs"))'
	local type
	for type in pid network mount ipc uts user cgroup time; do
		configure '.linux.namespaces = ([$t, "mount"] | unique | map({type: .})) | del(.hostname) |
			if $t == "user" then .linux.uidMappings = [{containerID: 0, hostID: 0, size: 100000}] |
				.linux.gidMappings = .linux.uidMappings else . end |
			if $t != "pid" then .mounts |= map(select(.type != "proc" and .type != "mqueue") ) +
				[{destination: "/proc", type: "bind", source: "/proc", options: ["rbind", "ro"]}] |
				.linux.maskedPaths = [] | .linux.readonlyPaths = [] else .mounts |= map(select(.type != "mqueue")) end' --arg t $type
		run_hull run -b "$B" "$ID"
		expect 0
		local file=$type k
		[ $type != network ] || file=net
		[ $type != mount ] || file=mnt
		printf '%s\n' "$output" >probe.json
		for k in cgroup ipc mnt net pid time user uts; do
			if [ $k = $file ] || [ $k = mnt ]; then
				check ".ns.$k != \"$(readlink /proc/self/ns/$k)\""
			else
				check ".ns.$k == \"$(readlink /proc/self/ns/$k)\""
			fi
		done
	done
}

@test "namespaces: none is legal, the host stays as it is" {
	base '.linux = {namespaces: []} | .mounts = [] | del(.hostname) |
		.process.args = ["/bin/probe", "probe"]'
	configure '.process.args = ["/bin/ls", "/"]'
	local before
	before=$(everything)
	run_hull run -b "$B" "$ID"
	expect 0 bin
	unchanged "$before" "no namespaces"
	each refused <<-'END'
	/hostname  .hostname = "h"
	/domainname  .domainname = "d"
	/linux/maskedPaths  .linux.maskedPaths = ["/proc/kcore"]
	/linux/readonlyPaths  .linux.readonlyPaths = ["/proc/sys"]
	/mounts  .mounts = [{destination: "/x", type: "tmpfs", source: "t"}]
	/root/readonly  .root.readonly = true
	/linux/netDevices  .linux.netDevices = {eth0: {}}
	/linux/sysctl/net.ipv4.ip_forward  .linux.sysctl = {"net.ipv4.ip_forward": "1"}
	/linux/uidMappings  .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
	/linux/timeOffsets  .linux.timeOffsets = {boottime: {secs: 1}}
	END
}

# own TYPE FILE: the base joins the namespace that we are in
own() {
	base '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: ("/proc/self/ns/" + $f)}] | .process.args = ["/bin/probe", "probe"]' \
		--arg t "$1" --arg f "$2"
}

@test "namespaces: one that is joined may be the host's own, which is not changed then" {
	own network net
	configure .
	run_hull run -b "$B" "$ID"
	expect 0 "$(readlink /proc/self/ns/net | tr -cd 0-9)"
	refused /linux/sysctl/net.ipv4.ip_forward '.linux.sysctl = {"net.ipv4.ip_forward": "1"}' 'network namespace'
	refused /linux/netDevices '.linux.netDevices = {eth0: {}}' 'its own'
	rm -r b base.json
	own ipc ipc
	refused /linux/sysctl/kernel.msgmax '.linux.sysctl = {"kernel.msgmax": "9999"}' 'ipc namespace'
	refused '/linux/sysctl/kernel~1msgmax|/linux/sysctl/kernel/msgmax' '.linux.sysctl = {"kernel/msgmax": "9999"}' 'ipc namespace'
	rm -r b base.json
	own uts uts
	refused /hostname '.hostname = "other"' 'its own'
	refused /domainname 'del(.hostname) | .domainname = "other"' 'its own'
	refused /linux/sysctl/kernel.domainname 'del(.hostname) | .linux.sysctl = {"kernel.domainname": "x"}' 'uts namespace'
	configure 'del(.hostname)'
	run_hull run -b "$B" "$ID"
	expect 0 "$(readlink /proc/self/ns/uts | tr -cd 0-9)"
	rm -r b base.json
	own mount mnt
	refused /linux/maskedPaths . 'its own'
	refused /mounts 'del(.linux.maskedPaths, .linux.readonlyPaths)' 'mount namespace'
}

@test "namespaces: one that is joined and is not the host's may be set" {
	hold --net --uts --ipc
	base '.process.args = ["/bin/probe", "probe"] | .linux.namespaces |= map(
		if .type == "network" then .path = $p + "net" elif .type == "uts" then .path = $p + "uts"
		elif .type == "ipc" then .path = $p + "ipc" else . end)' --arg p "/proc/$HOLDER/ns/"
	configure '.hostname = "joined" | .linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "9999"}'
	run_hull run -b "$B" "$ID"
	expect 0 '"hostname":"joined"'
	[ "$(nsenter -t "$HOLDER" -n cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	[ "$(nsenter -t "$HOLDER" -i cat /proc/sys/kernel/msgmax)" = 9999 ]
	[ "$(nsenter -t "$HOLDER" -u hostname)" = joined ]
}

user='.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 70000}] |
	.linux.gidMappings = [{containerID: 0, hostID: 200000, size: 70000}] |
	.mounts |= map(select(.type != "cgroup")) |
	.mounts |= map(if .type == "sysfs" then {destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"]} else . end)'

@test "maps: what cannot be is refused" {
	base "$user"
	each refused <<-'END'
	/linux/uidMappings/0/containerID  del(.linux.uidMappings[0].containerID)
	/linux/uidMappings/0/hostID  del(.linux.uidMappings[0].hostID)
	/linux/gidMappings/0/size  del(.linux.gidMappings[0].size)
	/linux/gidMappings/0/size  .linux.gidMappings[0].size = 0
	/linux/gidMappings/0/hostID  .linux.gidMappings[0].hostID = -1
	/linux/uidMappings/0  .linux.uidMappings[0].hostID = 4294967295
	/linux/uidMappings/0/hostID  .linux.uidMappings[0].hostID = 4294967296
	/linux/uidMappings  del(.linux.uidMappings)
	/linux/gidMappings  .linux.gidMappings = []
	/linux/uidMappings  .linux.namespaces |= map(select(.type != "user"))
	/linux/uidMappings  .linux.uidMappings = [range(341) | {containerID: ., hostID: (. + 100000), size: 1}]
	END
}

@test "maps: as configured, and no file changes its owner" {
	chmod 755 "$W"
	bundle b "$user | .process.args = [\"/bin/probe\", \"pause\"]"
	chown 100000:200000 "$B/rootfs"
	local before
	before=$(find "$B/rootfs/bin" "$B/rootfs/etc" -printf '%p %U %G %m\n' | sort)
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(tr -s ' ' <"/proc/$(pid_of)/uid_map")" = ' 0 100000 70000' ]
	[ "$(tr -s ' ' <"/proc/$(pid_of)/gid_map")" = ' 0 200000 70000' ]
	[ "$(cat "/proc/$(pid_of)/setgroups")" = allow ]
	[ "$before" = "$(find "$B/rootfs/bin" "$B/rootfs/etc" -printf '%p %U %G %m\n' | sort)" ]
}

@test "maps: of a namespace that is joined they must be its own" {
	hold --user --map-root-user
	base '.linux.namespaces += [{type: "user", path: $p}] | .process.args = ["/bin/probe", "true"] |
		.mounts |= map(select(.type != "cgroup" and .type != "mqueue")) |
		.mounts |= map(if .type == "devpts" then .options -= ["gid=5"] else . end)' --arg p "/proc/$HOLDER/ns/user"
	configure '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] | .linux.gidMappings = .linux.uidMappings'
	run_hull run -b "$B" "$ID"
	expect 0 'warn.*uidMappings|uidMappings.*has its own'
	refused /linux/uidMappings '.linux.uidMappings = [{containerID: 0, hostID: 7, size: 1}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]' 'another map'
	refused /linux/gidMappings '.linux.gidMappings = [{containerID: 0, hostID: 0, size: 2}] | .linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]' 'another map'
}

@test "time: what cannot be is refused" {
	base '.linux.namespaces += [{type: "time"}]'
	each refused <<-'END'
	/linux/timeOffsets/realtime  .linux.timeOffsets = {realtime: {secs: 1}}
	/linux/timeOffsets/boottime/nanosecs  .linux.timeOffsets = {boottime: {nanosecs: 1000000000}}
	/linux/timeOffsets/boottime/nanosecs  .linux.timeOffsets = {boottime: {nanosecs: -1}}
	/linux/timeOffsets/monotonic/secs  .linux.timeOffsets = {monotonic: {secs: "1"}}
	/linux/timeOffsets  .linux.timeOffsets = {boottime: {secs: 1}} | .linux.namespaces |= map(select(.type != "time"))
	/linux/timeOffsets  .linux.timeOffsets = {boottime: {secs: 1}} | .linux.namespaces[-1].path = "/proc/self/ns/time"
	/linux  .linux.timeOffsets = {boottime: {secs: -9000000000000000000}}
	END
}

@test "time: both clocks, each member on its own, also backwards" {
	base '.linux.namespaces += [{type: "time"}] | .process.args = ["/bin/cat", "/proc/self/timens_offsets", "/proc/uptime"]'
	configure '.linux.timeOffsets = {monotonic: {secs: 100000, nanosecs: 7}, boottime: {secs: -1}}'
	run_hull run -b "$B" "$ID"
	expect 0 'monotonic +100000 +7' 'boottime +-1 +0'
	configure '.linux.timeOffsets = {boottime: {secs: 1000000000, nanosecs: 999999999}, monotonic: {nanosecs: 5}}'
	run_hull run -b "$B" "$ID"
	expect 0 'monotonic +0 +5' 'boottime +1000000000 +999999999' '10[0-9]{8}\.[0-9]+ '
	configure '.linux.timeOffsets = {}'
	run_hull run -b "$B" "$ID"
	expect 0 'boottime +0 +0'
}

@test "sysctl: what belongs to the whole host, or is none, is refused" {
	each refused <<-'END'
	/linux/sysctl/kernel.panic  .linux.sysctl = {"kernel.panic": "1"}
	/linux/sysctl/kernel.hostname  .linux.sysctl = {"kernel.hostname": "x"}
	/linux/sysctl/vm.swappiness  .linux.sysctl = {"vm.swappiness": "1"}
	/linux/sysctl/net...ipv4  .linux.sysctl = {"net...ipv4": "1"}
	/linux/sysctl/net~1..~1kernel~1panic  .linux.sysctl = {"net/../kernel/panic": "1"}
	/linux/sysctl/  .linux.sysctl = {"": "1"}
	/linux/sysctl/kernel.msgmax  .linux.sysctl = {"kernel.msgmax": 1}
	/linux/sysctl/kernel.msgmax  .linux.sysctl = {"kernel.msgmax": "1"} | .linux.namespaces |= map(select(.type != "ipc"))
	/linux/sysctl/net.none  .linux.sysctl = {"net.none": "1"}
	/linux/sysctl/kernel.msgmax  .linux.sysctl = {"kernel.msgmax": "no number"}
	END
}

@test "sysctl: dots and slashes, where /proc/sys is read-only, and not on the host" {
	local was
	was=$(cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max)
	shell '.linux.readonlyPaths = ["/proc/sys"] | .domainname = "d" |
		.linux.sysctl = {"kernel.msgmax": "4321", "fs/mqueue/msg_max": "22",
		"net.ipv4.conf.lo.rp_filter": "2", "net/ipv4/conf/all/rp_filter": "1", "kernel.shmmni": "99",
		"kernel.domainname": "set"}' 'cd /proc/sys; cat kernel/msgmax fs/mqueue/msg_max \
		net/ipv4/conf/lo/rp_filter net/ipv4/conf/all/rp_filter kernel/shmmni kernel/domainname;
		echo 1 2>/dev/null >kernel/msgmax || echo read-only'
	expect 0 '^4321
22
2
1
99
set
read-only$'
	[ "$(cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max)" = "$was" ]
}

@test "memoryPolicy: what cannot be is refused" {
	each refused <<-'END'
	/linux/memoryPolicy/mode  .linux.memoryPolicy = {}
	/linux/memoryPolicy/mode  .linux.memoryPolicy = {mode: "BIND"}
	/linux/memoryPolicy/flags/0  .linux.memoryPolicy = {mode: "MPOL_LOCAL", flags: ["MPOL_F_FOO"]}
	/linux/memoryPolicy/nodes  .linux.memoryPolicy = {mode: "MPOL_BIND"}
	/linux/memoryPolicy/nodes  .linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: ""}
	/linux/memoryPolicy/nodes  .linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0"}
	/linux/memoryPolicy/nodes  .linux.memoryPolicy = {mode: "MPOL_LOCAL", nodes: "0"}
	/linux/memoryPolicy/nodes  .linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-"}
	/linux/memoryPolicy/flags  .linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}
	/linux/memoryPolicy  .linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "9000"}
	END
}

@test "memoryPolicy: each mode, and a child has it" {
	[ -e /proc/self/numa_maps ] || skip "this kernel has no NUMA"
	base '.process.args = ["/bin/sh", "-c", "head -n 1 /proc/self/numa_maps"]'
	local row
	for row in 'MPOL_DEFAULT||default' 'MPOL_PREFERRED|0|prefer:0' 'MPOL_BIND|0|bind:0' 'MPOL_INTERLEAVE|0|interleave:0' \
		'MPOL_LOCAL||local' 'MPOL_PREFERRED_MANY|0|prefer \(many\):0' 'MPOL_WEIGHTED_INTERLEAVE|0|weighted interleave:0'; do
		IFS='|' read -r mode nodes want <<<"$row"
		configure '.linux.memoryPolicy = {mode: $m, nodes: $n}' --arg m "$mode" --arg n "$nodes"
		run_hull run -b "$B" "$ID"
		if [ "$mode" = MPOL_WEIGHTED_INTERLEAVE ] && ! kernel_since 6.9; then
			expect fail 'set_mempolicy: invalid argument' /linux/memoryPolicy
		else
			expect 0 "^[0-9a-f]+ $want"
		fi
	done
	configure '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	run_hull run -b "$B" "$ID"
	expect 0 'bind=static:0'
	configure '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"]}'
	run_hull run -b "$B" "$ID"
	expect 0 'interleave=relative:0'
}

@test "personality: LINUX32 is seen, others are refused" {
	each refused <<-'END'
	/linux/personality/domain  .linux.personality = {}
	/linux/personality/domain  .linux.personality = {domain: "linux"}
	/linux/personality/flags  .linux.personality = {domain: "LINUX", flags: ["X"]}
	END
	shell '.linux.personality = {domain: "LINUX32"}' 'uname -m'
	expect 0 '^(i686|armv.*|ppc)'
	rm -rf "$B"
	shell '.linux.personality = {domain: "LINUX", flags: []}' 'uname -m'
	expect 0 "^$(uname -m)$"
}
