#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hull update where all controllers are: every value is read back from the kernel.
load helpers

here='.linux.cgroupsPath = env.PLACE | del(.linux.resources)'

# has FILE TEXT, has FILE TEXT, ...: what the files of the container's cgroup say
has() {
	local got
	while [ $# -gt 0 ]; do
		got=$(cgroup "$1")
		[ "$got" = "$2" ] || { echo "$1 is \"$got\", not \"$2\""; return 1; }
		shift 2
	done
}

# has_line FILE LINE: in a file with a line for each device
has_line() {
	cgroup "$1" | sed 's/ $//' | grep -qxF -- "$2" || { echo "$1:"; cgroup "$1"; return 1; }
}

# More memory than so many bytes.
uses() {
	[ "$(cgroup memory.current)" -gt "$1" ]
}

stored() {
	jq -c "$1" "$STATE/$ID/config.json"
}

# A disk of this machine.
disk() {
	cat /sys/block/nvme0n1/dev
}

unit() {
	manager show -P "$1" "$(place | sed 's|.*/||')"
}

@test "every option of a limit, in its file" {
	started "$here"
	local row
	for row in "--memory=64m memory.max 67108864" "--memory=-1 memory.max max" \
		"--memory-reservation=32m memory.low 33554432" "--cpu-share=2048 cpu.weight 174" \
		"--cpu-quota=50000 cpu.max 50000:100000" "--cpu-period=20000 cpu.max 50000:20000" \
		"--cpu-burst=1000 cpu.max.burst 1000" "--cpu-quota=-1 cpu.max max:20000" \
		"--cpu-idle=1 cpu.idle 1" "--cpu-idle=0 cpu.idle 0" "--cpuset-cpus=0-1 cpuset.cpus 0-1" \
		"--cpuset-cpus=1 cpuset.cpus 1" "--cpuset-mems=0 cpuset.mems 0" \
		"--pids-limit=100 pids.max 100" "--pids-limit=-1 pids.max max" "--pids-limit=0 pids.max 0"; do
		read -r option file value <<<"$row"
		update "$option"
		expect 0 '^$'
		has "$file" "${value/:/ }"
	done
	[ "$(cgroup cpu.weight)" = 174 ]	# again, after idleness
}

@test "several options at once, and the rest stays" {
	started "$here | .linux.resources = {memory: {limit: 100000000, reservation: 5000000},
		cpu: {shares: 512, cpus: \"0\"}, pids: {limit: 50}}"
	update --memory 64m --memory-swap 128m --cpu-quota 30000 --pids-limit 60
	expect 0 '^$'
	has memory.max 67108864 memory.low 4997120 cpu.max "30000 100000" pids.max 60 cpu.weight 59 \
		cpuset.cpus 0
	[ "$(stored '.linux.resources | del(.devices)')" = '{"memory":{"limit":67108864,"reservation":5000000,"swap":134217728},"cpu":{"shares":512,"quota":30000,"cpus":"0"},"pids":{"limit":60}}' ]
}

@test "memory and swap, raised and lowered" {
	started "$here | .linux.resources.memory = {limit: 67108864, swap: 134217728}"
	[ -e "/sys/fs/cgroup$(place)/memory.swap.max" ] || skip "this kernel does not count swap"
	has memory.max 67108864 memory.swap.max 67108864
	update --memory 100m
	expect 0
	has memory.max 104857600 memory.swap.max 29360128
	update --memory 200m
	expect fail '--memory-swap: is the sum of memory and swap, so it cannot be less than limit'
	has memory.max 104857600 memory.swap.max 29360128
	update --memory 200m --memory-swap 300m
	expect 0
	has memory.max 209715200 memory.swap.max 104857600
	update --memory-swap -1
	expect 0
	has memory.max 209715200 memory.swap.max max
	update --memory 32m --memory-swap 32m
	expect 0
	has memory.max 33554432 memory.swap.max 0
	update --memory -1
	expect 0
	has memory.max max memory.swap.max max
}

@test "quota and burst, raised and lowered" {
	started "$here | .linux.resources.cpu = {quota: 20000, period: 50000, burst: 10000}"
	has cpu.max "20000 50000" cpu.max.burst 10000
	update --cpu-quota 5000
	expect fail '--cpu-burst: cannot be more than quota'
	update --cpu-quota 5000 --cpu-burst 4000
	expect 0
	has cpu.max "5000 50000" cpu.max.burst 4000
	update --cpu-quota 40000 --cpu-burst 40000
	expect 0
	has cpu.max "40000 50000" cpu.max.burst 40000
	update --cpu-burst 0
	expect 0
	has cpu.max "40000 50000" cpu.max.burst 0
}

@test "limits of devices, one by one" {
	started "$here"
	local d
	d=$(disk)
	by '{"blockIO": {"throttleReadBpsDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 1000000}]}}'
	expect 0 '^$'
	has_line io.max "$d rbps=1000000 wbps=max riops=max wiops=max"
	by '{"blockIO": {"throttleWriteIOPSDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 50}]}}'
	expect 0 '^$'
	has_line io.max "$d rbps=1000000 wbps=max riops=max wiops=50"
	by '{"blockIO": {"throttleReadBpsDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 0}]}}'
	expect 0 '^$'
	has_line io.max "$d rbps=max wbps=max riops=max wiops=50"
	by '{"unified": {"io.max": "'"$d"' wiops=max"}}'
	expect 0 '^$'
	[ -z "$(cgroup io.max)" ]
}

@test "the weight of block I/O" {
	started "$here"
	[ -n "$(find "/sys/fs/cgroup$(place)" -name 'io*.weight')" ] || skip "this kernel has no weights"
	update --blkio-weight 500
	expect 0 '^$'
	if [ -e "/sys/fs/cgroup$(place)/io.bfq.weight" ]; then
		[[ $(cgroup io.bfq.weight) =~ ^(default )?500 ]]
	else
		has_line io.weight "default 4950"
	fi
}

@test "huge pages, also where nobody had handed on their controller" {
	[ "$USER" = root ] || skip "users have no hugetlb controller"
	started "$here"
	by '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	expect 0 '^$'
	has hugetlb.2MB.max 4194304 hugetlb.2MB.rsvd.max 4194304
}

# ---- as engines call it ----

@test "as dockerd calls it" {
	started "$here | .linux.resources = {cpu: {shares: 1024, cpus: \"0\"}, pids: {limit: 55}}"
	[ -e "/sys/fs/cgroup$(place)/memory.swap.max" ] || skip "this kernel does not count swap"
	run_hull update --resources=- "$ID" <<-'END'
	{"memory":{"limit":100663296,"reservation":0,"swap":209715200,"kernel":0},"cpu":{"shares":300,"quota":0,"period":0},"blockIO":{"weight":0}}
	END
	expect 0 '^$'
	has memory.max 100663296 memory.swap.max 109051904 cpu.weight 39 cpu.max "max 100000" \
		cpuset.cpus 0 pids.max 55
	run_hull update --resources - "$ID" <<-'END'
	{"memory":{"limit":0,"reservation":0,"kernel":0},"cpu":{"shares":0,"quota":70000,"period":100000},"pids":{"limit":77},"blockIO":{"weight":0}}
	END
	expect 0 '^$'
	has memory.max 100663296 memory.swap.max 109051904 cpu.weight 39 cpu.max "70000 100000" \
		cpuset.cpus 0 pids.max 77
}

@test "as containerd's CRI calls it, with all that it knows" {
	started "$here | .linux.resources = {devices: [{allow: false, access: \"rwm\"}],
		memory: {limit: 200000000}, cpu: {shares: 2, quota: 10000, period: 100000}}"
	by '{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":134217728,"swap":134217728},"cpu":{"shares":512,"quota":20000,"period":100000,"cpus":"0-1","mems":"0"},"hugepageLimits":[],"unified":{"memory.oom.group":"1","memory.high":"120000000"}}'
	expect 0 '^$'
	has memory.max 134217728 cpu.weight 59 cpu.max "20000 100000" cpuset.cpus 0-1 cpuset.mems 0 \
		memory.oom.group 1 memory.high 119996416
}

@test "as Podman and CRI-O call it" {
	started "$here"
	echo '{"memory":{"limit":134217728},"cpu":{"shares":1024},"pids":{"limit":88}}' >r.json
	update "--resources=r.json"
	expect 0 '^$'
	has memory.max 134217728 cpu.weight 100 pids.max 88
	by '{"cpu":{"quota":25000,"period":50000,"shares":204},"memory":{"limit":268435456}}'
	expect 0 '^$'
	has memory.max 268435456 cpu.weight 29 cpu.max "25000 50000" pids.max 88
}

@test "what is in use already is not taken away, if that is asked for" {
	started "$here" /bin/sh -c 'dd if=/dev/zero of=/dev/shm/x bs=1M count=16 2>/dev/null; exec /bin/probe pause'
	eventually uses 16777216
	local pids
	pids=$(cgroup pids.max)
	by '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}, "pids": {"limit": 9}}'
	expect fail 'rejecting memory limit 4194304: below current usage \([0-9]+\)' \
		'standard input:1:22 /memory/limit'
	has memory.max max pids.max "$pids"
	state_is running
}

# ---- all or nothing ----

@test "a value that the kernel refuses: all the others come back" {
	started "$here | .linux.resources = {memory: {limit: 104857600, reservation: 1048576, swap: 209715200},
		cpu: {shares: 512, quota: 20000, period: 50000, burst: 1000, cpus: \"0-1\"}, pids: {limit: 50}}"
	local d file before
	d=$(disk)
	before=$(for file in memory.max memory.low memory.swap.max cpu.weight cpu.max cpu.max.burst \
		cpu.idle cpuset.cpus pids.max io.max; do echo "$file $(cgroup $file 2>/dev/null)"; done)
	cp "$STATE/$ID/config.json" config.json
	by '{"memory": {"limit": 67108864, "reservation": 2097152, "swap": 80000000},
		"cpu": {"shares": 1024, "quota": 10000, "period": 40000, "burst": 500, "cpus": "0"},
		"pids": {"limit": 60}, "unified": {"memory.nonsense": "1"},
		"blockIO": {"throttleReadBpsDevice": [{"major": '"${d%:*}"', "minor": '"${d#*:}"', "rate": 1000000}]}}'
	expect fail 'set memory.nonsense to 1'
	expect_no 'put back'
	for file in memory.max memory.low memory.swap.max cpu.weight cpu.max cpu.max.burst \
		cpu.idle cpuset.cpus pids.max io.max; do echo "$file $(cgroup $file 2>/dev/null)"; done >after
	diff <(echo "$before") after
	cmp config.json "$STATE/$ID/config.json"
	update --memory 64m --memory-swap 64m --cpuset-mems 63
	expect fail '--cpuset-mems: set cpuset.mems to 63'
	expect_no 'put back'
	has memory.max 104857600 cpuset.mems ''
	if [ "$DRIVER" = systemd ]; then
		[ "$(unit MemoryMax)" = 104857600 ]
		[ "$(unit TasksMax)" = 50 ]
		[ "$(unit MemoryLow)" = 1048576 ]
	fi
}

@test "processes and limits together, or neither" {
	started "$here | .linux.resources.pids.limit = 50" /bin/probe fork 3
	update --pids-limit 60 --oom-score-adj 400 --rlimit nofile=50:1024 --rlimit nproc=99999999999:5
	expect fail '--rlimit: .* above the hard limit'
	update --pids-limit 60 --oom-score-adj 400 --cpu-affinity 8191
	expect fail '--cpu-affinity: CPU affinity of process [0-9]+: .*\(EINVAL\)'
	has pids.max 50
	update --pids-limit 60 --oom-score-adj 400 --rlimit nofile=50:1024 --cpu-affinity 1
	expect 0 '^$'
	has pids.max 60
	local pid
	for pid in $(hull ps -f json "$ID" | jq -r '.[]'); do
		[ "$(cat "/proc/$pid/oom_score_adj")" = 400 ]
		grep -qE '^Max open files +50 +1024 ' "/proc/$pid/limits"
		grep -qP '^Cpus_allowed_list:\t1$' "/proc/$pid/status"
	done
}

@test "an affinity within a cpuset that gets wider again" {
	started "$here"
	update --cpuset-cpus 0
	expect 0
	update --cpu-affinity 1
	expect fail 'none of these processors is in its cpuset'
	update --cpu-affinity all
	expect 0
	update --cpuset-cpus 0-1
	expect 0
	grep -qP '^Cpus_allowed_list:\t0-1$' "/proc/$(pid_of)/status"
}

@test "hard limits can be raised by root" {
	[ "$USER" = root ] || skip "an ordinary user may not"
	started "$here"' | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}]'
	update --rlimit nofile=70:80 --oom-score-adj -500
	expect 0 '^$'
	grep -qE '^Max open files +70 +80 ' "/proc/$(pid_of)/limits"
	[ "$(cat "/proc/$(pid_of)/oom_score_adj")" = -500 ]
}

@test "what users may not is said" {
	[ "$USER" != root ] || skip "root may"
	started "$here"' | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}]'
	update --device-allow 'c 1:3'
	expect fail '--device-allow: only root can change which devices'
	update --rlimit nofile=70:80
	expect fail '--rlimit: .*\(EPERM\)' CAP_SYS_RESOURCE
	by '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	expect fail 'controller hugetlb is not (available|handed on)' '[Dd]elegat'
}

# ---- systemd ----

@test "systemd knows the values, and does not write others" {
	[ "$DRIVER" = systemd ] || skip "not by systemd"
	started "$here"
	update --memory 64m --pids-limit 60 --cpu-share 2048 --cpu-quota 50000 --cpuset-cpus 0
	expect 0 '^$'
	[ "$(unit MemoryMax)" = 67108864 ]
	[ "$(unit TasksMax)" = 60 ]
	[ "$(unit CPUWeight)" = 174 ]
	[ "$(unit CPUQuotaPerSecUSec)" = 500ms ]
	manager daemon-reload
	has memory.max 67108864 pids.max 60 cpu.weight 174 cpu.max "50000 100000" cpuset.cpus 0
}

@test "devices that a unit of systemd denies" {
	[ "$USER-$DRIVER" = root-systemd ] || skip "not by root's systemd"
	started "$here"' | .linux.resources.devices = [{allow: false, access: "rwm"}] |
		.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}]'
	run_hull exec "$ID" /bin/probe open-try /dev/x
	[[ $output == EPERM* ]]
	update --device-allow 'c 240:7'
	expect 0 '^$'
	run_hull exec "$ID" /bin/probe open-try /dev/x
	[[ $output == ENXIO* ]]
	manager daemon-reload
	run_hull exec "$ID" /bin/probe open-try /dev/x
	[[ $output == ENXIO* ]]
	update --device-deny 'c 240:7' --cpu-affinity 8191
	expect fail EINVAL
	run_hull exec "$ID" /bin/probe open-try /dev/x
	[[ $output == ENXIO* ]]
	update --device-deny 'c 240:7'
	expect 0
	run_hull exec "$ID" /bin/probe open-try /dev/x
	[[ $output == EPERM* ]]
}
