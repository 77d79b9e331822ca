#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config-linux.md, "Control groups": paths, ownership, limits. What a controller
# does can only be seen where the cgroup2 hierarchy has it; the plan is seen everywhere.
load helpers
load rows

cg=/sys/fs/cgroup

# with CONTROLLER: or skips
with() {
	controller "$1" || skip "the $1 controller is not in the cgroup2 hierarchy of this host"
}

# limits FILTER FILE TEXT: what is in a file of the created container's cgroup
limits() {
	configure ".linux.cgroupsPath = \"/limits\" | .linux.resources = $1"
	run_hull create -b "$B" "$ID"
	expect 0 || { echo "resources: $1"; return 1; }
	[ "$(cat "$cg/limits/$2")" = "$3" ] || { echo "$1: $2: $(cat "$cg/limits/$2")"; return 1; }
	hull delete --force "$ID"
}

# writes FILTER TEXT: what would be written, "file=value …", on a host with all controllers
writes() {
	if ! mountpoint -q $cg/cgroup.controllers; then
		echo cpuset cpu io memory hugetlb pids rdma misc >controllers
		mount --bind controllers $cg/cgroup.controllers
	fi
	planned ".linux.resources = $1"
	[ "$(jq -r '[.[] | select(.action == "cgroup-write") | .file + "=" + .value] | join(" ")' plan.json)" = "$2" ] || {
		echo "$1"
		cat plan.json
		return 1
	}
}

@test "path: absolute below the mount point, relative below the runtime's place, for every caller" {
	base '.process.args = ["/bin/probe", "pause"]'
	configure '.linux.cgroupsPath = "/a/b"'
	run_hull create -b "$B" "$ID"
	expect 0
	grep -qx "$(pid_of)" $cg/a/b/cgroup.procs
	hull delete --force "$ID"
	[ ! -e $cg/a ]
	configure '.linux.cgroupsPath = "a/b"'
	run_hull create -b "$B" "$ID"
	expect 0
	grep -qx "$(pid_of)" $cg/hull/a/b/cgroup.procs
	hull delete --force "$ID"
	mkdir $cg/elsewhere
	sh -c 'echo 0 >$0/cgroup.procs; exec "$HULL" --root "$1" create -b "$2" "$3"' $cg/elsewhere "$STATE" "$B" "$ID" 3>&-
	grep -qx "$(pid_of)" $cg/hull/a/b/cgroup.procs
	hull delete --force "$ID"
	rmdir $cg/elsewhere
	[ ! -e $cg/hull ]
}

@test "path: what is none is refused" {
	each refused <<-'END'
	/linux/cgroupsPath  .linux.cgroupsPath = "/../x"
	/linux/cgroupsPath  .linux.cgroupsPath = "a/.."
	/linux/cgroupsPath  .linux.cgroupsPath = "/a//b"
	/linux/cgroupsPath  .linux.cgroupsPath = "/"
	/linux/cgroupsPath  .linux.cgroupsPath = 5
	END
}

@test "path: none means one for each container" {
	base '.process.args = ["/bin/probe", "pause"] | del(.linux.cgroupsPath)'
	configure .
	hull create -b "$B" one
	hull create -b "$B" two
	[ "$(wc -w <$cg/hull-one/cgroup.procs)" = 1 ]
	[ "$(wc -w <$cg/hull-two/cgroup.procs)" = 1 ]
	hull delete --force one
	hull delete --force two
	[ ! -e $cg/hull-one ]
}

@test "path: one that is there and idle is joined, as it is; a busy or frozen one is refused" {
	mkdir $cg/there
	echo 7 >$cg/there/cgroup.max.depth
	base '.linux.cgroupsPath = "/there" | .process.args = ["/bin/probe", "pause"] | del(.linux.resources)'
	configure .
	run_hull create -b "$B" "$ID"
	expect 0
	grep -qx "$(pid_of)" $cg/there/cgroup.procs
	[ "$(cat $cg/there/cgroup.max.depth)" = 7 ]
	run_hull create -b "$B" second
	expect fail 'cgroup is not empty' /linux/cgroupsPath
	hull delete --force "$ID"
	[ "$(cat $cg/there/cgroup.max.depth)" = 7 ]
	echo 1 >$cg/there/cgroup.freeze
	refused /linux/cgroupsPath . frozen
	echo 0 >$cg/there/cgroup.freeze
	rmdir $cg/there
}

delegated='.linux.cgroupsPath = "/owned" | .process.args = ["/bin/probe", "pause"] | .process.user = {uid: 1000, gid: 1000} |
	.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'

# owners FILTER: of all in the container's cgroup, one number if it is the same
owners() {
	configure "$1"
	run_hull create -b "$B" "$ID"
	expect 0 >&2
	find $cg/owned -printf '%U\n' | sort -u | xargs
}

@test "ownership: the cgroup and what the kernel names are the user's, nothing else is" {
	base "$delegated"
	[ "$(owners .)" = '0 1000' ]
	[ "$(stat -c %u:%g $cg/owned)" = 1000:0 ]
	local f
	for f in "$cg"/owned/*; do
		if grep -qx "${f##*/}" /sys/kernel/cgroup/delegate; then
			[ "$(stat -c %u "$f")" = 1000 ]
		else
			[ "$(stat -c %u "$f")" = 0 ]
		fi
	done
	hull delete --force "$ID"
}

@test "ownership: without the kernel's list it is three files; what is not there is no error" {
	base "$delegated"
	mkdir empty
	mount -t tmpfs t /sys/kernel/cgroup
	owners . >/dev/null
	[ "$(find $cg/owned -uid 1000 -printf '%f\n' | sort | xargs)" = 'cgroup.procs cgroup.subtree_control cgroup.threads owned' ]
	hull delete --force "$ID"
	printf 'no.such.file\ncgroup.procs\n' >/sys/kernel/cgroup/delegate
	owners . >/dev/null
	[ "$(find $cg/owned -uid 1000 -printf '%f\n' | sort | xargs)" = 'cgroup.procs owned' ]
	hull delete --force "$ID"
	umount /sys/kernel/cgroup
}

@test "ownership: by the map of the user namespace" {
	chmod 755 "$W"
	base "$delegated"' | .linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 70000}] |
		.linux.gidMappings = .linux.uidMappings |
		.mounts |= map(if .type == "sysfs" then {destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"]} else . end)'
	[ "$(owners .)" = '0 101000' ]
	hull delete --force "$ID"
	[ "$(owners '.process.user = {uid: 0, gid: 0}')" = '0 100000' ]
}

@test "ownership: not without a new cgroup namespace, nor without such a mount that may be written" {
	base "$delegated"
	local filter
	for filter in '.linux.namespaces |= map(select(.type != "cgroup"))' \
		'.mounts |= map(if .type == "cgroup" then .options += ["ro"] else . end)' \
		'.mounts |= map(if .type == "cgroup" then .source = "other" else . end)' \
		'.mounts |= map(select(.type != "cgroup"))'; do
		[ "$(owners "$filter")" = 0 ] || { echo "$filter"; return 1; }
		hull delete --force "$ID"
	done
}

@test "resources: none are touched when none are named" {
	created '.linux.cgroupsPath = "/free" | del(.linux.resources)'
	mkdir $cg/plain
	local f
	for f in "$cg"/plain/*.{max,high,low,weight,type}; do
		[ ! -f "$f" ] || diff "$f" "$cg/free/${f##*/}"
	done
	rmdir $cg/plain
}

@test "resources: the program is in its cgroup from the start" {
	shell '.linux.cgroupsPath = "/early"' 'cat /proc/self/cgroup | grep ^0'
	expect 0 '^0::/$'
	rm -rf "$B"
	bundle b '.linux.cgroupsPath = "/early" | .hooks = {prestart: [{path: "/bin/sh",
		args: ["sh", "-c", "sed \"s/.*.pid.:\\([0-9]*\\).*/\\1/\" | xargs -I{} cat /proc/{}/cgroup >" + $ENV.W + "/seen"]}]}'
	run_hull run -b "$B" "$ID"
	expect 0
	grep -q '^0::.*/early$' seen
}

@test "resources: what only cgroup v1 had is refused, each by its name" {
	each refused <<-'END'
	/linux/resources/memory/kernel  .linux.resources.memory = {kernel: 1}
	/linux/resources/memory/kernelTCP  .linux.resources.memory = {kernelTCP: 1}
	/linux/resources/memory/swappiness  .linux.resources.memory = {swappiness: 60}
	/linux/resources/memory/swappiness  .linux.resources.memory = {swappiness: 101}
	/linux/resources/memory/disableOOMKiller  .linux.resources.memory = {disableOOMKiller: true}
	/linux/resources/memory/useHierarchy  .linux.resources.memory = {useHierarchy: false}
	/linux/resources/cpu/realtimeRuntime  .linux.resources.cpu = {realtimeRuntime: 1}
	/linux/resources/cpu/realtimePeriod  .linux.resources.cpu = {realtimePeriod: 1}
	/linux/resources/blockIO/leafWeight  .linux.resources.blockIO = {leafWeight: 10}
	/linux/resources/blockIO/weightDevice/0/leafWeight  .linux.resources.blockIO = {weightDevice: [{major: 8, minor: 0, leafWeight: 10}]}
	/linux/resources/network/classID  .linux.resources.network = {classID: 1}
	/linux/resources/network/priorities  .linux.resources.network = {priorities: [{name: "eth0", priority: 1}]}
	END
	accepted '.linux.resources.memory = {disableOOMKiller: false, useHierarchy: true, kernel: 0}'
}

@test "resources: values that are none are refused, each by its name" {
	each refused <<-'END'
	/linux/resources/memory/limit  .linux.resources.memory = {limit: -2}
	/linux/resources/memory/reservation  .linux.resources.memory = {reservation: -2}
	/linux/resources/memory/swap  .linux.resources.memory = {swap: 5}
	/linux/resources/memory/swap  .linux.resources.memory = {limit: 10, swap: 5}
	/linux/resources/memory/limit  .linux.resources.memory = {limit: 9223372036854775808}
	/linux/resources/cpu/burst  .linux.resources.cpu = {quota: 5000, burst: 6000}
	/linux/resources/cpu/shares  .linux.resources.cpu = {shares: -1}
	/linux/resources/cpu/period  .linux.resources.cpu = {period: -1}
	/linux/resources/cpu/cpus  .linux.resources.cpu = {cpus: "0-"}
	/linux/resources/cpu/mems  .linux.resources.cpu = {mems: "a"}
	/linux/resources/cpu/idle  .linux.resources.cpu = {idle: 2}
	/linux/resources/pids/limit  .linux.resources.pids = {limit: -2}
	/linux/resources/blockIO/weight  .linux.resources.blockIO = {weight: 9}
	/linux/resources/blockIO/weight  .linux.resources.blockIO = {weight: 1001}
	/linux/resources/blockIO/weightDevice/0/weight  .linux.resources.blockIO = {weightDevice: [{major: 8, minor: 0}]}
	/linux/resources/blockIO/weightDevice/0/major  .linux.resources.blockIO = {weightDevice: [{minor: 0, weight: 10}]}
	/linux/resources/blockIO/throttleReadBpsDevice/0/rate  .linux.resources.blockIO = {throttleReadBpsDevice: [{major: 8, minor: 0}]}
	/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor  .linux.resources.blockIO = {throttleWriteIOPSDevice: [{major: 8, rate: 0}]}
	/linux/resources/hugepageLimits/0/pageSize  .linux.resources.hugepageLimits = [{limit: 1}]
	/linux/resources/hugepageLimits/0/pageSize  .linux.resources.hugepageLimits = [{pageSize: "64kB", limit: 1}]
	/linux/resources/hugepageLimits/0/limit  .linux.resources.hugepageLimits = [{pageSize: "2MB"}]
	/linux/resources/hugepageLimits/0  .linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]
	/linux/resources/rdma/mlx5_1  .linux.resources.rdma = {mlx5_1: {}}
	/linux/resources/unified/..~1x  .linux.resources.unified = {"../x": "1"}
	/linux/resources/unified/foo.max  .linux.resources.unified = {"foo.max": "1"}
	/linux/resources/unified/memory.high  .linux.resources.unified = {"memory.high": 1}
	END
}

@test "devices: rules that are none are refused" {
	each refused <<-'END'
	/linux/resources/devices/0/allow  .linux.resources.devices = [{type: "c"}]
	/linux/resources/devices/0/allow  .linux.resources.devices = [{allow: "no"}]
	/linux/resources/devices/0/type  .linux.resources.devices = [{allow: true, type: "p"}]
	/linux/resources/devices/0/type  .linux.resources.devices = [{allow: true, type: ""}]
	/linux/resources/devices/0/access  .linux.resources.devices = [{allow: true, access: "rx"}]
	/linux/resources/devices/0/access  .linux.resources.devices = [{allow: true, access: ""}]
	/linux/resources/devices/0/major  .linux.resources.devices = [{allow: true, major: "1"}]
	END
}

@test "devices: absent members mean all; 0 is a number; the last rule wins" {
	local node='.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 0}]'
	base "$node"' | .process.args = ["/bin/sh", "-c", "/bin/probe open-try /dev/x; /bin/probe open-try /dev/x 1; true"]'
	each opens <<-'END'
	{allow: false}  EPERM EPERM
	{allow: false}, {allow: true}  ENXIO ENXIO
	{allow: false}, {allow: true, type: "c"}  ENXIO ENXIO
	{allow: false}, {allow: true, type: "b"}  EPERM EPERM
	{allow: false}, {allow: true, type: "c", major: 240}  ENXIO ENXIO
	{allow: false}, {allow: true, type: "c", minor: 0}  ENXIO ENXIO
	{allow: false}, {allow: true, type: "c", minor: 1}  EPERM EPERM
	{allow: false}, {allow: true, type: "c", major: 240, minor: 0, access: "r"}  ENXIO EPERM
	{allow: true}, {allow: false, type: "c", major: 240, minor: 0, access: "w"}  ENXIO EPERM
	{allow: false, type: "c", major: 240, minor: 0}, {allow: true, type: "a"}  ENXIO ENXIO
	END
}

# opens RULES ANSWERS
opens() {
	configure ".linux.resources.devices = [$1]"
	run_hull run -b "$B" "$ID"
	[ "$(xargs <<<"$output")" = "$2" ] || complain "$1"
}

# Takes away what writes() has put there.
real_controllers() {
	umount $cg/cgroup.controllers
	rm controllers
}

@test "plan: memory as v2 has it" {
	each writes <<-'END'
	{memory: {limit: 1000, reservation: 500}}  memory.max=1000 memory.low=500
	{memory: {limit: -1}}  memory.swap.max=max memory.max=max
	{memory: {limit: 100, swap: 300}}  memory.swap.max=200 memory.max=100
	{memory: {limit: 100, swap: 100}}  memory.swap.max=0 memory.max=100
	{memory: {limit: 100, swap: -1}}  memory.swap.max=max memory.max=100
	{memory: {limit: -1, swap: 300}}  memory.swap.max=300 memory.max=max
	{memory: {reservation: -1}}  memory.low=max
	{memory: {limit: 100, checkBeforeUpdate: true}}  memory.max=100
	END
	writes '{memory: {limit: 0, reservation: 0, swap: 0}}' ''
	real_controllers
}

@test "plan: processor, block devices, processes and others as v2 has them" {
	each writes <<-'END'
	{cpu: {shares: 1024}}  cpu.weight=100
	{cpu: {shares: 2}}  cpu.weight=1
	{cpu: {shares: 262144}}  cpu.weight=10000
	{cpu: {quota: 5000, period: 10000}}  cpu.max=5000 10000
	{cpu: {quota: -1, period: 10000}}  cpu.max=max 10000
	{cpu: {quota: 5000}}  cpu.max=5000 100000
	{cpu: {quota: 5000, burst: 4000}}  cpu.max=5000 100000 cpu.max.burst=4000
	{cpu: {cpus: "0-1", mems: "0"}}  cpuset.cpus=0-1 cpuset.mems=0
	{cpu: {shares: 512, idle: 1}}  cpu.weight=59 cpu.idle=1
	{cpu: {shares: 512, idle: 0}}  cpu.idle=0 cpu.weight=59
	{pids: {limit: 0}}  pids.max=0
	{pids: {limit: -1}}  pids.max=max
	{blockIO: {weight: 500}}  io.bfq.weight=500
	{blockIO: {weightDevice: [{major: 8, minor: 0, weight: 100}]}}  io.bfq.weight=8:0 100
	{blockIO: {throttleReadBpsDevice: [{major: 8, minor: 0, rate: 9}], throttleWriteBpsDevice: [{major: 8, minor: 0, rate: 0}]}}  io.max=8:0 rbps=9 io.max=8:0 wbps=max
	{blockIO: {throttleReadIOPSDevice: [{major: 8, minor: 0, rate: 9}], throttleWriteIOPSDevice: [{major: 8, minor: 0, rate: 8}]}}  io.max=8:0 riops=9 io.max=8:0 wiops=8
	{rdma: {mlx: {hcaHandles: 3}, mlx2: {hcaObjects: 4, hcaHandles: 5}}}  rdma.max=mlx hca_handle=3 rdma.max=mlx2 hca_handle=5 hca_object=4
	{unified: {"io.max": "8:0 rbps=1\n8:16 rbps=2", "cpu.weight": "1"}, cpu: {shares: 2}}  cpu.weight=1 io.max=8:0 rbps=1 io.max=8:16 rbps=2 cpu.weight=1
	{memory: {limit: 100, swap: 100}, unified: {"memory.swap.max": "7"}}  memory.max=100 memory.swap.max=7
	END
	writes '{pids: {}}' ''
	real_controllers
}

@test "a controller that is not there is an error that names it" {
	base .
	controller memory || refused /linux/resources/memory/limit '.linux.resources.memory = {limit: 1000000}' memory
	controller cpu || refused /linux/resources/cpu/shares '.linux.resources.cpu = {shares: 512}' cpu
	controller cpuset || refused /linux/resources/cpu/cpus '.linux.resources.cpu = {cpus: "0"}' cpuset
	controller pids || refused /linux/resources/pids/limit '.linux.resources.pids = {limit: 9}' pids
	controller io || refused /linux/resources/blockIO/weight '.linux.resources.blockIO = {weight: 100}' io
	controller rdma || refused /linux/resources/rdma/mlx '.linux.resources.rdma = {mlx: {hcaHandles: 3}}' rdma
	refused /linux/resources/unified/none.max '.linux.resources.unified = {"none.max": "1"}' none
}

@test "hugepages: the reservation's limit and the other" {
	with hugetlb
	[ -e /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no pages of 2 MB here"
	limits '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}' hugetlb.2MB.rsvd.max 4194304
	limits '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}' hugetlb.2MB.max 4194304
}

@test "unified: any file of the container's cgroup, controllers enabled on the way" {
	limits '{unified: {"cgroup.max.depth": "3", "cgroup.max.descendants": "4"}}' cgroup.max.depth 3
	with hugetlb
	configure '.linux.cgroupsPath = "/on/the/way" | .linux.resources = {unified: {"hugetlb.2MB.max": "2097152"}}'
	run_hull create -b "$B" "$ID"
	expect 0
	[ "$(cat $cg/on/the/way/hugetlb.2MB.max)" = 2097152 ]
	grep -qw hugetlb $cg/on/the/cgroup.subtree_control
}

@test "unified: what contradicts a property is refused, with both places; the same value is not" {
	with hugetlb
	refused /linux/resources/unified/hugetlb.2MB.max '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"hugetlb.2MB.max": "2M"}}' 'hugetlb.2MB.max to "2M", but /linux/resources/hugepageLimits/0 sets it to "4194304"'
	accepted '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}], unified: {"hugetlb.2MB.max": "4M"}}'
}

@test "memory: limits in force" {
	with memory
	limits '{memory: {limit: 67108864, reservation: 33554432}}' memory.max 67108864
	limits '{memory: {limit: 67108864, reservation: 33554432}}' memory.low 33554432
	limits '{memory: {limit: -1}}' memory.max max
	[ ! -e $cg/memory.swap.max ] || limits '{memory: {limit: 67108864, swap: 67108864}}' memory.swap.max 0
	mkdir $cg/used
	sh -c 'echo 0 >$0/cgroup.procs; head -c 50000000 /dev/zero | tail -c 40000000 >/dev/shm/used' $cg/used
	refused /linux/resources/memory/limit '.linux.cgroupsPath = "/used" | .linux.resources.memory = {limit: 4096, checkBeforeUpdate: true}' usage
	rm /dev/shm/used
	rmdir $cg/used
}

@test "cpu: limits in force" {
	with cpu
	limits '{cpu: {shares: 1024, quota: 50000, period: 100000}}' cpu.weight 100
	limits '{cpu: {quota: 50000, period: 100000}}' cpu.max '50000 100000'
	limits '{cpu: {quota: 50000, burst: 10000}}' cpu.max.burst 10000
	limits '{cpu: {idle: 1}}' cpu.idle 1
}

@test "cpuset: limits in force" {
	with cpuset
	limits '{cpu: {cpus: "0", mems: "0"}}' cpuset.cpus 0
	limits '{cpu: {cpus: "0", mems: "0"}}' cpuset.mems 0
}

@test "pids: limits in force, 0 too" {
	with pids
	limits '{pids: {limit: 33}}' pids.max 33
	limits '{pids: {limit: -1}}' pids.max max
	limits '{pids: {limit: 0}}' pids.max 0
}

@test "blockIO: limits in force" {
	with io
	[ ! -e $cg/io.weight ] && [ ! -e $cg/io.bfq.weight ] || limits '{blockIO: {weight: 100}}' "$(basename $cg/io*.weight)" 'default 910'
	need "no block device" test -b /dev/loop0
	limits '{blockIO: {throttleReadBpsDevice: [{major: 7, minor: 0, rate: 1048576}]}}' io.max '7:0 rbps=1048576 wbps=max riops=max wiops=max'
}

@test "rdma: limits in force" {
	with rdma
	[ -n "$(ls /sys/class/infiniband 2>/dev/null)" ] || skip "no RDMA device here"
	local d
	d=$(basename /sys/class/infiniband/*)
	limits "{rdma: {\"$d\": {hcaHandles: 3}}}" rdma.max "$d hca_handle=3 hca_object=max"
}
