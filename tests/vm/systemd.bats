#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers in units of systemd: what it knows of them, what the kernel's files
# say, and what is left when something goes wrong.
# variants: root-systemd user-systemd
load helpers

unit() {
	jq -r .unit "$STATE/$ID/state.json"
}

# What systemd has of a property.
show() {
	manager show --property "$1" --value "$(unit)"
}

# says WHAT WANTED COMMAND...: compares what a command prints
says() {
	local what=$1 wanted=$2 got
	shift 2
	got=$("$@") || return
	[ "$got" = "$wanted" ] || { echo "$what is '$got', not '$wanted'"; return 1; }
}

# properties NAME=VALUE...: what systemd has of them, at one go
properties() {
	local p all
	all=$(manager show --property "$(printf '%s,' "${@%%=*}")" "$(unit)")
	for p; do
		grep -qxF -- "$p" <<<"$all" || { echo "not $p but:" "$all"; return 1; }
	done
}

file() {
	says "$1" "$2" cgroup "$1"
}

gone() {
	[ -z "$(manager list-units --all --plain --no-legend "$1")" ]
}

# A number of a disk: cgroups limit no partitions.
disk() {
	cat /sys/block/nvme0n1/dev
}

limits='.linux.resources = {
	memory: {limit: 67108864, reservation: 16777216, swap: 100663296},
	pids: {limit: 42},
	cpu: {shares: 512, quota: 50000, period: 200000, burst: 1000, cpus: "0", mems: "0"},
	unified: {"memory.high": "50331648", "memory.min": "1048576", "memory.oom.group": "1"}
}'

version() {
	systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p'
}

limits_hold() {
	file memory.max 67108864
	file memory.high 50331648
	file memory.low 16777216
	file memory.min 1048576
	file memory.swap.max 33554432
	# Scopes have an OOMPolicy since systemd 253; before, it writes 0 when it likes to.
	[ "${1-}" = written-anew ] && [ "$(version)" -lt 253 ] || file memory.oom.group 1
	file pids.max 42
	file cpu.weight 59
	file cpu.max "50000 200000"
	file cpu.max.burst 1000
	file cpuset.cpus 0
	file cpuset.mems 0
}

@test "a scope around the container's process, and nothing else in it" {
	started 'del(.linux.cgroupsPath)'
	[ "$(unit)" = "hull-$ID.scope" ]
	properties ActiveState=active "ControlGroup=$(place)" Delegate=yes DefaultDependencies=no CollectMode=inactive-or-failed Transient=yes
	[[ $(show Description) = "hull container $ID, created "* ]]
	properties CPUAccounting=yes IOAccounting=yes MemoryAccounting=yes TasksAccounting=yes
	[ "$(cgroup cgroup.procs)" = "$(pid_of)" ]
	hull delete --force "$ID"
	gone "hull-$ID.scope"
}

@test "without a cgroup namespace, in a user namespace: the container's own is there, and no more" {
	local userns=. d=$W
	# Its root must get to its files.
	while [ "$(id -u)" = 0 ] && [ "$d" != /var/tmp ] && [ "$d" ]; do
		chmod o+x "$d"
		d=${d%/*}
	done
	[ "$(id -u)" != 0 ] || userns='.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	shell "$userns | "'del(.linux.cgroupsPath) | .linux.namespaces |= map(select(.type != "cgroup")) |
		.mounts |= map(select(.destination != "/sys/fs/cgroup")) + [{destination: "/sys/fs/cgroup",
			type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "noexec", "nodev"]}]' \
		'cut -d" " -f 4,5 /proc/self/mountinfo | grep /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.procs'
	expect 0 "/hull-$ID.scope /sys/fs/cgroup" '[0-9]'
}

@test "limits: systemd knows them, the kernel has them" {
	started "$limits"
	properties MemoryMax=67108864 MemoryHigh=50331648 MemoryLow=16777216 MemoryMin=1048576 MemorySwapMax=33554432 TasksMax=42 CPUWeight=59 CPUQuotaPerSecUSec=250ms CPUQuotaPeriodUSec=200ms AllowedCPUs=0 AllowedMemoryNodes=0
	[ "$(version)" -lt 253 ] || properties OOMPolicy=kill
	limits_hold
}

@test "limits: systemd reads its files anew, and they hold" {
	started "$limits"
	manager daemon-reload
	limits_hold written-anew
	# It thinks about its cgroups again when it makes another one.
	manager set-property --runtime "$(unit)" Description=other
	limits_hold written-anew
}

@test "limits: what systemd cannot express is never less" {
	started '.linux.resources = {cpu: {quota: 12345, period: 100000}, pids: {limit: 0}}'
	properties CPUQuotaPerSecUSec=130ms TasksMax=1
	file cpu.max "12345 100000"
	file pids.max 0
	manager daemon-reload
	[[ $(cgroup cpu.max) = @(12345|13000)" 100000" ]]
	[[ $(cgroup pids.max) = [01] ]]
}

@test "limits: idle" {
	started '.linux.resources = {cpu: {idle: 1}}'
	properties CPUWeight=idle
	file cpu.idle 1
	manager daemon-reload
	file cpu.idle 1
}

@test "limits: disks" {
	local d
	d=$(disk)
	started '.linux.resources = {
		blockIO: {
			weight: 500,
			throttleReadBpsDevice: [{major: '"${d%:*}"', minor: '"${d#*:}"', rate: 1048576}],
			throttleWriteIOPSDevice: [{major: '"${d%:*}"', minor: '"${d#*:}"', rate: 100}]
		},
		unified: {"io.max": "'"$d"' wbps=2097152"}
	}'
	properties IOWeight=4950 "IOReadBandwidthMax=/dev/block/$d 1048576" "IOWriteBandwidthMax=/dev/block/$d 2097152" "IOWriteIOPSMax=/dev/block/$d 100"
	file io.max "$d rbps=1048576 wbps=2097152 riops=max wiops=100"
	manager daemon-reload
	file io.max "$d rbps=1048576 wbps=2097152 riops=max wiops=100"
}

@test "limits: those that systemd knows nothing of" {
	[ "$USER" = root ] || skip "hugetlb is not delegated to users"
	started '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	file hugetlb.2MB.max 4194304
	manager daemon-reload
	file hugetlb.2MB.max 4194304
}

@test "limits: a value that the kernel refuses leaves no unit" {
	container '.linux.resources.unified = {"cpu.weight": "0"}' /bin/probe true
	expect fail 'set cpu.weight to 0' '/linux/resources/unified/cpu.weight'
	gone "hull-$ID.scope"
}

# device TYPE MAJOR MINOR HOW: allowed or refused, in the container. No such device is there: ENXIO.
device() {
	hull exec "$ID" sh -c "mknod /d $1 $2 $3; : $4/d" 2>&1 | grep -oE "Operation not permitted|No such device" || true
	hull exec "$ID" rm -f /d
}

@test "devices: systemd's filter allows no less than ours" {
	[ "$USER" = root ] || skip "ordinary users load no filter"
	started '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .linux.resources.devices = [
		{allow: false}, {allow: true, type: "c", major: 241, minor: 0, access: "r"},
		{allow: true, type: "b", major: 242}, {allow: false, type: "b", major: 242, minor: 1}]'
	properties DevicePolicy=strict
	[[ $(show DeviceAllow) = *"/dev/char/241:0 r"* ]]
	[[ $(show DeviceAllow) = *"block-242 rwm"* ]]
	[ "$(device c 241 0 "<")" = "No such device" ]
	[ "$(device c 241 0 ">")" = "Operation not permitted" ]
	[ "$(device c 241 1 "<")" = "Operation not permitted" ]
	[ "$(device b 242 0 "<>")" = "No such device" ]
	[ "$(device b 242 1 "<")" = "Operation not permitted" ]
	hull exec "$ID" dd if=/dev/zero of=/dev/null bs=1 count=1
}

@test "devices: all are allowed" {
	[ "$USER" = root ] || skip "ordinary users load no filter"
	started '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) | .linux.resources.devices = [{allow: true}]'
	properties DevicePolicy=auto
	[ -z "$(show DeviceAllow)" ]
	[ "$(device c 241 0 "<>")" = "No such device" ]
}

# ---- names and places ----

@test "slice, prefix and name" {
	started '.linux.cgroupsPath = "hulltest-sub.slice:pre:na+me"'
	[ "$(unit)" = 'pre-na\x2bme.scope' ]
	properties Slice=hulltest-sub.slice
	[[ $(place) = *'/hulltest.slice/hulltest-sub.slice/pre-na\x2bme.scope' ]]
	hull delete --force "$ID"
	manager stop hulltest-sub.slice hulltest.slice
}

@test "a slice" {
	[ "$USER" = root ] || skip "a process of another session cannot be moved to a slice of the user"
	started '.linux.cgroupsPath = "::hulltest-'"$ID"'.slice" | .linux.resources.pids.limit = 50'
	[ "$(unit)" = "hulltest-$ID.slice" ]
	[ "$(place)" = "/hulltest.slice/hulltest-$ID.slice" ]
	properties ActiveState=active TasksMax=50
	file pids.max 50
	hull delete --force "$ID"
	gone "hulltest-$ID.slice"
	manager stop hulltest.slice
}

@test "a path is no unit" {
	container '.linux.cgroupsPath = "/a/b"' /bin/probe true
	expect fail 'slice:prefix:name' '/linux/cgroupsPath'
}

@test "cgroups below: the process lives in one, the limits are the unit's" {
	started '.annotations = {"run.oci.systemd.subgroup": "payload"} | .linux.resources.pids.limit = 50'
	[[ $(place) = */hull-$ID.scope/payload ]]
	properties TasksMax=50
	[ "$(cat "/sys/fs/cgroup$(show ControlGroup)/pids.max")" = 50 ]
	file pids.max max
	[ "$(hull exec "$ID" cat /proc/self/cgroup)" = 0::/ ]
	manager daemon-reload
	[[ $(place) = */hull-$ID.scope/payload ]]
	hull pause "$ID"
	state_is paused
	hull delete --force "$ID"
	gone "hull-$ID.scope"
}

@test "cgroups below: the container's own survive what systemd does" {
	started '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' \
		/bin/sh -c 'mkdir /sys/fs/cgroup/mine; echo $$ >/sys/fs/cgroup/mine/cgroup.procs; exec /bin/probe pause'
	eventually grep -q . "/sys/fs/cgroup$(show ControlGroup)/mine/cgroup.procs"
	manager daemon-reload
	[[ $(place) = */hull-$ID.scope/mine ]]
	hull exec "$ID" true
}

# ---- annotations ----

@test "annotations set properties" {
	started '.annotations = {
		"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
		"org.systemd.property.RuntimeMaxSec": "1000",
		"org.systemd.property.KillSignal": "3",
		"org.systemd.property.After": "['"'basic.target'"']",
		"org.systemd.property.SendSIGHUP": "true"
	}'
	properties TimeoutStopUSec=7s "RuntimeMaxUSec=16min 40s" KillSignal=3 SendSIGHUP=yes
	[[ $(show After) = *basic.target* ]]
}

@test "annotations that lead out of the container are refused" {
	container '.annotations = {"org.systemd.property.ExecStartPre": "@a(sasb) []"}' /bin/probe true
	expect fail 'no property that an annotation may set' '/annotations/org.systemd.property.ExecStartPre'
}

@test "annotations: a value that systemd refuses leaves no unit" {
	container '.annotations = {"org.systemd.property.CollectMode": "'"'never'"'"}' /bin/probe true
	expect fail "hull-$ID.scope" 'StartTransientUnit'
	gone "hull-$ID.scope"
}

# ---- names that are taken ----

# holder NAME OPTIONS...: another unit of that name
other() {
	local whose=--user
	[ "$USER" != root ] || whose=--system
	systemd-run --quiet $whose --scope --unit="$1" "${@:2}" 3>&- &
	disown
	eventually manager is-active --quiet "$1"
}

@test "a unit of this name that runs is left alone" {
	other "hull-$ID.scope" sleep 1000
	container '.' /bin/probe true
	expect fail "unit hull-$ID.scope" 'exists and is active' 'cgroupsPath'
	manager is-active --quiet "hull-$ID.scope"
	[ ! -e "$STATE/$ID" ]
	manager stop "hull-$ID.scope"
}

@test "a unit of this name that has failed is cleared away" {
	other "hull-$ID.scope" --property=RuntimeMaxSec=1 sleep 1000
	eventually manager is-failed --quiet "hull-$ID.scope"
	started '.'
	properties ActiveState=active
}

@test "one unit for two containers: the second is refused, the first lives" {
	started '.linux.cgroupsPath = ":hull:both"'
	run_hull create --bundle "$B" "$ID-2"
	expect fail 'exists and is active'
	state_is running
	run_hull delete --force "$ID-2"
	state_is running
}

@test "a deleted container takes no unit along that has come after it" {
	started '.linux.cgroupsPath = ":hull:again"'
	hull kill "$ID" KILL
	eventually gone hull-again.scope
	hull create --bundle "$B" "$ID-2"
	hull delete "$ID"
	[ "$(hull state "$ID-2" | jq -r .status)" = created ]
	[ "$(manager is-active hull-again.scope)" = active ]
}

# ---- endings ----

@test "the unit goes when the container does" {
	container '.' /bin/probe true
	expect 0
	gone "hull-$ID.scope"
	started '.' /bin/probe sleep 0
	eventually state_is stopped
	eventually gone "hull-$ID.scope"
	hull delete "$ID"
}

@test "systemctl stop ends the container" {
	started '.'
	manager kill --signal=KILL "hull-$ID.scope"
	eventually state_is stopped
	hull delete "$ID"
}

@test "the OOM killer leaves no unit" {
	container '.linux.resources.memory = {limit: 16777216, swap: 16777216}' \
		/bin/sh -c 'x=x; while :; do x=$x$x; done'
	expect 137
	gone "hull-$ID.scope"
	started '.linux.resources = {memory: {limit: 16777216, swap: 16777216}, unified: {"memory.oom.group": "1"}}' \
		/bin/sh -c 'x=x; while :; do x=$x$x; done'
	eventually state_is stopped
	hull delete "$ID"
	gone "hull-$ID.scope"
}

@test "a failed unit that an annotation keeps goes with delete" {
	started '.annotations = {"org.systemd.property.CollectMode": "'"'inactive'"'",
		"org.systemd.property.RuntimeMaxUSec": "uint64 500000"}'
	eventually manager is-failed --quiet "hull-$ID.scope"
	hull delete "$ID"
	gone "hull-$ID.scope"
}

@test "killed at any moment, nothing is left" {
	local i start
	bundle b "$limits"
	start=$(host_digest)
	for ((i = 0; i < ${ROUNDS:-25}; i++)); do
		timeout -s KILL "$((RANDOM % 2)).$((RANDOM % 900 + 100))" "$HULL" --root "$STATE" --systemd-cgroup \
			create -b "$B" "$ID" </dev/null >/dev/null 2>&1 3>&- || true
		hull delete --force "$ID"
		gone "hull-$ID.scope"
	done
	eventually [ "$(host_digest)" = "$start" ]
}

# ---- systemd that is not there, or says nothing ----

@test "no bus: what is missing, and what to do" {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere \
		XDG_RUNTIME_DIR=/nowhere container . /bin/probe true
	expect fail "unit hull-$ID.scope: .*systemd: connect: no such file or directory" \
		"$([ "$USER" = root ] && echo dbus || echo 'loginctl enable-linger')"
	[ ! -e "$STATE/$ID" ]
}

@test "a bus that says nothing is waited for so long, and no longer" {
	local pid before
	pid=$(manager show --property MainPID --value dbus.service)
	bundle b
	kill -STOP "$pid"
	before=$SECONDS
	run_hull create --bundle "$B" "$ID"
	kill -CONT "$pid"
	expect fail "unit hull-$ID.scope" 'nothing heard within 10 s'
	((SECONDS - before < 20))
	[ ! -e "$STATE/$ID" ]
}

@test "delete: a bus that says nothing keeps no process alive" {
	local pid init
	started '.'
	init=$(pid_of)
	pid=$(manager show --property MainPID --value dbus.service)
	kill -STOP "$pid"
	run_hull delete --force "$ID"
	kill -CONT "$pid"
	expect fail "hull-$ID.scope" 'nothing heard within 10 s'
	[ ! -e "/proc/$init" ]
	hull delete "$ID"
	gone "hull-$ID.scope"
}

@test "no libsystemd: an error that names it" {
	[ "$USER" = root ] || skip "only root can hide it"
	bundle b
	run unshare --mount bash -c 'mount --bind /dev/null "$(ldconfig -p | sed -n "s/.*libsystemd.so.0.*=> //p")" &&
		"$0" --root "$1" --systemd-cgroup create --bundle "$2" "$3"' "$HULL" "$STATE" "$B" "$ID"
	[ "$status" != 0 ]
	[[ $output = *libsystemd.so.0* ]]
	[ ! -e "$STATE/$ID" ]
}
