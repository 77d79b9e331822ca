#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hull update, as far as this host can: of controllers it may have none but hugetlb.
# The other ones: tests/vm/update.bats.
load helpers

cg=/sys/fs/cgroup

place='.linux.cgroupsPath = "/changed"'

# What the container's configuration is from now on.
stored() {
	jq -c "$1" "$STATE/$ID/config.json"
}

pids() {
	hull ps -f json "$ID" | jq -r '.[]'
}

# So many processes are in it.
are() {
	[ "$(pids | wc -l)" = "$1" ]
}

# rlimit PID NAME: "SOFT HARD"
rlimit() {
	awk -v name="$2" 'index($0, name) == 1 { $0 = substr($0, 26); print $1, $2 }' "/proc/$1/limits"
}

# all_have FUNCTION WANTED: for each process; that one has ended is not its fault
all_have() {
	local pid got
	for pid in $(pids); do
		got=$("$1" "$pid" 2>/dev/null) && [ -n "$got" ] || continue
		[ "$got" = "$2" ] || { echo "process $pid has $got, not $2"; return 1; }
	done
}

files_of() {
	rlimit "$1" 'Max open files'
}

cores_of() {
	rlimit "$1" 'Max core file size'
}

score_of() {
	cat "/proc/$1/oom_score_adj"
}

# Of every thread, without repetition.
cpus_of() {
	sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$1"/task/*/status | sort -u
}

# Not every root may raise a hard limit.
may_raise() {
	(($(sed -n 's/^CapEff:\t/16#/p' /proc/self/status) >> 24 & 1))
}

several_cpus() {
	[ "$(nproc)" -ge 2 ] || skip "one processor"
}

# ---- processes ----

@test "rlimit: every process, at once" {
	started "$place" /bin/probe fork 3
	eventually eval '[ "$(pids | wc -l)" = 4 ]'
	update --rlimit nofile=100:200 --rlimit RLIMIT_CORE=unlimited
	expect 0 '^$'
	[ "$(pids | wc -l)" = 4 ]
	all_have files_of '100 200'
	[ "$(cores_of "$(pid_of)")" = 'unlimited unlimited' ]
}

@test "rlimit: processes in cgroups below, and those that are executed later" {
	started "$place"' | .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' \
		/bin/sh -c 'mkdir /sys/fs/cgroup/a; (echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec /bin/probe sleep 600) & exec /bin/probe pause'
	eventually grep -q . $cg/changed/a/cgroup.procs
	update --rlimit nofile=123
	expect 0
	[ "$(files_of "$(head -n1 $cg/changed/a/cgroup.procs)")" = '123 123' ]
	run_hull exec "$ID" /bin/sh -c 'ulimit -n'
	expect 0 '^123$'
}

@test "rlimit: what is stored replaces the one of its type, the others stay" {
	started "$place"' | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60},
		{type: "RLIMIT_CORE", soft: 1, hard: 2}]'
	update --rlimit nofile=30:40 --rlimit nproc=99
	expect 0
	[ "$(stored '.process.rlimits | map([.type, .soft, .hard])')" = \
		'[["RLIMIT_NOFILE",30,40],["RLIMIT_CORE",1,2],["RLIMIT_NPROC",99,99]]' ]
}

@test "rlimit: raised" {
	may_raise || skip "no CAP_SYS_RESOURCE"
	started "$place"' | .process.rlimits = [{type: "RLIMIT_NOFILE", soft: 50, hard: 60}]'
	update --rlimit nofile=70:80
	expect 0
	all_have files_of '70 80'
}

@test "rlimit: nobody is forgotten, however fast they come" {
	local round
	started "$place" /bin/probe breed 4
	for round in 1 2 3; do
		update --rlimit "nofile=$((100 + round)):1024" --oom-score-adj "$((100 + round))"
		expect 0
		all_have files_of "$((100 + round)) 1024"
		all_have score_of "$((100 + round))"
	done
}

@test "rlimit: mistakes name the option" {
	created "$place"
	update --rlimit nofle=5
	expect fail '--rlimit: .*RLIMIT_NOFLE'
	update --rlimit nofile=5:3
	expect fail '--rlimit: 5 is above the hard limit 3'
	update --rlimit nofile
	expect fail '--rlimit: must be TYPE=SOFT\[:HARD\].*nofile'
	update --rlimit nofile=99999999999
	expect fail '--rlimit: .*RLIMIT_NOFILE of process .*\(EPERM\)' CAP_SYS_RESOURCE
}

@test "oom-score-adj: every process; 0 is a value" {
	started "$place" /bin/probe fork 2
	update --oom-score-adj 500
	expect 0
	all_have score_of 500
	[ "$(stored .process.oomScoreAdj)" = 500 ]
	update --oom-score-adj 0
	expect 0
	all_have score_of 0
	update --oom-score-adj 1001
	expect fail '--oom-score-adj: 1001 is not between'
}

@test "cpu-affinity: every thread of every process, and of those to come" {
	several_cpus
	started "$place" /bin/sh -c '/bin/probe threads 5 & exec /bin/probe threads 5'
	eventually are 2
	update --cpu-affinity 1
	expect 0
	all_have cpus_of 1
	[ "$(stored .process.execCPUAffinity)" = '{"final":"1"}' ]
	run_hull exec "$ID" /bin/probe cat /proc/self/status
	expect 0 'Cpus_allowed_list:.1
'
	update --cpu-affinity all
	expect 0
	all_have cpus_of "0-$(($(nproc --all) - 1))"
}

@test "cpu-affinity: processors that are not there" {
	started "$place"
	update --cpu-affinity 8191
	expect fail '--cpu-affinity: .*\(EINVAL\)'
	update --cpu-affinity 0-
	expect fail '--cpu-affinity: must be a list'
}

@test "processes without a cgroup of their own: those of the pid namespace" {
	bundle b '.process.args = ["/bin/probe", "fork", "2"]'
	run_hull --cgroup-manager=disabled create -b "$B" "$ID"
	expect 0
	hull start "$ID"
	eventually are 3
	update --rlimit nofile=77
	expect 0
	all_have files_of '77 77'
	by '{"unified": {"cgroup.max.depth": "5"}}'
	expect fail 'has no cgroup' 'created with --cgroup-manager=disabled'
}

# ---- devices ----

# No driver has major number 240: what the filter lets through is ENXIO.
node='.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}]'
deny='.linux.resources.devices = [{allow: false, access: "rwm"}]'

# opening FLAGS: what the kernel answers inside
opening() {
	run_hull exec "$ID" /bin/probe open-try /dev/x "$@"
	output=${output%%$'\n'*}
}

@test "devices: allowed and denied, in this order, behind the rules that there are" {
	started "$place | $deny | $node"
	opening; [ "$output" = EPERM ]
	update --device-allow 'c 240:7 rw'
	expect 0 '^$'
	opening; [ "$output" = ENXIO ]
	update --device-deny 'c 240:* w'
	expect 0
	opening; [ "$output" = ENXIO ]
	opening 1; [ "$output" = EPERM ]
	update --device-deny a --device-allow 'c *:7 w'
	expect 0
	opening; [ "$output" = EPERM ]
	opening 1; [ "$output" = ENXIO ]
	[ "$(stored '.linux.resources.devices | length')" = 5 ]
}

@test "devices: denied in a container that could use all" {
	started "$place | $node | del(.linux.resources.devices)"
	opening; [ "$output" = ENXIO ]
	update --device-deny 'c 240:7'
	expect 0
	opening; [ "$output" = EPERM ]
	[ "$(stored '.linux.resources.devices[0]')" = '{"allow":true}' ]
}

@test "devices: a list takes the place of the rules" {
	started "$place | $deny | $node"
	by '{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 240, "access": "r"}]}'
	expect 0 '^$'
	opening; [ "$output" = ENXIO ]
	opening 1; [ "$output" = EPERM ]
	by '{"devices": [{"allow": false}]}' --device-allow 'c 240:7 w'
	expect 0
	opening; [ "$output" = EPERM ]
	opening 1; [ "$output" = ENXIO ]
	by '{"devices": []}'
	expect 0
	opening 1; [ "$output" = ENXIO ]
}

@test "devices: mistakes" {
	created "$place"
	update --device-allow 'p 1:3'
	expect fail '--device-allow: must be a rule like .*p 1:3'
	by '{"devices": [{"type": "c"}]}'
	expect fail 'standard input:1:14: /devices/0/allow: missing'
}

# ---- limits ----

huge='.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'

need_hugetlb() {
	controller hugetlb || skip "the hugetlb controller is not in the cgroup2 hierarchy of this host"
}

pages() {
	cat $cg/changed/hugetlb.2MB.max
}

@test "a limit of a document: written and stored" {
	need_hugetlb
	started "$place | $huge"
	by '{"hugepageLimits": [{"pageSize": "2MB", "limit": 8388608}]}'
	expect 0 '^$'
	[ "$(pages)" = 8388608 ]
	[ "$(cat $cg/changed/hugetlb.2MB.rsvd.max)" = 8388608 ]
	[ "$(stored .linux.resources.hugepageLimits)" = '[{"pageSize":"2MB","limit":8388608}]' ]
}

@test "a document from a file, in every way that engines name it" {
	local name
	started "$place"
	echo '{"unified": {"cgroup.max.depth": "5"}}' >limits.json
	for name in "--resources=limits.json" "-r=limits.json" "-resources=limits.json"; do
		echo 7 >$cg/changed/cgroup.max.depth
		update "$name"
		expect 0 '^$'
		[ "$(cat $cg/changed/cgroup.max.depth)" = 5 ]
	done
	run_hull update --resources=- "$ID" <<<'{"unified": {"cgroup.max.depth": "6"}}'
	expect 0 '^$'
	[ "$(cat $cg/changed/cgroup.max.depth)" = 6 ]
	run_hull update "$ID" -r nothing.json
	expect fail '--resources: .*nothing.json.*\(ENOENT\)'
}

@test "zeros and what is absent leave everything alone" {
	started "$place"
	hull update -r - "$ID" >out 2>&1 <<-'END'
	{"memory":{"limit":0,"reservation":0,"swap":0,"kernel":0},"cpu":{"shares":0,"quota":0,"period":0},
	"pids":{"limit":0},"blockIO":{"weight":0},"network":null}
	END
	[ ! -s out ]
	by '{}'
	expect 0 '^$'
	update --memory 0 --cpu-quota 0 --cpuset-cpus ''
	expect 0 '^$'
	update
	expect 0 '^$'
}

@test "mistakes in a document are told with their place, all of them" {
	started "$place"
	by $'{\n  "memory": {"limit": -7},\n  "blockIO": {"weight": 5000}, "pids": {"limit": -2}\n}'
	expect fail 'standard input:2:23: /memory/limit: must be' \
		'standard input:3:25: /blockIO/weight: must be' '/pids/limit: must be'
	by '{"memory": {"limit": "1g"}}'
	expect fail 'standard input:1:22: /memory/limit: expected int64'
	by '[]'
	expect fail 'standard input:1:1: expected an object'
	by '{"memory": '
	expect fail 'standard input:2:1: premature EOF'
	by '{"cpu": {"realtimeRuntime": 5}}'
	expect fail '/cpu/realtimeRuntime: cgroup v2 has no such setting'
	by '{"memory": {"swappiness": 5}}'
	expect fail '/memory/swappiness: cgroup v2 has no such setting'
	by '{"unified": {"cgroup.procs": "1"}}'
	expect fail '/unified/cgroup.procs: is no limit'
}

@test "mistakes in options name them" {
	started "$place"
	update --memory 64q
	expect fail '--memory: must be -1 or a size like 512m, is "64q"'
	update --memory-swap 64m
	expect fail '--memory-swap: is the sum .* needs a memory limit'
	update --cpu-rt-runtime 5
	expect fail '--cpu-rt-runtime: cgroup v2 has no such setting'
	update --cpu-quota 500 --cpu-burst 600
	expect fail '--cpu-burst: cannot be more than quota'
	by '{}' --memory 64m
	expect fail '--memory cannot be given along with --resources'
	update --l3-cache-schema 'L3:0=f'
	expect fail '--l3-cache-schema: .* without intelRdt'
}

@test "limits of kernel memory are warned of and ignored" {
	started "$place"
	update --kernel-memory 5m --kernel-memory-tcp 5m
	expect 0 '--kernel-memory is ignored' '--kernel-memory-tcp is ignored'
	by '{"memory": {"kernel": 5}}'
	expect 0 '/memory/kernel: is ignored'
}

@test "a controller that the host lacks is an error that names it" {
	local c
	started "$place"
	for c in memory pids cpu; do
		controller $c && continue
		case $c in
		memory) update --memory 64m; expect fail '--memory: .* controller memory' ;;
		pids) update --pids-limit 5; expect fail '--pids-limit: .* controller pids' ;;
		cpu) update --cpu-share 5; expect fail '--cpu-share: .* controller cpu' ;;
		esac
	done
}

# ---- states ----

@test "created, running and paused containers; not one that has stopped" {
	created "$place" /bin/probe sleep 600
	update --rlimit nofile=81
	expect 0
	[ "$(files_of "$(pid_of)")" = '81 81' ]
	hull start "$ID"
	[ "$(files_of "$(pid_of)")" = '81 81' ]
	hull pause "$ID"
	update --rlimit nofile=80 --oom-score-adj 5
	expect 0
	[ "$(files_of "$(pid_of)")" = '80 80' ]
	state_is paused
	hull resume "$ID"
	hull kill "$ID" KILL
	eventually state_is stopped
	update --rlimit nofile=83
	expect fail 'cannot update a container that has stopped'
	run_hull update --rlimit nofile=83 no-such-one
	expect fail 'container does not exist'
}

@test "a container without a process" {
	created "$place | del(.process)"
	update --rlimit nofile=81
	expect 0
	update --oom-score-adj 81
	expect 0
}

@test "names that hull does not know stay in the stored configuration" {
	started "$place"' | .linux.future = {a: [1, null]} | .process.future = "x"'
	update --oom-score-adj 5 --rlimit nofile=9
	expect 0
	[ "$(stored .linux.future)" = '{"a":[1,null]}' ]
	[ "$(stored .process.future)" = '"x"' ]
	update --oom-score-adj 6
	expect 0
	[ "$(stored .linux.future)" = '{"a":[1,null]}' ]
}

@test "dry-run: what would be done, and nothing is" {
	started "$place"
	cp "$STATE/$ID/config.json" before
	update --dry-run --rlimit nofile=9 --oom-score-adj 5 --cpu-affinity 0 --device-allow 'c 240:7'
	expect 0 'device-filter instructions=.*command line /linux/resources/devices' 'limit type=RLIMIT_NOFILE soft=9 hard=9' \
		'oom-score value=5' 'affinity final=0'
	[ "$(score_of "$(pid_of)")" != 5 ]
	run_hull update --dry-run=json -r - "$ID" <<<'{"unified": {"cgroup.max.depth": "5"}}'
	expect 0
	[ "$(jq -c '.[1] | [.action, .file, .value, .where]' <<<"$output")" = \
		'["cgroup-write","cgroup.max.depth","5","standard input:1:34"]' ]
	cmp before "$STATE/$ID/config.json"
}

# ---- all or nothing ----

@test "a limit that cannot be set: those before it come back" {
	need_hugetlb
	started "$place | $huge"
	cp "$STATE/$ID/config.json" before
	by '{"hugepageLimits": [{"pageSize": "2MB", "limit": 8388608}],
		"unified": {"cgroup.max.depth": "5", "cgroup.nonsense": "1"}}'
	expect fail 'set cgroup.nonsense to 1' '/unified/cgroup.nonsense' 'standard input:2:59'
	expect_no 'put back'
	[ "$(pages)" = 4194304 ]
	[ "$(cat $cg/changed/cgroup.max.depth)" = max ]
	cmp before "$STATE/$ID/config.json"
}

@test "a process that cannot be changed: limits, devices and other processes come back" {
	need_hugetlb
	several_cpus
	started "$place | $huge | $deny | $node"' |
		.process.rlimits += [{type: "RLIMIT_CORE", soft: 5, hard: 9}]' /bin/probe fork 2
	local cpus files
	cpus=$(cpus_of "$(pid_of)")
	files=$(files_of "$(pid_of)")
	cp "$STATE/$ID/config.json" before
	by '{"hugepageLimits": [{"pageSize": "2MB", "limit": 8388608}]}' --device-allow 'c 240:7' \
		--oom-score-adj 44 --cpu-affinity 1 --rlimit core=3:9 --rlimit nofile=99999999999
	expect fail '--rlimit: RLIMIT_NOFILE of process [0-9]+: .*\(EPERM\)'
	expect_no 'put back'
	[ "$(pages)" = 4194304 ]
	all_have files_of "$files"
	all_have cores_of '5 9'
	all_have score_of 0
	all_have cpus_of "$cpus"
	opening; [ "$output" = EPERM ]
	cmp before "$STATE/$ID/config.json"
}

@test "what cannot be put back is told, too" {
	! may_raise || skip "this root may raise hard limits again"
	started "$place"
	update --rlimit core=0 --rlimit nofile=99999999999
	expect fail 'not all could be put back \(RLIMIT_CORE of process' \
		'when this failed: RLIMIT_NOFILE of process'
}

@test "a configuration that cannot be stored: everything comes back" {
	several_cpus
	started "$place | del(.linux.resources.devices) | $node" /bin/probe breed 2
	local files cpus
	files=$(files_of "$(pid_of)")
	cpus=$(cpus_of "$(pid_of)")
	cp "$STATE/$ID/config.json" before
	status=0
	(
		trap '' XFSZ
		ulimit -f 0
		hull update --rlimit nofile=33:1024 --oom-score-adj 44 --cpu-affinity 1 --device-deny a "$ID"
	) 2>&1 | cat >out || status=$?
	grep -q 'config.json.*EFBIG' out
	[ "$(grep -c 'put back' out)" = 0 ]
	all_have files_of "$files"
	all_have score_of 0
	all_have cpus_of "$cpus"
	opening; [ "$output" = ENXIO ]
	cmp before "$STATE/$ID/config.json"
}

@test "killed in the middle: it can be updated again, and deleted" {
	local i
	started "$place | $deny" /bin/probe fork 5
	for i in {1..40}; do
		timeout -s KILL "0.0$(printf %05d $((RANDOM % 2000 + 1)))" "$HULL" --root "$STATE" update \
			--rlimit "nofile=$i:1024" --oom-score-adj "$i" --device-allow "c 240:$i" \
			--cpu-affinity 0 "$ID" >/dev/null 2>&1 3>&- || true
		jq -e .process "$STATE/$ID/config.json" >/dev/null
	done
	update --rlimit nofile=99:99 --oom-score-adj 99 --device-deny a
	expect 0 '^$'
	all_have files_of '99 99'
	all_have score_of 99
	[ "$(stored .process.oomScoreAdj)" = 99 ]
}

@test "two at once: one after the other" {
	local i
	started "$place"
	for i in {1..10}; do
		hull update --oom-score-adj "$i" --rlimit "nofile=$i:1024" "$ID" &
		hull update --oom-score-adj "$((i + 100))" --rlimit "nofile=$((i + 100)):1024" "$ID"
		wait $!
		[ "$(stored .process.oomScoreAdj)" = "$(score_of "$(pid_of)")" ]
		[ "$(stored '.process.rlimits[-1].soft')" = "$(score_of "$(pid_of)")" ]
	done
}
