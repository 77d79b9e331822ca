#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md, "Seccomp": what seccomp.bats does not say yet.
load helpers
load rows

getppid=110

setup() {
	test_begin
	mkdir got
}

teardown() {
	[ -z "${COLLECTOR-}" ] || kill "$COLLECTOR" 2>/dev/null || true
	test_end
}

# collect: an agent on $W/agent.sock that writes to got/
collect() {
	"$PROGRAMS/collector" "$W/agent.sock" "$W/got" >collector.out 2>&1 3>&- &
	COLLECTOR=$!
	eventually grep -q ready collector.out
}

notify='.process.noNewPrivileges = true | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	listenerPath: ($ENV.W + "/agent.sock"), listenerMetadata: "opaque \"words\" ä",
	syscalls: [{names: ["getppid"], action: "SCMP_ACT_NOTIFY"}]}'

# One rule for getppid, and what the call then gives.
# ruled MEMBERS EXIT OUTPUT
ruled() {
	configure ".linux.namespaces |= map(select(.type != \"pid\")) | .mounts |= map(select(.type != \"proc\")) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = [] |
		.process.args = [\"/bin/probe\", \"syscall-try\", \"$getppid\"] |
		.linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getppid\"], $1}]}"
	run_hull run -b "$B" "$ID"
	expect "$2" "${3-}" || { echo "rule: $1"; return 1; }
}

@test "profiles that are none are refused" {
	base '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getppid"], action: "SCMP_ACT_ERRNO",
		args: [{index: 0, value: 0, op: "SCMP_CMP_EQ"}]}]}'
	each refused <<-'END'
	/linux/seccomp/defaultAction  del(.linux.seccomp.defaultAction)
	/linux/seccomp/defaultAction  .linux.seccomp.defaultAction = "ALLOW"
	/linux/seccomp/defaultAction  .linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY" | .linux.seccomp.listenerPath = "/none"
	/linux/seccomp/defaultErrnoRet  .linux.seccomp.defaultErrnoRet = 1
	/linux/seccomp/defaultErrnoRet  .linux.seccomp.defaultAction = "SCMP_ACT_ERRNO" | .linux.seccomp.defaultErrnoRet = 4096
	/linux/seccomp/syscalls/0/errnoRet  .linux.seccomp.syscalls[0].action = "SCMP_ACT_KILL" | .linux.seccomp.syscalls[0].errnoRet = 1
	/linux/seccomp/syscalls/0/errnoRet  .linux.seccomp.syscalls[0].errnoRet = 70000
	/linux/seccomp/architectures/0  .linux.seccomp.architectures = ["SCMP_ARCH_Z80"]
	/linux/seccomp/architectures/0  .linux.seccomp.architectures = ["X86_64"]
	/linux/seccomp/flags/0  .linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_FOO"]
	/linux/seccomp/listenerMetadata  .linux.seccomp.listenerMetadata = "m"
	/linux/seccomp/listenerPath  .linux.seccomp.syscalls[0].action = "SCMP_ACT_NOTIFY"
	/linux/seccomp/listenerPath  .linux.seccomp.syscalls[0].action = "SCMP_ACT_NOTIFY" | .linux.seccomp.listenerPath = "/none"
	/linux/seccomp/syscalls/0/names  .linux.seccomp.syscalls[0].names = []
	/linux/seccomp/syscalls/0/names  del(.linux.seccomp.syscalls[0].names)
	/linux/seccomp/syscalls/0/names/0  .linux.seccomp.syscalls[0] = {names: ["sendmsg"], action: "SCMP_ACT_NOTIFY"} | .linux.seccomp.listenerPath = "/none"
	/linux/seccomp/syscalls/0/names/0  .linux.seccomp.syscalls[0] = {names: ["write"], action: "SCMP_ACT_NOTIFY"} | .linux.seccomp.listenerPath = "/none"
	/linux/seccomp/syscalls/0/action  del(.linux.seccomp.syscalls[0].action)
	/linux/seccomp/syscalls/0/action  .linux.seccomp.syscalls[0].action = "SCMP_ACT_FOO"
	/linux/seccomp/syscalls/0/args/0/index  .linux.seccomp.syscalls[0].args[0].index = 6
	/linux/seccomp/syscalls/0/args/0/index  del(.linux.seccomp.syscalls[0].args[0].index)
	/linux/seccomp/syscalls/0/args/0/value  del(.linux.seccomp.syscalls[0].args[0].value)
	/linux/seccomp/syscalls/0/args/0/value  .linux.seccomp.syscalls[0].args[0].value = -1
	/linux/seccomp/syscalls/0/args/0/op  del(.linux.seccomp.syscalls[0].args[0].op)
	/linux/seccomp/syscalls/0/args/0/op  .linux.seccomp.syscalls[0].args[0].op = "SCMP_CMP_FOO"
	END
}

# 128 + SIGSYS is 159.
@test "each action does what its name says" {
	each ruled <<-'END'
	action: "SCMP_ACT_ALLOW"  0  ^ok$
	action: "SCMP_ACT_LOG"  0  ^ok$
	action: "SCMP_ACT_ERRNO"  1  ^EPERM$
	action: "SCMP_ACT_ERRNO", errnoRet: 12  1  ^ENOMEM$
	action: "SCMP_ACT_ERRNO", errnoRet: 0  0  ^ok$
	action: "SCMP_ACT_TRACE"  1  ^ENOSYS$
	action: "SCMP_ACT_TRACE", errnoRet: 7  1  ^ENOSYS$
	action: "SCMP_ACT_TRAP"  159
	action: "SCMP_ACT_KILL"  159
	action: "SCMP_ACT_KILL_THREAD"  159
	action: "SCMP_ACT_KILL_PROCESS"  159
	END
}

# compared OPERATOR VALUE VALUE-TWO ARGUMENT ANSWER
compared() {
	configure ".process.args = [\"/bin/probe\", \"syscall-try\", \"$getppid\", \"$4\"] | .linux.seccomp = {
		defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 12,
		args: [{index: 0, value: 77777, valueTwo: $3, op: \"SCMP_CMP_$1\"}]}]}"
	sed -i "s/77777/$2/" "$B/config.json"
	run_hull run -b "$B" "$ID"
	[ "$output" = "$5" ] || complain "$*"
}

@test "each operator, on the whole of 64 bits" {
	each compared <<-'END'
	EQ  5  0  5  ENOMEM
	EQ  5  0  6  ok
	NE  5  0  6  ENOMEM
	NE  5  0  5  ok
	LT  5  0  4  ENOMEM
	LT  5  0  5  ok
	LE  5  0  5  ENOMEM
	LE  5  0  6  ok
	GE  5  0  5  ENOMEM
	GE  5  0  4  ok
	GT  5  0  6  ENOMEM
	GT  5  0  5  ok
	MASKED_EQ  6  4  13  ENOMEM
	MASKED_EQ  6  4  11  ok
	EQ  18446744073709551615  0  -1  ENOMEM
	GT  18446744073709551614  0  -1  ENOMEM
	EQ  4294967295  0  -1  ok
	GE  4294967296  0  0x100000000  ENOMEM
	GE  4294967296  0  0xffffffff  ok
	END
}

@test "several arguments: different ones must all match, the same one any" {
	base '.process.args = ["/bin/probe", "syscall-try", "110", "1", "2"]'
	local args
	args() {
		configure ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"getppid\"], action: \"SCMP_ACT_ERRNO\",
			args: [{index: 0, value: $1, op: \"SCMP_CMP_EQ\"}, {index: $2, value: $3, op: \"SCMP_CMP_EQ\"}]}]}"
		run_hull run -b "$B" "$ID"
	}
	args 1 1 2
	expect 1 '^EPERM$'
	args 1 1 3
	expect 0 '^ok$'
	args 9 0 1
	expect 1 '^EPERM$'
	args 9 0 8
	expect 0 '^ok$'
}

@test "rules that say what the default says, no rules, unknown names" {
	each profiled <<-'END'
	{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getppid"], action: "SCMP_ACT_ALLOW"}]}  ^ok$
	{defaultAction: "SCMP_ACT_ALLOW"}  ^ok$
	{defaultAction: "SCMP_ACT_ALLOW", syscalls: []}  ^ok$
	{defaultAction: "SCMP_ACT_LOG"}  ^ok$
	{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call"], action: "SCMP_ACT_KILL"}]}  ^ok$
	{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/none/socket"}  ^ok$
	END
}

# profiled PROFILE OUTPUT
profiled() {
	configure ".process.args = [\"/bin/probe\", \"syscall-try\", \"$getppid\"] | .linux.seccomp = $1"
	run_hull run -b "$B" "$ID"
	expect 0 "$2" || { echo "$1"; return 1; }
}

@test "only a default: every call gets it, execve(2) the first" {
	local action
	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP; do
		configure '.process.noNewPrivileges = true | .linux.seccomp = {defaultAction: $a}' --arg a $action
		run_hull run -b "$B" "$ID"
		expect fail 'before it had executed the program' 'SIG(SYS|SEGV|ILL|TRAP)'
		[ -z "$(ls "$STATE")" ]
	done
}

@test "architectures: the native one alone, or more; calls of the others are killed" {
	local names
	names=$(hull features | jq -c .linux.seccomp.archs)
	[ "$(jq length <<<"$names")" = 23 ]
	local a unknown=0
	for a in $(jq -r '.[]' <<<"$names"); do
		configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: [$a],
			syscalls: [{names: ["getppid"], action: "SCMP_ACT_ERRNO"}]}' --arg a "$a"
		run_hull create --dry-run -b "$B" "$ID"
		# What the library that hull was built with is too old for is refused by name.
		[ "$status" = 0 ] || expect fail /linux/seccomp/architectures/0 "libseccomp [0-9.]+ does not know $a"
		[ "$status" = 0 ] || unknown=$((unknown + 1))
	done
	[ $unknown -le 5 ]
	"$PROGRAMS/int80" || [ $? = 3 ] || skip "this kernel has no 32-bit calls"
	base '.process.args = ["/bin/int80"]'
	cp "$PROGRAMS/int80" b/rootfs/bin/int80
	local deny='syscalls: [{names: ["getppid"], action: "SCMP_ACT_ERRNO"}]'
	configure ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", architectures: [\"SCMP_ARCH_X86\"], $deny}"
	run_hull run -b "$B" "$ID"
	expect 4
	configure ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", $deny}"
	run_hull run -b "$B" "$ID"
	[ "$status" -ge 128 ] || complain "a call of another architecture"
}

@test "flags: each that is known, none, and none of them" {
	local f
	for f in $(hull features | jq -r '.linux.seccomp.supportedFlags[]'); do
		configure '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: [$f]} | .process.args = ["/bin/probe", "true"]' --arg f "$f"
		run_hull run -b "$B" "$ID"
		expect 0
	done
	planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}'
	plan_has '.action == "seccomp" and (.flags | tostring | contains("SPEC_ALLOW"))'
	planned '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: []}'
	jq -e 'all(.[]; (.flags // "" | tostring | contains("SPEC_ALLOW")) | not)' plan.json
}

@test "listener: one state, one descriptor in the first message, one connection a process" {
	collect
	configure "$notify"' | .annotations = {long: ("x" * 300000), "org.example": "v"} | .process.args = ["/bin/probe", "probe"]'
	run_hull create -b "$B" "$ID"
	expect 0 '^$'
	local pid
	pid=$(pid_of)
	hull start "$ID"
	eventually test -e got/1.json
	eventually state_is stopped
	[ "$(head -n 1 got/1.fds)" = 1 ]
	[ "$(tail -n +2 got/1.fds | sort -u)" = 0 ]
	jq -es --arg id "$ID" --argjson pid "$pid" 'length == 1 and (.[0] | .ociVersion == "1.3.0" and .fds == ["seccompFd"] and
		.pid == $pid and .metadata == "opaque \"words\" ä" and .state.id == $id and .state.pid == $pid and
		(.state.status | IN("creating", "created")) and (.state.annotations.long | length) == 300000)' got/1.json
	jq .state got/1.json >doc
	is_state doc
	hull delete "$ID"
	run_hull run -b "$B" second
	expect 0 '"ppid":4242'
	eventually test -e got/2.json
	jq -es 'length == 1 and .[0].state.id == "second"' got/2.json
	[ ! -e got/3.json ]
}

@test "listener: exec connects once more, with a state of its own" {
	collect
	configure "$notify"' | .process.args = ["/bin/probe", "pause"]'
	hull create -b "$B" "$ID"
	hull start "$ID"
	eventually test -e got/1.json
	run_hull exec "$ID" /bin/probe probe
	expect 0 '"ppid":4242'
	eventually test -e got/2.json
	jq -e --argjson pid "$(pid_of)" '.pid > 1 and .pid != $pid and .fds == ["seccompFd"]' got/2.json
}

@test "listener: without a rule that notifies nobody is connected to" {
	collect
	configure "$notify"' | .linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO" | .process.args = ["/bin/probe", "true"]'
	run_hull run -b "$B" "$ID"
	expect 0
	sleep 0.1
	[ -z "$(ls got)" ]
}

@test "listener: an agent that closes at once, or never listens, does not block us" {
	configure "$notify"
	refused /linux/seccomp/listenerPath "$notify"
	mkdir dir
	refused /linux/seccomp/listenerPath "$notify | .linux.seccomp.listenerPath = \$ENV.W + \"/dir\""
}

@test "every call but two may be notified: hull needs none before the agent has the listener" {
	collect
	configure "$notify"' | .process.args = ["/bin/probe", "true"] | .linux.seccomp.syscalls[0].names =
		["execve", "prctl", "capset", "capget", "close", "read", "umask", "getppid", "munmap", "brk", "exit_group", "setsid"]'
	run_hull create -b "$B" "$ID"
	expect 0
	timeout $((10 * SLOW)) "$HULL" --root "$STATE" start "$ID" 3>&- || true
	eventually test -e got/1.json
	hull delete --force "$ID"
}
