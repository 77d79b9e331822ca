#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.resources.devices, as the kernel enforces it: the answers to opening and
# making nodes inside must be those that the rules themselves give.
load helpers

# Most have no driver: ENXIO (of a block device), ENODEV: let through. EPERM: the filter.
nodes='[{type: "c", major: 240, minor: 0}, {type: "c", major: 240, minor: 7}, {type: "c", major: 241, minor: 7},
	{type: "b", major: 240, minor: 0}, {type: "b", major: 241, minor: 7}, {type: "c", major: 1, minor: 5},
	{type: "c", major: 1, minor: 4}]'

# What the last rule about each way of access says, and what is always allowed.
rules_say='
def about($n; $way): (.type // "a") as $t | ($t == "a" or $t == $n.type) and
	((.major // -1) | . == -1 or . == $n.major) and ((.minor // -1) | . == -1 or . == $n.minor) and
	((.access // "rwm") | contains($way));
def usual($n): $n.type == "c" and $n.major == 1 and ([3, 5, 7, 8, 9] | index($n.minor) != null);
def allows($n; $way): usual($n) or ([.[] | select(about($n; $way)) | .allow] | last // false);
. as $rules | $nodes[] as $n | [$rules | allows($n; "r"), allows($n; "w")] | [.[0], .[1], (.[0] and .[1])][] |
	if . then "yes" else "no" end'

# tried RULES: opens every node for reading, for writing and for both
tried() {
	bundle "$ID" '.process.args = ["/bin/sh", "-c", $s] | .linux.resources.devices = ('"$1"') |
		.process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_SYS_RAWIO"]) |
		.linux.devices = [('"$nodes"' | to_entries[]) | .value + {path: "/opt/\(.key)", fileMode: 438}]' \
		--arg s 'for n in /opt/*; do for f in 0 1 2; do /bin/probe open-try $n $f; done; done; true'
	run_hull run -b "$B" "$ID"
	expect 0
	sed 's/^EPERM$/no/; t; s/.*/yes/' <<<"$output" | xargs >got
	jq -rn --argjson nodes "$(jq -n "$nodes")" "($1) | $rules_say" | xargs >want
	cmp got want || { echo "rules: $1"; echo "$output"; paste want got; return 1; }
	rm -rf "$B"
}

@test "every node and access, as the last rule about it says" {
	local rules
	for rules in \
		'[{allow: false}]' \
		'[{allow: true}]' \
		'[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 240, access: "r"}]' \
		'[{allow: false}, {allow: true, type: "c", major: 240, minor: 7, access: "rw"}, {allow: false, minor: 7, access: "w"}]' \
		'[{allow: false}, {allow: true, type: "b"}, {allow: false, type: "b", major: 241, minor: 7}]' \
		'[{allow: true}, {allow: false, access: "w"}, {allow: true, major: 240, minor: 0}]' \
		'[{allow: true, access: "r"}, {allow: true, access: "w"}]' \
		'[{allow: true}, {allow: false, type: "c", major: 1, minor: 5}, {allow: false, major: -1, minor: 7, access: "r"}]' \
		'[{allow: false, major: 240}, {allow: true, type: "a", access: "wm"}, {allow: true, type: "c", major: 1, minor: 4}]'; do
		tried "$rules"
	done
}

@test "nodes may be made whatever the rules deny, and not be used then" {
	shell '.linux.resources.devices = [{allow: false}] | .process.capabilities |= map_values(. + ["CAP_MKNOD"])' \
		'/bin/probe mknod-try /x c 240 3; /bin/probe mknod-try /y b 240 3; /bin/probe mknod-try /z c 1 5
		for n in x y z; do /bin/probe open-try /$n; done; true'
	expect 0 '^ok
ok
ok
EPERM
EPERM
ok$'
}

@test "in a user namespace of the container's: the same filter" {
	chmod 755 "$W"
	bundle "$ID" '.process.args = ["/bin/sh", "-c", "for n in x null; do /bin/probe open-try /dev/$n; done; true"] |
		.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.linux.gidMappings = .linux.uidMappings | .linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}] |
		.linux.resources.devices = [{allow: false}]'
	chmod 755 "$B" "$B/rootfs"
	run_hull run -b "$B" "$ID"
	expect 0 '^EPERM
ok$'
}

@test "a program of exec is filtered, too" {
	started '.linux.resources.devices = [{allow: false}] | .linux.devices = [{path: "/dev/x", type: "c", major: 240, minor: 7, fileMode: 438}]'
	run_hull exec "$ID" /bin/probe open-try /dev/x
	expect fail '^EPERM$'
}

@test "a filter that the kernel refuses is an error; nothing is left" {
	need "no strace" strace -qq -e trace=none -e inject=bpf:error=EPERM true
	local step
	for step in 1 2 3; do
		bundle b '.linux.resources.devices = [{allow: false}]'
		status=0
		output=$(timeout $((60 * SLOW)) strace -f -qq -o /dev/null -e trace=bpf -e inject=bpf:error=EPERM:when=$step \
			"$HULL" --root "$STATE" create -b "$B" "$ID" 2>&1 >"$W/out" 3>&-) || status=$?
		expect fail '/linux/resources/devices' 'bpf' 'not permitted'
		[ ! -e "$STATE/$ID" ]
		rm -rf b
	done
}

@test "a filter that there is no cgroup for is an error; one that allows everything is none" {
	bundle b '.linux.resources.devices = [{allow: false}] | del(.linux.cgroupsPath)'
	mount -o remount,bind,ro /sys/fs/cgroup
	run_hull create -b "$B" "$ID"
	mount -o remount,bind,rw /sys/fs/cgroup
	expect fail 'unable to apply cgroup configuration' 'read-only file system'
	reconfigure '.linux.resources.devices = [{allow: true}]'
	mount -o remount,bind,ro /sys/fs/cgroup
	run_hull run -b "$B" "$ID"
	mount -o remount,bind,rw /sys/fs/cgroup
	expect 0
}
