#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.*, hostname, domainname, linux.sysctl: what the program is when it starts.
load helpers

@test "user: ids and additional groups" {
	probe '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6]}'
	check '.uid == [1000, 1000, 1000]' '.gid == [1001, 1001, 1001]' \
	      '(.groups - [1001] | sort) == [5, 6]'
}

@test "user: without additional groups none of the caller's remain" {
	probe '.process.user = {uid: 1000, gid: 1000}'
	check '.groups - [1000] == []'
}

@test "user: a large id" {
	probe '.process.user = {uid: 4000000000, gid: 4000000001}'
	check '.uid[0] == 4000000000' '.gid[0] == 4000000001'
}

@test "umask: as configured" {
	probe '.process.user.umask = 63'
	check '.umask == 63'
}

@test "umask: 022 when not configured, whatever the caller's" {
	umask 0
	probe 'del(.process.user.umask)'
	umask 022
	check '.umask == 18'
}

@test "cwd: a directory of the container" {
	probe '.process.cwd = "/etc"'
	check '.cwd == "/etc"'
}

@test "cwd: made where it is missing" {
	probe '.process.cwd = "/new/dir"'
	check '.cwd == "/new/dir"'
	[ -d "$B/rootfs/new/dir" ]
}

@test "cwd: must be absolute" {
	container '.process.cwd = "etc"' /bin/probe true
	expect fail 'cwd'
}

@test "cwd: a private directory of the user" {
	bundle b '.process.args = ["/bin/probe", "probe"] | .process.cwd = "/home/user" |
		.process.user = {uid: 1000, gid: 1000} | .process.capabilities |= map_values([])'
	chmod 700 "$B/rootfs/home/user"
	chown 1000:1000 "$B/rootfs/home/user"
	run_hull run -b "$B" "$ID"
	expect 0 '"cwd":"/home/user"'
}

@test "cwd: a symbolic link out of the root stays inside" {
	bundle b '.process.args = ["/bin/probe", "probe"] | .process.cwd = "/link"'
	ln -s ../../../../../../etc "$B/rootfs/link"
	run_hull run -b "$B" "$ID"
	expect 0 '"cwd":"/etc"'
}

@test "args: as given, found in the container's PATH" {
	container '.process.env = ["PATH=/nowhere:/bin"]' probe probe one 'two  words' ''
	expect 0 '"argv":\["probe","one","two  words",""\]'
}

@test "args: relative to cwd when there is a slash" {
	container '.process.cwd = "/bin"' ./probe echo here
	expect 0 '^here$'
}

@test "args: empty is refused" {
	container '.process.args = []' x
	expect fail 'args'
}

@test "env: exactly what is configured" {
	OUTSIDE=1 probe '.process.env = ["A=1", "PATH=/bin", "EMPTY=", "HOME=/x"]'
	check '.environ == ["A=1", "PATH=/bin", "EMPTY=", "HOME=/x"]'
}

@test "env: HOME comes from the container's passwd" {
	probe '.process.env = ["PATH=/bin"] | .process.user = {uid: 1000, gid: 1000}'
	check '.environ == ["PATH=/bin", "HOME=/home/user"]'
}

@test "env: HOME is / for a user whom passwd does not know" {
	probe '.process.env = ["PATH=/bin"] | .process.user = {uid: 4711, gid: 0}'
	check '.environ == ["PATH=/bin", "HOME=/"]'
}

caps='.process.capabilities = {
	bounding: ["CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_AUDIT_WRITE"],
	permitted: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
	effective: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
	inheritable: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
	ambient: ["CAP_NET_BIND_SERVICE"]}'

@test "capabilities: root has the bounding set after execve" {
	probe "$caps"' | .process.noNewPrivileges = false |
		.process.capabilities.inheritable = [] | .process.capabilities.ambient = []'
	check '.status.CapBnd == "0000000020000420"' '.status.CapPrm == "0000000020000420"' \
	      '.status.CapEff == "0000000020000420"' '.status.CapInh == "0000000000000000"' \
	      '.status.CapAmb == "0000000000000000"'
}

@test "capabilities: another user has the ambient ones" {
	probe "$caps"' | .process.user = {uid: 1000, gid: 1000}'
	check '.status.CapBnd == "0000000020000420"' '.status.CapPrm == "0000000000000400"' \
	      '.status.CapEff == "0000000000000400"' '.status.CapInh == "0000000000000420"' \
	      '.status.CapAmb == "0000000000000400"'
}

@test "capabilities: empty sets take everything" {
	probe '.process.capabilities = {bounding: [], effective: [], permitted: [], inheritable: [],
		ambient: []}'
	check '.status | [.CapBnd, .CapEff, .CapPrm, .CapInh, .CapAmb] | unique == ["0000000000000000"]'
}

@test "capabilities: a name that the kernel does not know is a warning" {
	container '.process.capabilities.bounding += ["CAP_FUTURE"]' /bin/probe true
	expect 0
}

@test "capabilities: securebits are clear" {
	probe "$caps"
	check '.securebits == 0'
}

@test "noNewPrivileges: set" {
	probe '.process.noNewPrivileges = true'
	check '.status.NoNewPrivs == "1"'
}

@test "noNewPrivileges: not set" {
	probe '.process.noNewPrivileges = false'
	check '.status.NoNewPrivs == "0"'
}

@test "rlimits" {
	probe '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200},
		{type: "RLIMIT_CORE", soft: 0, hard: 0}, {type: "RLIMIT_STACK", soft: 1048576, hard: 8388608}]'
	check '.rlimits.nofile == [100, 200]' '.rlimits.core == [0, 0]' \
	      '.rlimits.stack == [1048576, 8388608]'
}

@test "rlimits: a duplicate type is refused" {
	container '.process.rlimits = [range(2) | {type: "RLIMIT_NOFILE", soft: 1, hard: 1}]' \
		/bin/probe true
	expect fail '/process/rlimits'
}

@test "rlimits: an unknown type is refused" {
	container '.process.rlimits = [{type: "RLIMIT_BOGUS", soft: 1, hard: 1}]' /bin/probe true
	expect fail 'RLIMIT_BOGUS'
}

@test "oomScoreAdj: set" {
	probe '.process.oomScoreAdj = 555'
	check '.oom_score_adj == ["555"]'
}

@test "oomScoreAdj: the caller's when absent" {
	probe 'del(.process.oomScoreAdj)'
	check ".oom_score_adj == [\"$(cat /proc/self/oom_score_adj)\"]"
}

@test "hostname and domainname" {
	probe '.hostname = "one.two" | .domainname = "example.org"'
	check '.hostname == "one.two"' '.domainname == "example.org"'
}

@test "hostname: refused without a uts namespace" {
	container '.linux.namespaces |= map(select(.type != "uts"))' /bin/probe true
	expect fail 'hostname|uts'
}

@test "sysctl: of the network and ipc namespaces" {
	container '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "77", "kernel.msgmax": "4242"}' \
		/bin/probe cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax
	expect 0 '^77
4242$'
}

@test "sysctl: in the form with slashes" {
	container '.linux.sysctl = {"net/ipv4/ip_unprivileged_port_start": "78"}' \
		/bin/probe cat /proc/sys/net/ipv4/ip_unprivileged_port_start
	expect 0 '^78$'
}

@test "sysctl: one of the whole host is refused" {
	local before
	before=$(cat /proc/sys/kernel/panic)
	container '.linux.sysctl = {"kernel.panic": "99"}' /bin/probe true
	expect fail 'kernel.panic'
	[ "$(cat /proc/sys/kernel/panic)" = "$before" ]
}

@test "sysctl: net.* is refused in the host's network" {
	container '.linux.sysctl = {"net.ipv4.ip_forward": "1"} |
		.linux.namespaces |= map(select(.type != "network"))' /bin/probe true
	expect fail 'net'
}

@test "personality" {
	probe '.linux.personality = {domain: "LINUX32"}'
	check '.personality == 8'
}

@test "scheduler: policy and nice value" {
	probe '.process.scheduler = {policy: "SCHED_BATCH", nice: 5}'
	check '.policy == 3' '.nice == 5'
}

@test "scheduler: idle, and its children inherit it" {
	shell '.process.scheduler = {policy: "SCHED_IDLE"}' '/bin/probe probe'
	expect 0 '"policy":5'
}

@test "scheduler: an unknown policy is refused" {
	container '.process.scheduler = {policy: "SCHED_BOGUS"}' /bin/probe true
	expect fail 'SCHED_BOGUS'
}

@test "ioPriority" {
	probe '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	check '.ioprio == 16390'
}

@test "ioPriority: out of range is refused" {
	container '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}' /bin/probe true
	expect fail 'priority'
}

@test "memoryPolicy" {
	need "no NUMA in this kernel" test -e /proc/self/numa_maps
	container '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' \
		/bin/probe cat /proc/self/numa_maps
	expect 0 'bind:0'
}

@test "keyring: a session keyring of its own" {
	probe .
	check '.keyring > 0'
	[ "$(jq .keyring "$W/probe.json")" != "$("$PROBE" probe | jq .keyring)" ]
}

@test "keyring: --no-new-keyring keeps the caller's" {
	bundle b '.process.args = ["/bin/probe", "probe"]'
	run_hull run -b "$B" --no-new-keyring "$ID"
	expect 0
	[ "$(jq .keyring <<<"$output")" = "$("$PROBE" probe | jq .keyring)" ]
}

@test "the program leads a session, has no blocked or ignored signals" {
	probe .
	check '.pid == 1' '.sid == 1' '.pgid == 1' '.status.SigBlk == "0000000000000000"' \
	      '.status.SigIgn == "0000000000000000"' '.dumpable == 1'
}

@test "signals that the caller ignores are not ignored inside" {
	trap '' PIPE USR1 TERM
	probe .
	trap - PIPE USR1 TERM
	check '.status.SigIgn == "0000000000000000"'
}

@test "golden: the whole of a root container" {
	umask 022
	probe '.process.env = ["PATH=/bin", "TERM=xterm"]'
	golden rootful
}
