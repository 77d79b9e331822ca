#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# variants: root-cgroupfs user-cgroupfs
#
# Every row of linux.resources, as the kernel has it afterwards; and places that
# only a host with all controllers has.
load helpers

cg=/sys/fs/cgroup

# The configuration that the tests change: a place, unless the test has said another.
plain() {
	B=$W/b
	[ -d "$B" ] || bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' \
		--arg path "${CGROUP:-}/plain"
	cp -n "$B/config.json" plain.json
}

# has RESOURCES FILE=TEXT...: the files of a container that was created with them
has() {
	local resources=$1 want
	shift
	plain
	# To jq before 1.7 the largest number of 64 bits is this one.
	jq ".linux.resources = $resources" <plain.json |
		sed 's/18446744073709552000/18446744073709551615/' >"$B/config.json"
	run_hull create -b "$B" "$ID"
	expect 0 || { echo "resources: $resources"; return 1; }
	for want; do
		[ "$(cgroup "${want%%=*}")" = "${want#*=}" ] || {
			echo "$resources: ${want%%=*} is: $(cgroup "${want%%=*}")"
			return 1
		}
	done
	hull delete --force "$ID"
}

# refused RESOURCES PATTERN...: create fails, and leaves nothing
refused() {
	local resources=$1
	shift
	plain
	jq ".linux.resources = $resources" <plain.json >"$B/config.json"
	run_hull create -b "$B" "$ID"
	expect fail "$@" || { echo "resources: $resources"; return 1; }
	[ ! -e "$STATE/$ID" ]
}

as_root() {
	[ "$USER" = root ] || skip "root alone has $1 here"
}

# The numbers of the disk.
disk() {
	cat /sys/block/nvme0n1/dev
}

device() {
	disk | sed 's/\(.*\):\(.*\)/major: \1, minor: \2/'
}

@test "memory: limit, reservation, swap as the sum" {
	has '{memory: {limit: 67108864, reservation: 33554432}}' memory.max=67108864 memory.low=33554432 memory.swap.max=max
	has '{memory: {limit: 67108864, swap: 134217728}}' memory.max=67108864 memory.swap.max=67108864
	has '{memory: {limit: 67108864, swap: 67108864}}' memory.max=67108864 memory.swap.max=0
	has '{memory: {limit: 67108864, swap: -1}}' memory.max=67108864 memory.swap.max=max
	has '{memory: {limit: -1}}' memory.max=max memory.swap.max=max
	has '{memory: {limit: -1, swap: 1048576}}' memory.max=max memory.swap.max=1048576
	has '{memory: {limit: 0, reservation: 0, swap: 0}}' memory.max=max memory.low=0 memory.swap.max=max
	has '{memory: {limit: 67108864, reservation: -1}}' memory.low=max
	has '{memory: {limit: 67108864, kernel: -1, kernelTCP: 0, disableOOMKiller: false, useHierarchy: true}}' memory.max=67108864
	has '{memory: {limit: 67108864, swap: 67108864}, unified: {"memory.swap.max": "1048576"}}' memory.swap.max=1048576
}

@test "memory: what is used already is checked when that was asked for" {
	local here=${CGROUP:-}/used
	mkdir "$cg$here"
	sh -c 'echo 0 >"$0/cgroup.procs" && head -c 20000000 /dev/zero >/dev/shm/used' "$cg$here"
	[ "$(cat "$cg$here/memory.current")" -gt 10000000 ]
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' --arg path "$here"
	refused '{memory: {limit: 4194304, checkBeforeUpdate: true}}' /linux/resources/memory/limit 'below current usage'
	rm /dev/shm/used
	rmdir "$cg$here"
}

@test "cpu: weights, bandwidth, burst, idle" {
	has '{cpu: {shares: 2}}' cpu.weight=1
	has '{cpu: {shares: 1024}}' cpu.weight=100
	has '{cpu: {shares: 512}}' cpu.weight=59
	has '{cpu: {shares: 262144}}' cpu.weight=10000
	has '{cpu: {quota: 50000, period: 200000}}' 'cpu.max=50000 200000'
	has '{cpu: {quota: 50000}}' 'cpu.max=50000 100000'
	has '{cpu: {period: 200000}}' 'cpu.max=max 200000'
	has '{cpu: {quota: -1, period: 50000}}' 'cpu.max=max 50000'
	has '{cpu: {quota: 1000, period: 10000}}' 'cpu.max=1000 10000'
	has '{cpu: {quota: 50000, burst: 50000}}' 'cpu.max=50000 100000' cpu.max.burst=50000
	has '{cpu: {idle: 1, shares: 512}}' cpu.idle=1
	has '{cpu: {idle: 0, shares: 512}}' cpu.idle=0 cpu.weight=59
}

@test "cpu: the bounds are the kernel's own" {
	local here=${CGROUP:-}/bounds value
	mkdir "$cg$here"
	for value in '999 100000' '1000 999' '1000 1000001'; do
		! echo "$value" >"$cg$here/cpu.max" || { echo "$value"; false; }
	done
	echo '1000 1000' >"$cg$here/cpu.max"
	! echo 4194305 >"$cg$here/pids.max" || false
	echo 4194304 >"$cg$here/pids.max"
	rmdir "$cg$here"
}

@test "cpu: who has next to nothing of it is gone as quickly" {
	local start=$EPOCHSECONDS
	started '.linux.resources.cpu.quota = 100000' /bin/sh -c 'while :; do :; done'
	echo '1000 1000000' >"$cg$(place)/cpu.max"
	run_hull delete --force "$ID"
	expect 0 '^$'
	[ $((EPOCHSECONDS - start)) -lt 60 ]
}

@test "cpu: quota and burst in a cgroup that has both, either way" {
	local here=${CGROUP:-}/again
	mkdir "$cg$here"
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' --arg path "$here"
	echo '50000 100000' >"$cg$here/cpu.max"
	echo 40000 >"$cg$here/cpu.max.burst"
	has '{cpu: {quota: 20000, burst: 10000}}' 'cpu.max=20000 100000' cpu.max.burst=10000
	has '{cpu: {quota: 60000, burst: 60000}}' 'cpu.max=60000 100000' cpu.max.burst=60000
	rmdir "$cg$here"
}

@test "cpuset: lists; processors that are not there are an error" {
	has '{cpu: {cpus: "0", mems: "0"}}' cpuset.cpus=0 cpuset.mems=0 cpuset.cpus.effective=0
	has '{cpu: {cpus: "0-1"}}' cpuset.cpus=0-1
	refused '{cpu: {cpus: "300"}}' /linux/resources/cpu/cpus ERANGE
	refused '{cpu: {mems: "7"}}' /linux/resources/cpu/mems
}

@test "cpuset: processors that the cgroup above does not have are an error, some of them are enough" {
	local here=${CGROUP:-}/narrow
	mkdir "$cg$here"
	echo 0 >"$cg$here/cpuset.cpus"
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' --arg path "$here/c"
	refused '{cpu: {cpus: "1"}}' /linux/resources/cpu/cpus 'nothing of it is there' 'would get 0'
	has '{cpu: {cpus: "0-1"}}' cpuset.cpus=0-1 cpuset.cpus.effective=0
	rmdir "$cg$here"
}

@test "pids: a number, none, zero, more than there can be" {
	has '{pids: {limit: 33}}' pids.max=33
	has '{pids: {limit: -1}}' pids.max=max
	has '{pids: {}}' pids.max=max
	has '{pids: {limit: 5000000}}' pids.max=max
	has '{pids: {limit: 0}}' pids.max=0
}

@test "blockIO: weights" {
	local d
	d=$(device)
	[ ! -e $cg/init.scope/io.bfq.weight ] || skip "this kernel has BFQ: its file takes the weights of v1"
	has '{blockIO: {weight: 10}}' 'io.weight=default 1'
	has '{blockIO: {weight: 500}}' 'io.weight=default 4950'
	has '{blockIO: {weight: 1000, leafWeight: 0}}' 'io.weight=default 10000'
	has '{blockIO: {weight: 0}}' 'io.weight=default 100'
	as_root io.cost.qos
	refused "{blockIO: {weightDevice: [{$d, weight: 100}]}}" /linux/resources/blockIO/weightDevice/0/weight 'BFQ' io.cost.qos
	echo "$(disk) enable=1" >$cg/io.cost.qos
	has "{blockIO: {weight: 500, weightDevice: [{$d, weight: 100}]}}" "io.weight=default 4950
$(disk) 910"
	echo "$(disk) enable=0" >$cg/io.cost.qos
}

@test "blockIO: all four throttles of one device, and none" {
	local d n
	d=$(device) n=$(disk)
	has "{blockIO: {throttleReadBpsDevice: [{$d, rate: 1048576}]}}" "io.max=$n rbps=1048576 wbps=max riops=max wiops=max"
	has "{blockIO: {throttleReadBpsDevice: [{$d, rate: 1048576}], throttleWriteBpsDevice: [{$d, rate: 2097152}],
		throttleReadIOPSDevice: [{$d, rate: 100}], throttleWriteIOPSDevice: [{$d, rate: 200}]}}" \
		"io.max=$n rbps=1048576 wbps=2097152 riops=100 wiops=200"
	has "{blockIO: {throttleReadBpsDevice: [{$d, rate: 0}]}}" io.max=
	refused '{blockIO: {throttleReadBpsDevice: [{major: 4095, minor: 1, rate: 1}]}}' /linux/resources/blockIO/throttleReadBpsDevice/0 ENODEV
}

@test "hugepages: both limits, of every size that there is" {
	local size
	as_root hugetlb
	for size in 2MB 1GB; do
		has "{hugepageLimits: [{pageSize: \"$size\", limit: 2147483648}]}" \
			"hugetlb.$size.max=2147483648" "hugetlb.$size.rsvd.max=2147483648"
		has "{hugepageLimits: [{pageSize: \"$size\", limit: 0}]}" "hugetlb.$size.max=0"
	done
	has '{hugepageLimits: [{pageSize: "2MB", limit: 18446744073709551615}]}' hugetlb.2MB.max=max
	refused '{hugepageLimits: [{pageSize: "64KB", limit: 0}]}' /linux/resources/hugepageLimits/0/pageSize 'there are: [12][MG]B [12][MG]B'
}

@test "rdma: the kernel's answer where there is no such device" {
	as_root rdma
	refused '{rdma: {mlx5_0: {hcaHandles: 1}}}' /linux/resources/rdma/mlx5_0 rdma.max
}

@test "unified: whatever file there is, line by line" {
	has '{unified: {"memory.high": "64M", "memory.min": "4096", "memory.oom.group": "1", "cpu.weight.nice": "5",
		"pids.max": "7", "cgroup.max.depth": "3", "cpuset.cpus": "1"}}' memory.high=67108864 memory.min=4096 \
		memory.oom.group=1 cpu.weight.nice=5 pids.max=7 cgroup.max.depth=3 cpuset.cpus=1
	has "{unified: {\"io.max\": \"$(disk) rbps=4096\n$(disk) wiops=7\n\"}}" \
		"io.max=$(disk) rbps=4096 wbps=max riops=max wiops=7"
	has '{pids: {limit: 7}, unified: {"pids.max": "7"}}' pids.max=7
	refused '{unified: {"memory.bogus": "1"}}' /linux/resources/unified/memory.bogus 'no file memory.bogus'
	refused '{unified: {"pids.max": "7"}, pids: {limit: 8}}' /linux/resources/unified/pids.max /linux/resources/pids/limit
	refused '{unified: {"perf.max": "7"}}' /linux/resources/unified/perf.max 'no controller perf'
	refused '{unified: {"memory.max": "many"}}' /linux/resources/unified/memory.max EINVAL
}

@test "all at once" {
	has "{memory: {limit: 67108864, swap: 134217728}, pids: {limit: 42}, cpu: {shares: 512, quota: 50000, cpus: \"1\"},
		blockIO: {throttleReadBpsDevice: [{$(device), rate: 1048576}]}, unified: {\"memory.high\": \"60M\"}}" \
		memory.max=67108864 memory.swap.max=67108864 pids.max=42 cpu.weight=59 'cpu.max=50000 100000' \
		cpuset.cpus=1 memory.high=62914560 "io.max=$(disk) rbps=1048576 wbps=max riops=max wiops=max"
}

@test "controllers: all that there are, at every level on the way" {
	local here=${CGROUP:-}/way
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' --arg path "$here/down/c"
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(cat "$cg$here/cgroup.subtree_control")" = "$(cat "$cg${CGROUP:-}/cgroup.controllers")" ]
	[ "$(cat "$cg$here/down/c/cgroup.controllers")" = "$(cat "$cg${CGROUP:-}/cgroup.controllers")" ]
	[ -z "$(cat "$cg$here/down/c/cgroup.subtree_control")" ]
	[ "$(cgroup pids.current)" = 1 ]
	hull delete --force "$ID"
	[ ! -e "$cg$here" ]
}

@test "controllers: a cgroup with processes keeps them to itself, and its type" {
	local here=${CGROUP:-}/busy
	mkdir "$cg$here"
	sh -c 'echo 0 >"$0/cgroup.procs"; exec sleep 600' "$cg$here" 3>&- &
	eventually grep -q . "$cg$here/cgroup.procs"
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = $path' --arg path "$here/c"
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(place)" = "$here/c" ]
	[ "$(cat "$cg$here/cgroup.type")" = domain ]
	[ -z "$(cat "$cg$here/cgroup.subtree_control")" ]
	hull delete --force "$ID"
	refused '{cpu: {quota: 50000}}' /linux/resources/cpu/quota "controller cpu is not handed on by cgroup $cg$here" 'processes of its own'
	kill $!
	wait || true
	rmdir "$cg$here"
}

@test "delegated: what is made below has the controllers that the container's user hands on" {
	started ".linux.resources.memory.limit = 67108864"' |
		.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
		.mounts = [.mounts[] | select(.destination != "/sys/fs/cgroup")] +
			[{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev"]}]' \
		/bin/sh -c 'cd /sys/fs/cgroup && mkdir init below && echo 1 >init/cgroup.procs &&
			echo "+memory +pids" >cgroup.subtree_control && echo 1000000 >below/memory.max && exec /bin/probe pause'
	eventually grep -qx 999424 "$cg$(place)/../below/memory.max"
	run_hull exec "$ID" /bin/probe cat /proc/self/cgroup
	expect 0 '0::/init'
	run_hull delete --force "$ID"
	expect 0 '^$'
}

# The kernel has one set of them, which such a mount replaces.
@test "a cgroup2 without a cgroup namespace: the flags of the host's stay as they are" {
	as_root "a cgroup2 to mount"
	flags() { sed -n 's/.* - cgroup2 [^ ]* //p' /proc/self/mountinfo; }
	# systemd's, which any mount(8) of ours before may have taken away.
	mount -o remount,nsdelegate,memory_recursiveprot /sys/fs/cgroup
	before=$(flags)
	[[ $before = *nsdelegate*memory_recursiveprot* ]]
	started '.linux.namespaces |= map(select(.type != "cgroup")) | .mounts += [
		{destination: "/new", type: "cgroup2", source: "cgroup2"},
		{destination: "/flag", type: "cgroup2", source: "cgroup2", options: ["nsdelegate", "ro"]},
		{destination: "/flag", options: ["remount", "nsdelegate", "ro"]}]'
	[ "$(flags)" = "$before" ]
	run_hull exec "$ID" /bin/probe cat /proc/self/mountinfo
	expect 0 "/new [^ ]* - cgroup2 cgroup2 $before" "/flag ro[^ ]* - cgroup2 cgroup2 $before"
}

# ---- ordinary users ----

@test "user: a limit whose controller was not delegated is an error that says how" {
	[ "$USER" != root ] || skip "for users"
	refused '{hugepageLimits: [{pageSize: "2MB", limit: 0}]}' /linux/resources/hugepageLimits/0 \
		'controller hugetlb is not handed on by cgroup /sys/fs/cgroup/user.slice' 'Delegate=' 'user@.service.d'
}

@test "user: a place that is not delegated is an error that says how, only if it was asked for" {
	[ "$USER" != root ] || skip "for users"
	bundle b '.process.args = ["/bin/probe", "pause"] | .linux.cgroupsPath = "/nowhere/c"'
	run_hull create -b "$B" "$ID"
	expect fail /linux/cgroupsPath '[Pp]ermission denied|permission denied' 'systemd-run --user --scope -p Delegate=yes'
}

@test "user: alone in a delegated scope, with limits" {
	[ "$USER" != root ] || skip "for users"
	bundle b '.process.args = ["/bin/probe", "cat", "/proc/self/cgroup", "/sys/fs/cgroup/pids.max"] | .linux.resources.pids.limit = 7 |
		.linux.namespaces |= map(select(.type != "cgroup"))'
	output=$(systemd-run --user --scope --quiet -p Delegate=yes "$HULL" --root "$STATE" run -b "$B" "$ID" 2>&1 3>&-) || status=$?
	[[ $output =~ 0::/user.slice/user-1000.slice/user@1000.service/.*/hull-$ID ]] || { echo "$output"; false; }
}
