#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.resources: what is set stands in the kernel's files, and is seen to work.
load helpers

# read_back RESOURCES FILE VALUE [FILE VALUE...]: of a container that is only created
read_back() {
	local resources=$1 got
	shift
	created ".linux.cgroupsPath = \$ENV.PLACE | .linux.resources += $resources"
	while [ $# -gt 0 ]; do
		got=$(cgroup "$1")
		[ "$got" = "$2" ] || { echo "$resources: $1 is '$got', not '$2'"; return 1; }
		shift 2
	done
	hull delete --force "$ID"
	rm -rf "$B"
}

# number FILE KEY: of a file with a number for each key
number() {
	cgroup "$1" | sed -n "s/^$2 //p"
}

at_least() {
	[ "$(number "$1" "$2")" -ge "$3" ]
}

# Parts of a thousand of one processor that each container uses in the next three seconds.
used() {
	local id before=() start i=0
	start=$(date +%s%N)
	for id; do
		before+=("$(as "$id" number cpu.stat usage_usec)")
	done
	sleep 3
	USED=()
	for id; do
		USED+=($((($(as "$id" number cpu.stat usage_usec) - before[i++]) * 1000000 / ($(date +%s%N) - start))))
	done
	echo "used: ${USED[*]}"
}

# spin ID RESOURCES: a container that never rests
spin() {
	as "$1" limited "$2" /bin/sh -c 'while :; do :; done'
}

# ---- memory ----

@test "memory: every property in its file" {
	read_back '{memory: {limit: 67108864, reservation: 33554432, swap: 100663296}}' \
		memory.max 67108864 memory.low 33554432 memory.swap.max 33554432
	read_back '{memory: {limit: 67108864, swap: 67108864}}' memory.swap.max 0
	read_back '{memory: {limit: 67108864, swap: -1}}' memory.max 67108864 memory.swap.max max
	read_back '{memory: {limit: -1, swap: -1}}' memory.max max memory.swap.max max
	read_back '{unified: {"memory.high": "50331648", "memory.oom.group": "1"}}' \
		memory.high 50331648 memory.oom.group 1
}

@test "memory.limit: who takes more is killed, and it is said that it was so" {
	container '.linux.cgroupsPath = $ENV.PLACE |
		.linux.resources.memory = {limit: 33554432, swap: 33554432}' /bin/probe hog 64
	expect 137 "out of memory: the kernel killed 1 of the container's processes"
	limited '{memory: {limit: 33554432, swap: 33554432}}' \
		/bin/sh -c '/bin/probe hog 64; echo "status $?"; exec /bin/probe pause'
	eventually grep -q 'status 137' out
	at_least memory.events oom_kill 1
}

# systemd removes the cgroup, and with it the kernel's count, when its last process has ended.
@test "memory.limit: of one that is kept it is remembered, and not of one that was just killed" {
	bundle "$ID" '.linux.cgroupsPath = $ENV.PLACE | .process.args = ["/bin/probe", "hog", "64"] |
		.linux.resources.memory = {limit: 33554432, swap: 33554432}'
	for _ in 1 2 3 4 5; do
		run_hull run --keep -b "$B" "$ID"
		expect 137
		[ "$(hull state "$ID" | jq -c '[.status, .exitStatus, .exitSignal, .oomKilled // false]')" = '["stopped",137,9,true]' ]
		[ "$(hull wait "$ID")" = 137 ]
		hull delete "$ID"
	done
	reconfigure '.process.args = ["/bin/probe", "hog", "16"]'
	hull run --keep -b "$B" "$ID" >out 2>&1 3>&- &
	eventually grep -q ready out
	hull kill "$ID" KILL
	wait $! || [ $? = 137 ]
	[ "$(hull state "$ID" | jq -c '[.status, .exitStatus, .exitSignal, .oomKilled // false]')" = '["stopped",137,9,false]' ]
	hull delete "$ID"
}

@test "memory.swap: what does not fit goes there, and no more than that" {
	limited '{memory: {limit: 33554432, swap: 134217728}}' /bin/probe hog 64
	eventually grep -q ready out
	[ "$(cgroup memory.swap.current)" -gt $((20 << 20)) ]
	[ "$(cgroup memory.current)" -le $((32 << 20)) ]
	at_least memory.events oom_kill 0
	hull delete --force "$ID"
	rm -rf "$B"
	container '.linux.cgroupsPath = $ENV.PLACE |
		.linux.resources.memory = {limit: 33554432, swap: 50331648}' /bin/probe hog 64
	expect 137
}

@test "memory.high: who takes more is slowed down, not killed" {
	limited '{memory: {limit: 134217728}, unified: {"memory.high": "33554432"}}' /bin/probe hog 64
	eventually at_least memory.events high 1
	at_least memory.events oom_kill 0
	state_is running
}

# The parent of both, with 96 MiB: one holds 48, the other wants 80.
@test "memory.reservation: is left alone while others give" {
	local parent=hulleffects$$ other=other$BATS_TEST_NUMBER first=$ID
	if [ "$DRIVER" = systemd ]; then
		PLACE=$parent.slice:hull:$ID
	else
		PLACE=$CGROUP/$parent/$ID
	fi
	limited '{memory: {reservation: 58720256}}' /bin/probe hog 48
	eventually grep -q ready out
	if [ "$DRIVER" = systemd ]; then
		manager set-property --runtime "$parent.slice" MemoryMax=96M
	else
		echo 96M >"/sys/fs/cgroup$CGROUP/$parent/memory.max"
	fi
	as "$other" limited '{}' /bin/probe hog 80
	eventually grep -q ready out
	echo "swapped: $(cgroup memory.swap.current), of the other: $(as "$other" cgroup memory.swap.current)"
	[ "$(cgroup memory.swap.current)" -lt $((4 << 20)) ]
	[ "$(as "$other" cgroup memory.swap.current)" -gt $((16 << 20)) ]
	hull delete --force "$other"
	hull delete --force "$first"
	if [ "$DRIVER" = systemd ]; then
		manager revert "$parent.slice"
		manager stop "$parent.slice"	# one with settings stays without units
	fi
}

# ---- pids ----

@test "pids: every property in its file" {
	read_back '{pids: {limit: 77}}' pids.max 77
	read_back '{pids: {limit: -1}}' pids.max max
}

@test "pids.limit: a fork bomb stops there" {
	limited '{pids: {limit: 20}}' \
		/bin/sh -c '(while :; do /bin/probe pause & done) 2>/said; exec /bin/probe pause'
	eventually at_least pids.events max 1
	eventually grep -q "can't fork" "$B/rootfs/said"
	[ "$(cgroup pids.current)" -le 20 ]
}

# ---- cpu ----

@test "cpu: every property in its file" {
	read_back '{cpu: {shares: 1024}}' cpu.weight 100
	read_back '{cpu: {shares: 2}}' cpu.weight 1
	read_back '{cpu: {shares: 262144}}' cpu.weight 10000
	read_back '{cpu: {quota: 50000}}' cpu.max '50000 100000'
	read_back '{cpu: {quota: 50000, period: 200000, burst: 20000}}' cpu.max '50000 200000' cpu.max.burst 20000
	read_back '{cpu: {quota: -1, period: 50000}}' cpu.max 'max 50000'
	read_back '{cpu: {idle: 1}}' cpu.idle 1
}

@test "cpu.quota: a busy loop gets its part" {
	spin "$ID" '{cpu: {quota: 20000, period: 100000}}'
	used "$ID"
	[ "${USED[0]}" -gt 50 ]
	[ "${USED[0]}" -lt 260 ]
	at_least cpu.stat nr_throttled 5
}

@test "cpu.burst: what was saved may be spent" {
	limited '{cpu: {quota: 20000, period: 100000, burst: 20000}}' \
		/bin/sh -c 'while :; do usleep 400000; i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done; done'
	eventually at_least cpu.stat nr_bursts 2
	at_least cpu.stat burst_usec 1
}

@test "cpu.shares: two that compete share as their weights" {
	local other=other$BATS_TEST_NUMBER few many
	spin "$ID" '{cpu: {shares: 512, cpus: "1"}}'
	spin "$other" '{cpu: {shares: 2048, cpus: "1"}}'
	few=$(cgroup cpu.weight)
	many=$(as "$other" cgroup cpu.weight)
	[ "$many" -gt $((few * 2)) ]
	used "$ID" "$other"
	# The one's part by the other's is what their weights are, within a third.
	[ $((USED[1] * few * 3)) -gt $((USED[0] * many * 2)) ]
	[ $((USED[1] * few * 2)) -lt $((USED[0] * many * 3)) ]
}

@test "cpu.idle: it gets what is left" {
	local other=other$BATS_TEST_NUMBER
	spin "$ID" '{cpu: {idle: 1, cpus: "1"}}'
	spin "$other" '{cpu: {cpus: "1"}}'
	used "$ID" "$other"
	[ $((USED[0] * 10)) -lt "${USED[1]}" ]
}

@test "cpu.cpus, cpu.mems: it runs nowhere else" {
	limited '{cpu: {cpus: "1", mems: "0"}}' /bin/sh -c 'grep allowed_list /proc/self/status; exec /bin/probe pause'
	[ "$(cgroup cpuset.cpus)" = 1 ]
	[ "$(cgroup cpuset.cpus.effective)" = 1 ]
	[ "$(cgroup cpuset.mems)" = 0 ]
	eventually grep -q Mems_allowed_list:.0 out
	grep -q Cpus_allowed_list:.1$ out
}

# ---- block devices ----

# The disk that the containers' roots are on.
disk() {
	mountpoint -d /
}

io_limit() {
	local at
	at=$(disk)
	echo "{blockIO: {$1: [{major: ${at%:*}, minor: ${at#*:}, rate: $2}]}}"
}

@test "blockIO: every property in its file" {
	local at all=()
	at=$(disk)
	read_back "$(io_limit throttleReadBpsDevice 1048576)" io.max "$at rbps=1048576 wbps=max riops=max wiops=max"
	read_back "$(io_limit throttleWriteBpsDevice 1048576)" io.max "$at rbps=max wbps=1048576 riops=max wiops=max"
	read_back "$(io_limit throttleReadIOPSDevice 100)" io.max "$at rbps=max wbps=max riops=100 wiops=max"
	read_back "$(io_limit throttleWriteIOPSDevice 100)" io.max "$at rbps=max wbps=max riops=max wiops=100"
	read_back "$(io_limit throttleReadBpsDevice 1048576 | sed 's/}]}}$/}], throttleWriteIOPSDevice: [{major: '"${at%:*}, minor: ${at#*:}"', rate: 100}]}}/')" \
		io.max "$at rbps=1048576 wbps=max riops=max wiops=100"
}

# direct COUNT RESOURCES: milliseconds that writes of 256 KiB take
direct() {
	local start
	limited "$2" /bin/sh -c "dd if=/dev/zero of=/file bs=262144 count=$1 oflag=direct 2>&1; exec /bin/probe pause"
	start=$(date +%s%N)
	eventually grep -q "$1+0 records out" out
	MS=$((($(date +%s%N) - start) / 1000000))
	hull delete --force "$ID"
	rm -rf "$B"
}

@test "blockIO: writes are slowed down to so many bytes, or so many of them, a second" {
	direct 16 '{}'
	echo "without a limit: $MS ms"
	[ "$MS" -lt 3000 ] || skip "this disk needs $MS ms for 4 MiB"
	direct 16 "$(io_limit throttleWriteBpsDevice 1048576)"
	echo "1 MiB/s: $MS ms"
	[ "$MS" -gt 3000 ]
	direct 16 "$(io_limit throttleWriteIOPSDevice 4)"
	echo "4/s: $MS ms"
	[ "$MS" -gt 3000 ]
}

@test "blockIO.weight: the file of the scheduler that has one" {
	[ "$USER" != root ] || modprobe bfq
	if [ -e "/sys/fs/cgroup${CGROUP:-/system.slice}/io.bfq.weight" ]; then
		read_back '{blockIO: {weight: 500}}' io.bfq.weight 'default 500'
	else
		read_back '{blockIO: {weight: 500}}' io.weight 'default 4949'
	fi
}

# writer ID RESOURCES: a container that writes without end, past the page cache
writer() {
	as "$1" limited "$2" /bin/sh -c 'while :; do dd if=/dev/zero of=/file bs=65536 count=256 oflag=direct 2>/dev/null; done'
}

written() {
	as "$1" cgroup io.stat | sed -n "s/^$(disk) .*wbytes=\([0-9]*\).*/\1/p"
}

@test "blockIO.weight: two that write to one disk share it as their weights" {
	local other=other$BATS_TEST_NUMBER scheduler=/sys/block/nvme0n1/queue/scheduler was few many
	[ "$USER" = root ] || skip "a disk's scheduler is root's to choose"
	modprobe bfq
	was=$(sed 's/.*\[\(.*\)\].*/\1/' $scheduler)
	echo bfq >$scheduler
	writer "$ID" '{blockIO: {weight: 50}}'
	writer "$other" '{blockIO: {weight: 1000}}'
	eventually eval '[ "$(written "$ID")" -gt 0 ] && [ "$(written "$other")" -gt 0 ]'
	few=$(written "$ID") many=$(written "$other")
	sleep 5
	few=$(($(written "$ID") - few)) many=$(($(written "$other") - many))
	hull delete --force "$ID"
	hull delete --force "$other"
	echo "$was" >$scheduler
	echo "weight 50: $few bytes, weight 1000: $many bytes"
	[ $((few * 2)) -lt "$many" ]
}

# ---- huge pages, rdma ----

@test "hugepageLimits: no more than that, by reservation or by use" {
	local limit='{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	if [ "$USER" != root ]; then
		# systemd hands it on to nobody (systemd.resource-control(5), Delegate=).
		container ".linux.cgroupsPath = \$ENV.PLACE | .linux.resources += $limit" /bin/probe true
		expect fail hugetlb /linux/resources/hugepageLimits/0
		return
	fi
	read_back "$limit" hugetlb.2MB.max 4194304 hugetlb.2MB.rsvd.max 4194304
	container ".linux.cgroupsPath = \$ENV.PLACE | .linux.resources += $limit" \
		/bin/sh -c '/bin/probe hugepages 2; /bin/probe hugepages 3; /bin/probe hugepages 3 unreserved; echo $?'
	expect 0 '^took 1.took 2.ENOMEM.took 1.took 2.*135$'
}

@test "rdma: a device that this kernel does not have is an error that says so" {
	[ -z "$(ls /sys/class/infiniband 2>/dev/null)" ] || skip "there is a device, which tests/integration limits"
	container '.linux.cgroupsPath = $ENV.PLACE | .linux.resources.rdma = {mlx5_1: {hcaHandles: 3}}' /bin/probe true
	expect fail rdma '/linux/resources/rdma/mlx5_1'
}

# ---- the freezer ----

@test "a paused program does not run, a resumed one goes on" {
	local was
	limited '{}' /bin/sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/count; usleep 20000; done'
	eventually test -s "$B/rootfs/count"
	hull pause "$ID"
	[ "$(number cgroup.events frozen)" = 1 ]
	was=$(<"$B/rootfs/count")
	sleep 1
	[ "$(<"$B/rootfs/count")" = "$was" ]
	hull resume "$ID"
	[ "$(number cgroup.events frozen)" = 0 ]
	eventually sh -c "[ \"\$(cat $B/rootfs/count)\" -gt $((was + 3)) ]"
}
