#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.cgroupsPath, linux.resources.
load helpers

cg=/sys/fs/cgroup

# Where the container's init is, in our view.
place() {
	sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup"
}

@test "path: absolute" {
	created '.linux.cgroupsPath = "/one/two"'
	[ "$(place)" = /one/two ]
	hull delete --force "$ID"
	[ ! -e $cg/one ]
}

@test "path: what was made above it goes with the last one there, whoever made it" {
	created '.linux.cgroupsPath = "/above/first/one"'
	jq '.linux.cgroupsPath = "/above/two"' <"$B/config.json" >"$W/two.json"
	hull create -b "$B" --config "$W/two.json" "$ID-two"
	hull delete --force "$ID"
	[ ! -e $cg/above/first ]
	[ -d $cg/above/two ]
	hull delete --force "$ID-two"
	[ ! -e $cg/above ]
}

@test "path: what was there above it stays" {
	mkdir $cg/theirs
	created '.linux.cgroupsPath = "/theirs/ours/one"'
	hull delete --force "$ID"
	[ ! -e $cg/theirs/ours ]
	rmdir $cg/theirs
}

@test "path: relative is below the runtime's own" {
	created '.linux.cgroupsPath = "rel"'
	[[ $(place) = */rel ]]
	hull delete --force "$ID"
	[ ! -e $cg/hull ]
}

@test "path: none is one named after the container" {
	created 'del(.linux.cgroupsPath)'
	[[ $(place) =~ [/-]$ID$ ]]
	[ "$(cat "$cg$(place)/cgroup.procs")" = "$(pid_of)" ]
}

@test "path: dots do not lead out" {
	container '.linux.cgroupsPath = "/a/../../out"' /bin/probe true
	expect fail '/linux/cgroupsPath'
}

@test "path: made before us, it stays" {
	mkdir $cg/mine
	container '.linux.cgroupsPath = "/mine"' /bin/probe true
	expect 0
	[ -d $cg/mine ]
	rmdir $cg/mine
}

@test "delete removes what the container made below" {
	started '.linux.cgroupsPath = "/deep" |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' \
		/bin/sh -c 'mkdir -p /sys/fs/cgroup/a/b /sys/fs/cgroup/c && /bin/probe pause'
	eventually test -d $cg/deep/c
	hull delete --force "$ID"
	[ ! -e $cg/deep ]
}

# sub ANNOTATIONS: with a cgroup of this name, one namespace of it and a writable mount
sub() {
	echo '.linux.cgroupsPath = "/upper" | .annotations = '"$1"' |
		.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}]) |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
}

@test "subgroup: the process lives below, and sees nothing above" {
	started "$(sub '{"run.oci.systemd.subgroup": "payload"}')"
	[ "$(place)" = /upper/payload ]
	[ "$(hull exec "$ID" cat /proc/self/cgroup | tail -1)" = 0::/ ]
	[ "$(hull exec "$ID" cat /proc/1/cgroup | tail -1)" = 0::/ ]
	[ "$(cat $cg/upper/cgroup.controllers)" = "$(cat $cg/upper/payload/cgroup.controllers)" ]
	hull ps -f json "$ID" | jq -e "index([$(pid_of)]) != null"
	hull delete --force "$ID"
	[ ! -e $cg/upper ]
}

@test "subgroup: an empty name asks for none" {
	started "$(sub '{"run.oci.systemd.subgroup": ""}')"
	[ "$(place)" = /upper ]
}

@test "delegated: one below the namespace's root" {
	started "$(sub '{"run.oci.systemd.subgroup": "payload", "run.oci.delegate-cgroup": "own"}')"
	[ "$(place)" = /upper/payload/own ]
	[ "$(hull exec "$ID" cat /proc/1/cgroup | tail -1)" = 0::/own ]
	[ "$(hull exec "$ID" cat /proc/self/cgroup | tail -1)" = 0::/own ]
	hull exec "$ID" test -d /sys/fs/cgroup/own
	hull pause "$ID"
	state_is paused
	hull delete --force "$ID"
	[ ! -e $cg/upper ]
}

@test "delegated: belongs to the container's root" {
	created "$(sub '{"run.oci.delegate-cgroup": "own"}') |
		.linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings"
	[ "$(stat -c %u $cg/upper $cg/upper/own $cg/upper/own/cgroup.procs)" = $'100000\n100000\n100000' ]
	[ "$(stat -c %u $cg/upper/cgroup.max.depth)" = 0 ]
}

@test "subgroup: not below a cgroup that stays" {
	mkdir $cg/upper
	container "$(sub '{"run.oci.systemd.subgroup": "payload"}')" /bin/probe true
	expect fail 'run.oci.systemd.subgroup: cgroup .*/upper was there before' '/annotations'
	rmdir $cg/upper
}

@test "delete ends processes that hide in a cgroup below" {
	started '.linux.cgroupsPath = "/deep" | .linux.namespaces |= map(select(.type != "pid")) |
		.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)' \
		/bin/sh -c 'mkdir /sys/fs/cgroup/a; (echo 0 >/sys/fs/cgroup/a/cgroup.procs; exec /bin/probe sleep 600) & /bin/probe pause'
	eventually grep -q . $cg/deep/a/cgroup.procs
	hull delete --force "$ID"
	[ ! -e $cg/deep ]
}

@test "cgroup namespace: its root is the container's cgroup" {
	container '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])' \
		/bin/probe cat /proc/self/cgroup
	expect 0 '0::/
?$'
}

@test "without a cgroup namespace: the path as the host sees it" {
	container '.linux.cgroupsPath = "/seen" | .linux.namespaces |= map(select(.type != "cgroup"))' \
		/bin/probe cat /proc/self/cgroup
	expect 0 '0::/seen'
}

@test "the mount of type cgroup shows the container's own tree, read-only" {
	shell '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])' \
		'cat /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x'
	expect fail '^1
' 'Read-only'
}

@test "the mount of type cgroup without a cgroup namespace is read-only, too" {
	shell '.linux.cgroupsPath = "/own" | .linux.namespaces |= map(select(.type != "cgroup")) |
		.mounts = [.mounts[] | select(.type != "cgroup")] + [{destination: "/sys/fs/cgroup",
		type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"]}]' \
		'ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/x'
	expect fail 'cgroup.procs' 'Read-only'
}

deny='.linux.resources.devices = [{allow: false, access: "rwm"}'

# No driver has major number 240: what the filter lets through is ENXIO.
node='.linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}]'

@test "devices: denied but for those that are allowed" {
	shell "$deny] | $node" '/bin/probe open-try /dev/x; /bin/probe open-try /dev/null'
	expect 0 '^EPERM
ok$'
	shell "$deny"', {allow: true, type: "c", major: 240, minor: 7, access: "rw"}] | '"$node" \
		'/bin/probe open-try /dev/x 2; true'
	expect 0 '^ENXIO$'
}

@test "devices: a rule for one minor, for reading alone" {
	shell "$deny"', {allow: true, type: "c", major: 240, minor: 7, access: "r"}] | '"$node" \
		'/bin/probe open-try /dev/x; /bin/probe open-try /dev/x 1; true'
	expect 0 '^ENXIO
EPERM$'
	shell "$deny"', {allow: true, type: "c", major: 240, minor: 8, access: "r"}] | '"$node" \
		'/bin/probe open-try /dev/x; true'
	expect 0 '^EPERM$'
}

@test "devices: a rule for all minors, a later rule wins" {
	shell "$deny"', {allow: true, type: "c", major: 240, access: "rwm"},
		{allow: false, type: "c", major: 240, minor: 7, access: "rw"}] | '"$node"' |
		.linux.devices += [.linux.devices[0] | .path = "/dev/y" | .minor = 8]' \
		'/bin/probe open-try /dev/x; /bin/probe open-try /dev/y; true'
	expect 0 '^EPERM
ENXIO$'
}


@test "devices: the default ones stay usable" {
	shell "$deny]" 'for d in null zero full random urandom; do /bin/probe open-try /dev/$d 2; done;
		/bin/probe open-try /dev/tty; /bin/probe open-try /dev/ptmx 2; true'
	expect 0 '^ok
ok
ok
ok
ok
ENXIO
ok$'
}

@test "a controller that the host lacks is an error that names it" {
	local c
	for c in memory pids cpu io; do
		controller $c && continue
		container "$(limit $c)" /bin/probe true
		expect fail "$c"
		expect_no 'cgroup\.type'
		rm -rf "$B"
	done
}

# limit CONTROLLER: a filter
limit() {
	case $1 in
	memory) echo '.linux.resources.memory = {limit: 67108864}' ;;
	pids) echo '.linux.resources.pids = {limit: 33}' ;;
	cpu) echo '.linux.resources.cpu = {quota: 50000, period: 100000}' ;;
	io) echo '.linux.resources.blockIO = {throttleReadBpsDevice: [{major: 7, minor: 0, rate: 1000000}]}' ;;
	esac
}

# limited FILTER FILE TEXT
limited() {
	created ".linux.cgroupsPath = \"/limited\" | $1"
	[ "$(cat $cg/limited/"$2")" = "$3" ]
}

@test "limits: memory" {
	controller memory || skip "the memory controller is not in the cgroup2 hierarchy of this host"
	limited "$(limit memory)" memory.max 67108864
}

@test "limits: pids" {
	controller pids || skip "the pids controller is not in the cgroup2 hierarchy of this host"
	limited "$(limit pids)" pids.max 33
}

@test "limits: cpu" {
	controller cpu || skip "the cpu controller is not in the cgroup2 hierarchy of this host"
	limited "$(limit cpu)" cpu.max "50000 100000"
}

@test "limits: huge pages" {
	controller hugetlb || skip "the hugetlb controller is not in the cgroup2 hierarchy of this host"
	limited '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]' \
		hugetlb.2MB.max 4194304
}

@test "limits: unified, whatever file it is" {
	limited '.linux.resources.unified = {"cgroup.max.depth": "7"}' cgroup.max.depth 7
}

@test "limits: a file that does not exist is an error that names it" {
	container '.linux.resources.unified = {"bogus.max": "7"}' /bin/probe true
	expect fail 'bogus.max'
}

@test "limits: zeros as engines write them ask for nothing" {
	container '.linux.resources = {blockIO: {weight: 0}, cpu: {shares: 0}, memory: {disableOOMKiller: false}}' \
		/bin/probe true
	expect 0
}

@test "a hybrid host: the hierarchy at /sys/fs/cgroup/unified" {
	cat >hybrid <<-'END'
	#!/bin/bash
	set -e
	mount -t tmpfs tmpfs /sys/fs/cgroup
	mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/pids
	mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
	mount -t cgroup -o pids cgroup /sys/fs/cgroup/pids || exit 99
	exec "$@"
	END
	chmod 755 hybrid
	bundle b '.linux.cgroupsPath = "/hybrid" | .process.args = ["/bin/probe", "cat", "/proc/self/cgroup"] |
		.linux.namespaces |= map(select(.type != "cgroup"))'
	status=0
	output=$(unshare -m ./hybrid "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- 2>&1) || status=$?
	[ "$status" != 99 ] || skip "this kernel has no v1 pids hierarchy to spare"
	expect 0 '0::/hybrid'
	reconfigure '.linux.resources.pids.limit = 10'
	status=0
	output=$(unshare -m ./hybrid "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- 2>&1) || status=$?
	expect fail 'pids'
}

@test "no cgroup2 anywhere: one clear line; --cgroup-manager=disabled works" {
	cat >none <<-'END'
	#!/bin/bash
	umount /sys/fs/cgroup
	mount -t tmpfs tmpfs /sys/fs/cgroup
	exec "$@"
	END
	chmod 755 none
	bundle b '.linux.cgroupsPath = "/x" | .mounts |= map(select(.type != "cgroup"))'
	status=0
	output=$(unshare -m ./none "$HULL" --root "$STATE" run -b "$B" "$ID" 3>&- 2>&1) || status=$?
	expect fail 'cgroup'
	status=0
	output=$(unshare -m ./none "$HULL" --root "$STATE" --cgroup-manager=disabled run -b "$B" "$ID" 3>&- 2>&1) || status=$?
	expect 0
}

@test "--cgroup-manager=disabled: the container stays where we are" {
	bundle b '.process.args = ["/bin/probe", "pause"]'
	run_hull --cgroup-manager=disabled create -b "$B" "$ID"
	expect 0
	[ "$(place)" = "$(sed -n 's/^0:://p' /proc/self/cgroup)" ]
	run_hull start "$ID"
	expect 0
	run_hull delete --force "$ID"
	expect 0 '^$'
}

@test "--cgroup-manager=disabled: rules of devices get a warning where they would matter" {
	local said='/linux/resources/devices: not in force with --cgroup-manager=disabled'
	bundle b '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 3}]'
	run_hull --cgroup-manager=disabled run -b "$B" "$ID"
	expect 0 "$said"
	reconfigure '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	run_hull --cgroup-manager=disabled run -b "$B" "$ID"
	expect 0 '^$'
	reconfigure '.linux.resources.devices = [{allow: false, access: "rwm"}] | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	run_hull --cgroup-manager=disabled run -b "$B" "$ID"
	expect_no "$said"
}
