#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.seccomp.
load helpers

setup() {
	test_begin
	[ "$(uname -m)" = x86_64 ] || skip "the calls' numbers in these tests are of x86_64"
}

# Numbers of calls, for `probe syscall-try`.
getppid=110 setdomainname=171 swapon=167 socket=41

deny='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
	syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO", errnoRet: 77},
		   {names: ["getppid"], action: "SCMP_ACT_ERRNO"}]}'

# The profile that Docker writes.
docker='.linux.seccomp = $docker[0].linux.seccomp'

with_docker() {
	bundle "$ID" '.process.args = $ARGS.positional | '"$docker" \
		--slurpfile docker "$HERE/../data/config/docker-default.json" --args -- "$@"
	run_hull run -b "$B" "$ID"
}

@test "a denied call gives the errno of the rule, EPERM without one" {
	container "$deny" /bin/probe syscall-try $swapon
	expect 1 'EBADFD'
	container "$deny" /bin/probe syscall-try $getppid
	expect 1 'EPERM'
}

@test "other calls work, the mode is shown" {
	probe "$deny"
	check '.status.Seccomp == "2"'
}

@test "no profile, no filter" {
	probe 'del(.linux.seccomp)'
	check '.status.Seccomp == "0"'
}

@test "arguments: all conditions of one call must hold" {
	local f='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["socket"],
		action: "SCMP_ACT_ERRNO", errnoRet: 93, args: [{index: 0, value: 16, op: "SCMP_CMP_EQ"}]}]}'
	container "$f" /bin/probe socket-try 16 3
	expect 1 'EPROTONOSUPPORT'
	container "$f" /bin/probe socket-try 1 1
	expect 0 'ok'
}

@test "a filter that the kernel would not take is one error, also in what would be done" {
	local f='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [range(4500) |
		{names: ["ioctl"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: ., op: "SCMP_CMP_EQ"}]}]}'
	container "$f" true
	expect fail 'too many instructions for a filter: [0-9]+, the kernel takes 4096 .*/linux/seccomp\]'
	run_hull run --dry-run -b "$B" "$ID"
	expect fail 'too many instructions for a filter: [0-9]+, the kernel takes 4096 .*/linux/seccomp\]'
	run_hull state "$ID"
	expect fail 'does not exist'
}

@test "a profile that does not let us begin the program is an error that says so" {
	local action
	for action in KILL_PROCESS KILL_THREAD TRAP ERRNO; do
		container ".linux.seccomp = {defaultAction: \"SCMP_ACT_$action\"}" true
		expect fail 'killed by signal .* linux.seccomp allow execve'
	done
}

@test "Docker's profile: what it allows works" {
	with_docker /bin/sh -c 'ls / >/dev/null && echo fine && /bin/probe socket-try 1 1'
	expect 0 '^fine
ok$'
}

@test "Docker's profile: what it denies is EPERM" {
	# keyctl, open_by_handle_at, kexec_load, unshare(CLONE_NEWUSER)
	for n in 250 304 246 272; do
		with_docker /bin/probe syscall-try $n 0x10000000
		expect 1 'EPERM'
		rm -rf "$B"
	done
}

@test "Docker's profile: a call that nobody knows yet is ENOSYS" {
	with_docker /bin/probe syscall-try 1000
	expect 1 'ENOSYS'
}

@test "Docker's profile: clone3 is ENOSYS, so that libraries use clone" {
	with_docker /bin/probe syscall-try 435
	expect 1 'ENOSYS'
}

@test "action: the process is killed" {
	container '.linux.namespaces |= map(select(.type != "pid")) | .linux.seccomp = {
		defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_KILL_PROCESS"}]}' \
		/bin/probe syscall-try $swapon
	expect 159
}

@test "action: SCMP_ACT_LOG lets the call through" {
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["getppid"], action: "SCMP_ACT_LOG"}]}' /bin/probe syscall-try $getppid
	expect 0 'ok'
}

@test "default action with an errno of its own" {
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [
		{names: ["swapon"], action: "SCMP_ACT_ERRNO", errnoRet: 1},
		{names: ["read", "write", "exit_group", "execve", "brk", "arch_prctl", "set_tid_address",
			 "set_robust_list", "rseq", "prlimit64", "readlinkat", "getrandom", "mprotect",
			 "newfstatat", "fstat", "readlink", "ioctl", "close"], action: "SCMP_ACT_ALLOW"}]}' \
		/bin/probe syscall-try $getppid
	expect 1 'ENOSYS'
}

@test "without noNewPrivileges it is loaded too" {
	probe "$deny"' | .process.noNewPrivileges = false'
	check '.status.Seccomp == "2"' '.status.NoNewPrivs == "0"'
}

@test "with noNewPrivileges the profile may deny what the set-up needs" {
	# Late: only what execve(2) itself needs remains.
	container '.process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000} | .linux.seccomp = {
		defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["capset", "setuid", "setresuid", "setgroups",
		"mount", "chdir", "fchdir", "setsid", "prctl", "capget", "umask"], action: "SCMP_ACT_KILL_PROCESS"}]}' \
		/bin/probe echo alive
	expect 0 '^alive$'
}

@test "an unknown name of a call is skipped" {
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["nosuchcall", "getppid"], action: "SCMP_ACT_ERRNO"}]}' \
		/bin/probe syscall-try $getppid
	expect 1 'EPERM'
}

@test "an unknown action is refused, with its place" {
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_BOGUS"}' /bin/probe true
	expect fail '/linux/seccomp/defaultAction|SCMP_ACT_BOGUS'
}

@test "listener: an agent gets the descriptor and the state, and answers" {
	"$PROGRAMS/agent" seccomp "$W/agent.sock" >agent.out 2>&1 3>&- &
	local server=$!
	eventually grep -q ready agent.out
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: ($ENV.W + "/agent.sock"),
		listenerMetadata: "some words",
		syscalls: [{names: ["getppid"], action: "SCMP_ACT_NOTIFY"}]} | .process.noNewPrivileges = true' \
		/bin/probe probe
	kill $server 2>/dev/null || true
	expect 0 '"ppid":4242'
	grep -q '^1 descriptor, .*"seccompFd".*' agent.out
	sed -n 's/^1 descriptor, [0-9]* bytes: //p' agent.out | jq -es --arg id "$ID" '.[0] |
		.metadata == "some words" and .pid > 1 and .fds == ["seccompFd"] and .state.id == $id'
	grep -q "^call $getppid$" agent.out
}

@test "listener: nobody there is an error that names the socket" {
	container '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/none/agent.sock",
		syscalls: [{names: ["getppid"], action: "SCMP_ACT_NOTIFY"}]}' /bin/probe true
	expect fail '/none/agent.sock'
}
