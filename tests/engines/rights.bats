#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the program in a container may do.
load helpers

# ---- users ----

@test "--user: numbers" {
	probe --user 1000:1001
	check '.uid == [1000, 1000, 1000]' '.gid == [1001, 1001, 1001]' '.status.CapEff == "0000000000000000"'
}

@test "--user: a name, its group, its home" {
	probe --user user
	check '.uid == [1000, 1000, 1000]' '.gid == [1000, 1000, 1000]' '.environ | index("HOME=/home/user") != null'
}

@test "--group-add" {
	probe --group-add 77 --group-add 78
	check '.groups | index(77) != null' '.groups | index(78) != null'
}

# ---- capabilities ----

@test "the engine's own list of capabilities, no more" {
	probe
	case $ENGINE in
	docker)	check '.status.CapEff == "00000000a80425fb"' '.status.CapBnd == "00000000a80425fb"' ;;
	podman)	check '.status.CapEff == "00000000800405fb"' '.status.CapBnd == "00000000800405fb"' ;;
	esac
	check '.status.CapAmb == "0000000000000000"'
}

@test "--cap-drop ALL, --cap-add one" {
	probe --cap-drop ALL
	check '.status.CapEff == "0000000000000000"' '.status.CapBnd == "0000000000000000"'
	probe --cap-drop ALL --cap-add NET_ADMIN
	check '.status.CapEff == "0000000000001000"' '.status.CapPrm == "0000000000001000"'
}

@test "what a capability allows, and what its absence forbids" {
	box -- ip link set lo down
	expect fail 'Operation not permitted|not permitted'
	box --cap-add NET_ADMIN -- ip link set lo down
	expect 0
}

@test "--cap-add of a capability that does not exist" {
	box --cap-add NO_SUCH -- true
	expect 125
}

@test "--privileged: all capabilities of this machine, no filter, nothing masked" {
	probe --privileged
	# Docker 20.10 does not know the newest three; nobody gets what the machine does not have.
	check '.status.Seccomp == "0"' '.status.CapEff == .status.CapBnd' '.status.CapBnd >= "0000003ffeffffff"'
	box --privileged -- sh -c 'test -w /proc/sys/kernel/hostname && ls /dev /sys/firmware'
	expect 0 'null' 'kmsg'
}

# ---- no_new_privs, seccomp ----

@test "--security-opt no-new-privileges" {
	probe --security-opt no-new-privileges
	check '.status.NoNewPrivs == "1"'
	probe
	check '.status.NoNewPrivs == "0"'
}

@test "seccomp: the engine's profile is in force" {
	probe
	check '.status.Seccomp == "2"'
	box -- /bin/probe mount-try none /tmp tmpfs
	expect 1 '^EPERM'
	# open_by_handle_at and kexec_load: for none but the host
	for call in 304 246; do
		box -- /bin/probe syscall-try "$call" 0
		expect 1 '^(EPERM|ENOSYS)'
	done
}

@test "seccomp: unconfined" {
	probe --security-opt seccomp=unconfined
	check '.status.Seccomp == "0"'
}

@test "seccomp: a profile from a file" {
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38}]}' >profile.json
	box --security-opt "seccomp=$W/profile.json" -- mkdir /tmp/new
	expect 1 'Function not implemented'
	box --security-opt "seccomp=$W/profile.json" -- touch /tmp/new
	expect 0
}

@test "seccomp: rules by argument" {
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["socket"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 2, op: "SCMP_CMP_EQ"}]}]}' >profile.json
	box --security-opt "seccomp=$W/profile.json" -- /bin/probe socket-try 2 1
	expect 1 '^EPERM'
	box --security-opt "seccomp=$W/profile.json" -- /bin/probe socket-try 1 1
	expect 0 '^ok'
}

@test "seccomp: a profile that kills" {
	jq -n '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}' >profile.json
	box --security-opt "seccomp=$W/profile.json" -- mkdir /tmp/new
	expect 159
}

# ---- files that are not for the container ----

@test "/proc/sys and /sys are read-only, /proc/kcore and the like are masked" {
	box -- sh -c 'echo x >/proc/sys/kernel/hostname'
	expect fail 'Read-only'
	box -- sh -c 'mkdir /sys/fs/new'
	expect fail 'Read-only|not permitted'
	box -- sh -c 'wc -c </proc/keys; wc -c </proc/timer_list; ls /proc/acpi /sys/firmware | grep -v :'
	expect_no '[1-9]'
}

@test "masks taken off" {
	case $ENGINE in
	docker)	off=systempaths=unconfined ;;
	podman)	off=unmask=ALL ;;
	esac
	box --security-opt "$off" -- sh -c 'cat /proc/keys; ls /sys/firmware'
	expect 0 '[a-z]'
}

@test "--read-only" {
	box --read-only -- touch /new
	expect fail 'Read-only'
	box --read-only -- sh -c 'touch /dev/shm/new && echo ok >/dev/null'
	expect 0
}

@test "--read-only --tmpfs" {
	box --read-only --tmpfs /tmp -- sh -c 'touch /tmp/new && ! touch /etc/new'
	expect 0
}

# ---- devices ----

@test "the usual devices, and no others" {
	box -- sh -c 'for d in null zero full random urandom tty; do test -c /dev/$d || echo "no $d"; done; ls /dev'
	expect 0 'ptmx' 'shm' 'mqueue'
	expect_no 'no ' kmsg fuse vda
	box -- sh -c 'exec 2>&1; echo x >/dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; echo x >/dev/full'
	expect 1 $'^4\n4\n' 'No space left'
}

@test "devices that are not allowed cannot be opened, whoever makes their node" {
	box -- sh -c 'mknod /tmp/fuse c 10 229; cat /tmp/fuse'
	expect fail 'Operation not permitted'
}

@test "--device" {
	fuse_wanted
	box --device /dev/fuse -- /bin/probe open-try /dev/fuse
	expect 0 '^ok'
	box --device /dev/fuse:/dev/other -- /bin/probe open-try /dev/other
	expect 0 '^ok'
}

@test "--device: only for reading" {
	by_root "cannot have devices filtered"
	fuse_wanted
	box --device /dev/fuse:/dev/fuse:r -- sh -c ': </dev/fuse && echo read; : >/dev/fuse'
	expect fail 'read' 'Operation not permitted'
}

@test "--device-cgroup-rule" {
	by_root "makes no device nodes"
	fuse_wanted
	box --cap-add MKNOD --device-cgroup-rule 'c 10:229 rwm' -- sh -c 'mknod /tmp/f c 10 229 && : </tmp/f && echo ok'
	expect 0 '^ok$'
}

@test "--device of one that does not exist" {
	box --device /dev/nosuch -- true
	expect fail nosuch
}

# ---- limits, kernel settings ----

@test "--ulimit" {
	# Podman sets nproc unasked, to a value that not every machine may give.
	probe --ulimit nofile=100:200 --ulimit core=0 --ulimit nproc=3000:4000
	check '.rlimits.nofile == [100, 200]' '.rlimits.core == [0, 0]'
}

@test "--ulimit: above what this machine may give is an error, not a silence" {
	box --ulimit nofile=9999999999:9999999999 -- true
	expect fail
}

@test "--sysctl" {
	box --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=4097 -- \
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
	expect 0 $'^1\n4097$'
}

@test "--sysctl: one that has no namespace is refused" {
	box --sysctl kernel.pid_max=4000 -- true
	expect fail
	box --network host --sysctl net.ipv4.ip_forward=1 -- true
	expect fail
}

@test "--oom-score-adj" {
	probe --oom-score-adj 500
	check '.oom_score_adj == ["500"]'
}

@test "umask is 0022" {
	umask 077
	box -- /bin/sh -c 'umask;'
	expect 0 '^0022$'
}

@test "only standard streams are open" {
	box -- /bin/probe fds
	expect 0
	expect_no '^([3-9]|[1-9][0-9])'
}

@test "nothing of the engine is in the environment" {
	probe -e A=1
	check '.environ | all(test("^(PATH|HOSTNAME|HOME|TERM|A|container)="))' '.environ | index("A=1") != null'
}

@test "--env-file, --workdir" {
	printf 'A=one two\nB=\n' >words
	box --env-file words --workdir /home/user -- sh -c 'echo "$A,$B,$(pwd)"'
	expect 0 '^one two,,/home/user$'
}
