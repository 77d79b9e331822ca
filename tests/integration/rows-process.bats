#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.md, "Process": what process.bats and terminal.bats do not say yet.
load helpers
load rows

@test "terminal: what cannot be is refused, and consoleSize does not count without one" {
	each refused <<-'END'
	/process/consoleSize  .process.terminal = true | .process.consoleSize = {height: 24}
	/process/consoleSize  .process.terminal = true | .process.consoleSize = {width: 80}
	/process/consoleSize  .process.terminal = true | .process.consoleSize = {height: 65536, width: 80}
	/process/consoleSize/width  .process.terminal = true | .process.consoleSize = {height: 24, width: -1}
	/process/terminal  .process.terminal = "true"
	END
	accepted '.process.terminal = false | .process.consoleSize = {height: 70000}'
	accepted 'del(.process.terminal) | .process.consoleSize = {}'
}

@test "cwd: absolute, a directory, there" {
	each refused <<-'END'
	/process/cwd  del(.process.cwd)
	/process/cwd  .process.cwd = ""
	/process/cwd  .process.cwd = "tmp"
	/process/cwd  .process.cwd = "./"
	/process/cwd  .process.cwd = "/etc/passwd"
	END
	shell '.process.cwd = "/tmp/../etc"' 'pwd -P'
	expect 0 '^/etc$'
}

@test "args: at least one, of strings" {
	each refused <<-'END'
	/process/args  del(.process.args)
	/process/args  .process.args = []
	/process/args  .process.args = null
	/process/args/0  .process.args = [7]
	END
}

@test "args[0]: by the container's PATH, relative to cwd with a slash; argv[0] is as written" {
	bundle b '.process.cwd = "/opt" | .process.args = ["own", "one two"] | .process.env = ["PATH=/none:/opt/bin"]'
	mkdir -p "$B/rootfs/opt/bin"
	printf '#!/bin/sh\necho "found $1"\n' >"$B/rootfs/opt/bin/own"
	chmod 755 "$B/rootfs/opt/bin/own"
	PATH=$PATH:/bin run_hull run -b "$B" "$ID"
	expect 0 '^found one two$'
	reconfigure '.process.args[0] = "bin/own"'
	run_hull run -b "$B" "$ID"
	expect 0 '^found one two$'
	reconfigure '.process.env = ["PATH=/none"] | .process.args[0] = "own"'
	run_hull create -b "$B" "$ID"
	expect fail 'own.*not found in \$PATH'
	rm -rf b
	probe '.process.args = ["probe", "probe"]'
	bundle c '.process.args = ["/bin/../bin/probe", "probe"]'
	run_hull run -b "$B" "$ID"
	expect 0 '"argv":\["/bin/../bin/probe"|"argv":\["probe"\]'
}

@test "env: those of the configuration, in their order, none of the runtime's" {
	FOREIGN=1 container '.process.env = ["PATH=/bin", "B=2", "A=1", "EMPTY=", "EQ=a=b", "HOME=/h"]' /bin/cat /proc/self/environ
	expect 0
	[ "$(tr '\0' ' ' <output)" = 'PATH=/bin B=2 A=1 EMPTY= EQ=a=b HOME=/h ' ]
}

@test "oomScoreAdj: within the kernel's range, 0 is a value" {
	each refused <<-'END'
	/process/oomScoreAdj  .process.oomScoreAdj = 1001
	/process/oomScoreAdj  .process.oomScoreAdj = -1001
	/process/oomScoreAdj  .process.oomScoreAdj = 1.5
	END
	echo 100 >/proc/self/oom_score_adj
	shell '.process.oomScoreAdj = 0' 'cat /proc/self/oom_score_adj'
	expect 0 '^0$'
	rm -rf "$B"
	shell 'del(.process.oomScoreAdj)' 'cat /proc/self/oom_score_adj'
	expect 0 '^100$'
	echo 0 >/proc/self/oom_score_adj
}

@test "labels: refused where the kernel has no such module" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
		refused /process/apparmorProfile '.process.apparmorProfile = "p"' AppArmor
	[ -e /sys/fs/selinux/enforce ] || refused /process/selinuxLabel '.process.selinuxLabel = "u:r:t"' SELinux
	accepted '.process.apparmorProfile = "" | .process.selinuxLabel = ""'
}

@test "rlimits: what cannot be is refused" {
	each refused <<-'END'
	/process/rlimits/0/type  .process.rlimits = [{type: "RLIMIT_FOO", soft: 1, hard: 1}]
	/process/rlimits/0/type  .process.rlimits = [{type: "nofile", soft: 1, hard: 1}]
	/process/rlimits/0/type  .process.rlimits = [{soft: 1, hard: 1}]
	/process/rlimits/0/soft  .process.rlimits = [{type: "RLIMIT_CORE", hard: 1}]
	/process/rlimits/0/hard  .process.rlimits = [{type: "RLIMIT_CORE", soft: 1}]
	/process/rlimits/0/soft  .process.rlimits = [{type: "RLIMIT_CORE", soft: 2, hard: 1}]
	/process/rlimits  .process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]
	END
}

@test "rlimits: all sixteen, exactly, and without an end" {
	container '.process.rlimits = ([["AS", 1073741824], ["CORE", 4096], ["CPU", 1000], ["DATA", 1073741824],
		["FSIZE", 65536], ["LOCKS", 7], ["MEMLOCK", 4096], ["MSGQUEUE", 4096], ["NICE", 0], ["NOFILE", 512],
		["NPROC", 400], ["RSS", 65536], ["RTPRIO", 0], ["RTTIME", 1000000], ["SIGPENDING", 100], ["STACK", 1048576]] |
		map({type: ("RLIMIT_" + .[0]), soft: (.[1] - (.[1] / 2 | floor)), hard: .[1]}))' /bin/probe probe
	expect 0
	printf '%s\n' "$output" >probe.json
	check '.rlimits | length == 16' '.rlimits.core == [2048, 4096]' '.rlimits.nofile == [256, 512]' \
		'.rlimits.as == [536870912, 1073741824]' '.rlimits.locks == [4, 7]' \
		'.rlimits | map_values(.[1]) | . == {as: 1073741824, core: 4096, cpu: 1000, data: 1073741824, fsize: 65536,
			locks: 7, memlock: 4096, msgqueue: 4096, nice: 0, nofile: 512, nproc: 400, rss: 65536, rtprio: 0,
			rttime: 1000000, sigpending: 100, stack: 1048576}'
	bundle c '.process.args = ["/bin/probe", "probe"] | .process.rlimits = [{type: "RLIMIT_CPU", soft: 0, hard: 12345678901234567}]'
	sed -i 's/"soft": 0/"soft": 18446744073709551615/; s/"hard": 1234567890.*/"hard": 18446744073709551615/' "$B/config.json"
	run_hull run -b "$B" "$ID"
	expect 0 '"cpu":\[-1,-1\]'
}

@test "rlimits: above the caller's, also with a user namespace" {
	need "no CAP_SYS_RESOURCE here" bash -c 'ulimit -Hc 0; ulimit -Hc 1'
	local filter
	chmod 755 "$W" "$SUITE"
	for filter in . '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 70000}] |
		.linux.gidMappings = .linux.uidMappings | .mounts |= map(select(.type != "cgroup" and .type != "sysfs"))'; do
		bundle b "$filter"' | .process.rlimits = [{type: "RLIMIT_CORE", soft: 5, hard: 6}] | .process.args = ["/bin/probe", "probe"]'
		(ulimit -Hc 0; "$HULL" --root "$STATE" run -b "$B" "$ID" >probe.json 3>&-)
		check '.rlimits.core == [5, 6]'
		rm -rf b
	done
}

# bits CAP...: the mask as /proc/self/status has it
bits() {
	local n m=0
	for n; do m=$((m | 1 << n)); done
	printf '%016x' $m
}

sets='.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"], permitted: ["CAP_CHOWN", "CAP_KILL"],
	effective: ["CAP_CHOWN"], inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'

@test "capabilities: each set as listed" {
	# Of root's, execve(2) makes the permitted and effective sets anew.
	probe "$sets"
	check ".status.CapBnd == \"$(bits 0 5 21)\"" ".status.CapInh == \"$(bits 5)\"" ".status.CapAmb == \"$(bits 5)\""
	rm -rf "$B"
	probe "$sets | .process.user = {uid: 1000, gid: 1000}"
	check ".status.CapBnd == \"$(bits 0 5 21)\"" ".status.CapInh == \"$(bits 5)\"" ".status.CapAmb == \"$(bits 5)\"" \
		".status.CapPrm == \"$(bits 5)\"" ".status.CapEff == \"$(bits 5)\""
	hull create -b "$B" before
	# Before execve(2) they are as listed, whoever the user is.
	local status
	status=/proc/$(hull state before | jq .pid)/status
	grep -q "^CapPrm:.$(bits 0 5)" "$status"
	grep -q "^CapEff:.$(bits 0)" "$status"
}

@test "capabilities: a set that is absent is empty; without the object all are kept" {
	probe '.process.capabilities = {bounding: ["CAP_CHOWN"]}'
	check ".status.CapBnd == \"$(bits 0)\"" ".status.CapInh == \"$(bits)\"" ".status.CapAmb == \"$(bits)\""
	rm -rf "$B"
	probe '.process.capabilities = {} | .process.user = {uid: 1, gid: 1}'
	check ".status | [.CapBnd, .CapEff, .CapPrm, .CapInh, .CapAmb] | unique == [\"$(bits)\"]"
	rm -rf "$B"
	probe 'del(.process.capabilities)'
	check ".status.CapBnd == \"$(sed -n 's/^CapBnd:.//p' /proc/self/status)\""
}

@test "capabilities: names that are none, and what cannot be granted, are warnings" {
	container '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_FOO", "cap_kill", "3"],
		ambient: ["CAP_KILL"], effective: ["CAP_SYS_TIME"]}' /bin/probe true
	expect 0 CAP_FOO cap_kill 'ambient.*CAP_KILL' 'effective.*CAP_SYS_TIME'
}

@test "scheduler: what cannot be is refused" {
	each refused <<-'END'
	/process/scheduler/policy  .process.scheduler = {}
	/process/scheduler/policy  .process.scheduler = {policy: "SCHED_ISO"}
	/process/scheduler/policy  .process.scheduler = {policy: "OTHER"}
	/process/scheduler/flags/0  .process.scheduler = {policy: "SCHED_OTHER", flags: ["SCHED_FLAG_FOO"]}
	/process/scheduler/nice  .process.scheduler = {policy: "SCHED_OTHER", nice: 20}
	/process/scheduler/nice  .process.scheduler = {policy: "SCHED_BATCH", nice: -21}
	/process/scheduler/priority  .process.scheduler = {policy: "SCHED_FIFO"}
	/process/scheduler/priority  .process.scheduler = {policy: "SCHED_RR", priority: 100}
	/process/scheduler/priority  .process.scheduler = {policy: "SCHED_OTHER", priority: 1}
	/process/scheduler  .process.scheduler = {policy: "SCHED_OTHER", runtime: 5}
	/process/scheduler  .process.scheduler = {policy: "SCHED_DEADLINE", runtime: 5, deadline: 6}
	/process/scheduler/runtime  .process.scheduler = {policy: "SCHED_DEADLINE", runtime: -1}
	END
}

# Policies by sched_getscheduler(2): 0x40000000 is SCHED_RESET_ON_FORK.
@test "scheduler: each policy, with its priority, nice value and flags" {
	each scheduled <<-'END'
	{policy: "SCHED_OTHER"}  0  0  0
	{policy: "SCHED_OTHER", nice: -3}  0  0  -3
	{policy: "SCHED_BATCH", nice: 7}  3  0  7
	{policy: "SCHED_IDLE"}  5  0  0
	{policy: "SCHED_FIFO", priority: 1}  1  1  0
	{policy: "SCHED_RR", priority: 9, flags: ["SCHED_FLAG_RESET_ON_FORK"]}  1073741826  9  0
	END
}

# scheduled OBJECT POLICY PRIORITY NICE
scheduled() {
	configure ".process.args = [\"/bin/probe\", \"probe\"] | .process.scheduler = $1"
	run_hull run -b "$B" "$ID"
	if [ "$status" != 0 ] && [[ $output = *'operation not permitted'* ]]; then
		# Without a share of real-time there is none to give: an error, and it says so.
		expect fail /process/scheduler
		return
	fi
	expect 0
	printf '%s\n' "$output" >probe.json
	check ".policy == $2 and .priority == $3 and .nice == $4"
}

@test "scheduler: deadline, or the kernel's error with its place" {
	configure '.process.args = ["/bin/probe", "probe"] |
		.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 10000000, period: 10000000}'
	run_hull run -b "$B" "$ID"
	if [ "$status" = 0 ]; then
		expect 0 '"policy":6'
	else
		expect fail /process/scheduler 'sched_setattr'
	fi
}

@test "ioPriority: classes and priorities, and what is none" {
	each refused <<-'END'
	/process/ioPriority/class  .process.ioPriority = {priority: 0}
	/process/ioPriority/class  .process.ioPriority = {class: "IOPRIO_CLASS_NONE", priority: 0}
	/process/ioPriority/priority  .process.ioPriority = {class: "IOPRIO_CLASS_BE"}
	/process/ioPriority/priority  .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}
	/process/ioPriority/priority  .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: -1}
	END
	local class n=0
	for class in RT BE IDLE; do
		n=$((n + 1))
		configure ".process.args = [\"/bin/sh\", \"-c\", \"/bin/probe probe\"] |
			.process.ioPriority = {class: \"IOPRIO_CLASS_$class\", priority: 3}"
		run_hull run -b "$B" "$ID"
		# A child has it, too.
		expect 0 "\"ioprio\":$((n << 13 | 3)),"
	done
}

@test "execCPUAffinity: not for init; for exec the last counts, or the kernel's result" {
	need "one processor" taskset -c 1 true
	local list='sed -n s/^Cpus_allowed_list:.//p /proc/self/status' all
	all=$(taskset -c 0-1 sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status)
	started '.process.execCPUAffinity = {initial: "0", final: " 1, 1"}' /bin/probe pause
	[ "$(sed -n 's/^Cpus_allowed_list:.//p' "/proc/$(pid_of)/status")" = "$all" ]
	run_hull exec "$ID" /bin/sh -c "$list"
	expect 0 '^1$'
	jq '.process | .args = ["/bin/sh", "-c", $l] | .terminal = false | .execCPUAffinity = {initial: "1"}' --arg l "$list" "$B/config.json" >p.json
	run_hull exec --process p.json "$ID"
	# Before Linux 6.2 the cgroup's processors take the place of those that were asked for.
	if kernel_since 6.2; then expect 0 '^1$'; else expect 0 "^(1|$all)\$"; fi
	jq 'del(.execCPUAffinity)' p.json >q.json
	run_hull exec --process q.json "$ID"
	expect 0 "^$all\$"
	jq '.execCPUAffinity.final = "0,900"' p.json >r.json
	run_hull exec --process r.json "$ID"
	expect 0 '^0$'
}

@test "execCPUAffinity: what is no list is refused" {
	each refused <<-'END'
	/process/execCPUAffinity/initial  .process.execCPUAffinity = {initial: "x"}
	/process/execCPUAffinity/final  .process.execCPUAffinity = {final: "3-1"}
	/process/execCPUAffinity/final  .process.execCPUAffinity = {final: "1 2"}
	/process/execCPUAffinity/final  .process.execCPUAffinity = {final: "0,"}
	/process/execCPUAffinity/initial  .process.execCPUAffinity = {initial: 1}
	END
	accepted '.process.execCPUAffinity = {initial: "", final: "0-1, 0"}'
	accepted '.process.execCPUAffinity = {}'
}

@test "affinity: a caller's own is not the container's" {
	need "one processor" taskset -c 1 true
	bundle b '.process.args = ["/bin/sh", "-c", "sed -n s/^Cpus_allowed_list:.//p /proc/self/status"]'
	taskset -c 1 "$HULL" --root "$STATE" run -b "$B" "$ID" >out
	[ "$(cat out)" = "$(taskset -c 0-1 sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status)" ]
}

@test "user: what cannot be is refused, and names are none" {
	each refused <<-'END'
	/process/user/uid  .process.user = {gid: 0}
	/process/user/gid  .process.user = {uid: 0}
	/process/user/uid  .process.user = {uid: "root", gid: 0}
	/process/user/uid  .process.user = {uid: -1, gid: 0}
	/process/user/uid  .process.user = {uid: 4294967295, gid: 0}
	/process/user/uid  .process.user = {uid: 4294967296, gid: 0}
	/process/user/umask  .process.user = {uid: 0, gid: 0, umask: 512}
	/process/user/additionalGids/0  .process.user = {uid: 0, gid: 0, additionalGids: ["wheel"]}
	/process/user/uid  .process.user = {uid: 1000, gid: 0} | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings
	/process/user/additionalGids  .process.user = {uid: 0, gid: 0, additionalGids: [77]} | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings
	END
	probe 'del(.process.user)'
	check '.uid == [0, 0, 0]' '.gid == [0, 0, 0]'
}

@test "umask: it is the program's alone; the runtime's files do not depend on it or on the caller's" {
	umask 077
	created '.process.user.umask = 63 |
		.mounts += [{destination: "/made/for/mount", type: "tmpfs", source: "t"}] |
		.linux.devices = [{path: "/dev/own", type: "c", major: 1, minor: 3, fileMode: 438}]' \
		/bin/sh -c 'umask; umask >/said; exec sleep 60'
	umask 022
	[ "$(stat -c %a "$B/rootfs/made/for/mount")" = 755 ]
	[ "$(stat -c %a "/proc/$(pid_of)/root/dev/own")" = 666 ]
	hull start "$ID"
	eventually test -s "$B/rootfs/said"
	[ "$(cat "$B/rootfs/said")" = 0077 ]
}

@test "cwd: where root has no access, but the user has" {
	bundle b '.process.cwd = "/own/dir" | .process.user = {uid: 1000, gid: 1000} | .process.args = ["/bin/pwd"]'
	mkdir -p "$B/rootfs/own/dir"
	chown 1000:1000 "$B/rootfs/own" "$B/rootfs/own/dir"
	chmod 700 "$B/rootfs/own" "$B/rootfs/own/dir"
	run_hull run -b "$B" "$ID"
	expect 0 '^/own/dir$'
	reconfigure '.process.capabilities = {}'
	run_hull run -b "$B" "$ID"
	expect 0 '^/own/dir$'
}

@test "descriptors: LISTEN_FDS adds some, closed ones are open on /dev/null" {
	bundle b '.process.args = ["/bin/probe", "probe"]'
	# shellcheck disable=SC2093
	(export LISTEN_FDS=1; exec 3</etc/passwd; LISTEN_PID=$BASHPID exec "$HULL" --root "$STATE" run -b "$B" "$ID" >out)
	cp out probe.json
	check '[.fds[].fd] == [0, 1, 2, 3]' '.environ | index("LISTEN_FDS=1") and index("LISTEN_PID=1")'
	"$HULL" --root "$STATE" run -b "$B" "$ID" >out <&- 3>&-
	cp out probe.json
	check '.fds[0].link == "/dev/null"' '[.fds[].fd] == [0, 1, 2]'
}
